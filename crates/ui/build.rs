//! Writes the table of the web app's files: every file that `ui/dist/manifest.txt` lists, copied into `OUT_DIR` so
//! that a build of the app which runs at the same time cannot take a file away from under the compiler.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// One line of the manifest: hash, `gzip` or `plain`, path.
struct Listed<'a> {
    etag: &'a str,
    is_packed: bool,
    path: &'a str,
}

fn main() -> Result<(), Box<dyn Error>> {
    let dist = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../ui/dist");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let manifest = dist.join("manifest.txt");
    // The build of the app writes it last. While it is missing cargo asks again on every build, which is right: the
    // app may have been built in between.
    println!("cargo:rerun-if-changed={}", manifest.display());
    let listed = match fs::read_to_string(&manifest) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(format!("{}: {error}", manifest.display()).into()),
    };
    fs::write(out.join("files.rs"), table(&listed, &dist, &out)?)?;
    Ok(())
}

fn table(listed: &str, dist: &Path, out: &Path) -> Result<String, Box<dyn Error>> {
    let mut text = String::from("/// Every file of the app, by path.\npub static FILES: &[Asset] = &[\n");
    for (index, line) in listed.lines().enumerate() {
        let file = read(line).ok_or_else(|| format!("ui/dist/manifest.txt, line {}: {line:?}", index + 1))?;
        let Listed { path, etag, is_packed } = file;
        // One form is enough: what asks for the other one is rare and served all the same.
        let kept = if is_packed { format!("{path}.gz") } else { path.to_owned() };
        let bytes = embed(&dist.join(kept), &out.join(index.to_string()))?;
        writeln!(text, "    Asset {{ path: {path:?}, bytes: {bytes}, is_packed: {is_packed}, etag: {etag:?} }},")?;
    }
    text.push_str("];\n");
    Ok(text)
}

fn read(line: &str) -> Option<Listed<'_>> {
    let mut words = line.splitn(3, ' ');
    let (etag, form, path) = (words.next()?, words.next()?, words.next()?);
    let is_packed = match form {
        "gzip" => true,
        "plain" => false,
        _ => return None,
    };
    Some(Listed { etag, is_packed, path })
}

/// Copies a file and returns the expression that includes it.
fn embed(from: &Path, to: &Path) -> Result<String, Box<dyn Error>> {
    fs::copy(from, to).map_err(|error| format!("{}: {error}", from.display()))?;
    Ok(format!("include_bytes!({:?})", to.display().to_string()))
}
