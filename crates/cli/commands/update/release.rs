//! `postern release-manifest`: the list of a release and its signature. For those
//! who make releases; hidden from the help.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use postern_gateway::private;
use postern_gateway::secrets::Secret;
use postern_gateway::update::{Manifest, PlatformFile, Version, file_hash, target};
use postern_protocol::identity::DeviceKey;
use serde_json::json;

use super::Context;
use crate::args::ReleaseManifestArgs;
use crate::env::now_ms;
use crate::exit::{Exit, Failure, Outcome};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

pub(crate) fn run(cx: &Context, args: &ReleaseManifestArgs) -> Outcome {
    if args.target {
        return cx.output.answer(&json!({"target": target()}), || Ok(target()));
    }
    if args.new_key {
        return new_key(cx, &args.key);
    }
    let key = read_key(&args.key)?;
    let public = key.public_key().to_base64url();
    if args.public_key {
        return cx.output.answer(&json!({"publicKey": public}), || Ok(public.clone()));
    }
    let manifest = manifest(args)?;
    let text =
        serde_json::to_string_pretty(&manifest).map_err(|error| Failure::new(Exit::Internal, error.to_string()))?;
    let signature = signature_path(&args.out);
    write(&args.out, &text)?;
    write(&signature, &key.sign(&text))?;
    let document =
        json!({"manifest": args.out, "signature": signature, "publicKey": public, "version": manifest.version});
    cx.output.answer(&document, || {
        Ok(format!(
            "{} and {}: {} for {}, signed by {public}",
            args.out.display(),
            signature.display(),
            manifest.version,
            manifest.channel
        ))
    })
}

fn manifest(args: &ReleaseManifestArgs) -> Outcome<Manifest> {
    let version = args.release.clone().unwrap_or_else(|| env!("CARGO_PKG_VERSION").to_owned());
    for (flag, text) in [("--release", Some(&version)), ("--min-version", args.min_version.as_ref())] {
        if let Some(Err(error)) = text.map(|text| text.parse::<Version>()) {
            return Err(Failure::usage(format!("{flag} {error}")));
        }
    }
    if args.platforms.is_empty() {
        return Err(Failure::usage("--platform is needed").hint("for example --platform x86_64-linux=dist/postern"));
    }
    let platforms = args.platforms.iter().map(|given| platform(given, args.base_url.as_deref()));
    let notes =
        args.notes.as_ref().map(|path| fs::read_to_string(path).map_err(|error| failed(path, &error))).transpose()?;
    let now = now_ms();
    Ok(Manifest {
        product: "postern".to_owned(),
        version,
        channel: args.channel.clone(),
        notes: notes.map(|notes| notes.trim().to_owned()),
        published_at: now,
        expires_at: Some(now + i64::from(args.expires_days) * DAY_MS),
        min_version: args.min_version.clone(),
        platforms: platforms.collect::<Outcome<BTreeMap<_, _>>>()?,
    })
}

fn platform(given: &str, base_url: Option<&str>) -> Outcome<(String, PlatformFile)> {
    let wrong = || Failure::usage(format!("--platform {given}: say TARGET=FILE, such as x86_64-linux=dist/postern"));
    let (platform, path) = given.split_once('=').ok_or_else(wrong)?;
    let path = Path::new(path);
    let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(wrong)?;
    let (size, sha256) = file_hash(path).map_err(|error| failed(path, &error))?;
    let url = base_url.map_or_else(|| name.to_owned(), |base| format!("{}/{name}", base.trim_end_matches('/')));
    Ok((platform.to_owned(), PlatformFile { url, size, sha256 }))
}

fn new_key(cx: &Context, path: &Path) -> Outcome {
    let seed = Secret::random();
    let key = DeviceKey::from_seed_base64url(seed.expose())
        .ok_or_else(|| Failure::new(Exit::Internal, "the random key is none"))?;
    let new = private::options().write(true).create_new(true).open(path);
    let mut file = new.map_err(|error| failed(path, &error))?;
    let written = file.write_all(key.seed_base64url().as_bytes()).and_then(|()| file.sync_all());
    written.map_err(|error| failed(path, &error))?;
    let public = key.public_key().to_base64url();
    cx.output.answer(&json!({"publicKey": public}), || Ok(public.clone()))
}

fn read_key(path: &Path) -> Outcome<DeviceKey> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(1024).read_to_string(&mut text)
    } else {
        fs::File::open(path).and_then(|file| file.take(1024).read_to_string(&mut text))
    };
    // Taken into custody first, so that it is overwritten whatever follows.
    let text = Secret::new(text);
    read.map_err(|error| failed(path, &error))?;
    DeviceKey::from_seed_base64url(text.expose()).ok_or_else(|| {
        Failure::usage("--key holds no signing key").hint("postern release-manifest --key FILE --new-key makes one")
    })
}

fn signature_path(out: &Path) -> PathBuf {
    let mut name = out.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

fn write(path: &Path, text: &str) -> Outcome {
    fs::write(path, text).map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Failed, format!("{}: {error}", path.display()))
}
