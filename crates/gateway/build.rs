//! Packs the schemas of `schemas/` for the program, which reads them from itself.

use std::error::Error;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

fn main() -> Result<(), Box<dyn Error>> {
    let schemas = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("../../schemas");
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    for name in ["protocol.json", "methods.json", "config.json"] {
        let from = schemas.join(name);
        println!("cargo:rerun-if-changed={}", from.display());
        pack(&from, &out.join(format!("{name}.gz")))?;
    }
    Ok(())
}

/// Without what only makes it readable: in JSON a line never ends inside of a string.
fn pack(from: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    let text = fs::read_to_string(from).map_err(|error| format!("{}: {error}", from.display()))?;
    let mut packed = GzEncoder::new(File::create(to)?, Compression::best());
    for line in text.lines() {
        packed.write_all(line.trim_start().as_bytes())?;
    }
    packed.finish()?;
    Ok(())
}
