//! Files: the configuration, and the copy of the last one that was valid.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use super::file::{hash, read_file, write_file};
use super::read::{ReadConfig, Surroundings, document, read};
use super::resolve::{Resolved, resolve};
use super::{Config, ConfigProblem, GatewayMode, Overrides, exposure};
use crate::options::Paths;

/// What [`load`] found.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// What to run with.
    pub config: Arc<Config>,
    /// What is ignored or unwise.
    pub warnings: Vec<String>,
    /// What is wrong with the file or the overrides; empty means valid.
    pub problems: Vec<ConfigProblem>,
    /// The file is not in force: `config` is the last good one, or the defaults.
    pub safe_mode: bool,
    /// The file would let strangers in, so only this machine is served.
    pub exposing: bool,
    /// Starts with the file ended badly again and again, so the one that last ran well is in force.
    pub replaced: bool,
    /// Whether there is a file.
    pub exists: bool,
    /// SHA-256 of its text, hex; of the empty text when there is none.
    pub hash: String,
    /// What is written in the text that is in force.
    pub document: Arc<Value>,
    /// That text; empty where the defaults are in force.
    pub text: Arc<str>,
    /// What the file says, also where that waits for the next start.
    pub wanted: Arc<Config>,
    /// Files that it includes.
    pub files: Vec<PathBuf>,
    /// Settings that changed and wait for the next start.
    pub waiting: Vec<&'static str>,
}

impl Loaded {
    /// Whether this says the same as another one.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.hash, self.exists, self.safe_mode) == (&other.hash, other.exists, other.safe_mode)
            && self.problems == other.problems
            && self.wanted == other.wanted
    }
}

/// What [`validate`] found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validation {
    /// Everything that is wrong, with line and path; empty means valid.
    pub problems: Vec<ConfigProblem>,
    /// What would be ignored or is unwise.
    pub warnings: Vec<String>,
}

/// Reads the configuration. Never fails: with a broken file the last one that
/// was valid is used, else the defaults, and `problems` says why.
#[must_use]
pub fn load(paths: &Paths, overrides: &Overrides) -> Loaded {
    let (text, exists) = match read_file(&paths.config_path) {
        Ok(Some(text)) => (text, true),
        Ok(None) => (String::new(), false),
        Err(error) => {
            let message = format!("{} cannot be read: {error}", paths.config_path.display());
            let refusal = Refusal { problems: vec![ConfigProblem::new("", message)], ..Refusal::default() };
            return safe_mode(paths, overrides, refusal, "");
        }
    };
    let Meaning { config, mut warnings, files } = match interpret(&text, Some(paths), overrides) {
        Ok(valid) => valid,
        Err(refusal) => return safe_mode(paths, overrides, refusal, &text),
    };
    let last_good = paths.last_good_config();
    let is_kept = || read_file(&last_good).ok().flatten().as_deref() == Some(&text);
    if exists
        && !is_kept()
        && let Err(error) = write_file(&last_good, &text)
    {
        warnings.push(format!("{}: the copy for safe mode could not be written: {error}", last_good.display()));
    }
    let config = Arc::new(config);
    Loaded {
        wanted: Arc::clone(&config),
        config,
        files,
        warnings,
        problems: Vec::new(),
        safe_mode: false,
        exposing: false,
        replaced: false,
        exists,
        hash: hash(&text),
        document: Arc::new(document(&text).unwrap_or_default()),
        text: text.into(),
        waiting: Vec::new(),
    }
}

/// `gateway.port` as it is written in the text that is in force.
#[must_use]
pub fn written_port(paths: &Paths, overrides: &Overrides) -> Option<u16> {
    let loaded = load(paths, overrides);
    read(&loaded.text, Surroundings::of(Some(paths), overrides)).ok()?.raw.gateway.port
}

/// `gateway.mode` as the file says it, also a file that has mistakes elsewhere.
#[must_use]
pub fn written_mode(paths: &Paths, overrides: &Overrides) -> Option<GatewayMode> {
    mode_in(&read_file(&paths.config_path).ok().flatten()?, paths, overrides)
}

/// The same of a text that is to become the file.
#[must_use]
pub fn mode_in(text: &str, paths: &Paths, overrides: &Overrides) -> Option<GatewayMode> {
    read(text, Surroundings::of(Some(paths), overrides)).ok()?.raw.gateway.mode
}

/// Instead of a file with which starts ended badly again and again: the one that
/// last ran well, when there is another one.
pub(crate) fn instead_of(loaded: Loaded, paths: &Paths, overrides: &Overrides) -> Loaded {
    let healthy = read_file(&paths.last_healthy_config()).ok().flatten();
    let healthy = healthy.filter(|text| !loaded.safe_mode && hash(text) != loaded.hash);
    let meaning = healthy.and_then(|text| {
        let Meaning { config, .. } = interpret(&text, Some(paths), overrides).ok()?;
        Some((Arc::new(config), Arc::new(document(&text).ok()?), text))
    });
    let Some((config, document, text)) = meaning else { return loaded };
    let path = paths.config_path.display();
    let message = format!(
        "many starts in a row with this file ended badly. Correct it, go back with `postern config restore`, or run \
         `postern doctor --fix` to try it again. The configuration that last ran well is {}",
        paths.last_healthy_config().display()
    );
    Loaded {
        wanted: Arc::clone(&config),
        config,
        document,
        text: text.into(),
        files: Vec::new(),
        warnings: vec![format!("{path} is not used: the last one that ran well is in force")],
        problems: vec![ConfigProblem::new("", message)],
        safe_mode: true,
        replaced: true,
        ..loaded
    }
}

/// Checks a text as [`load`] would, without using it. What it includes or takes
/// from the state folder is not looked at.
#[must_use]
pub fn validate(text: &str, overrides: &Overrides) -> Validation {
    checked(interpret(text, None, overrides))
}

/// Checks a text as [`load`] would, in the place of the file, without using it.
#[must_use]
pub fn validate_at(text: &str, paths: &Paths, overrides: &Overrides) -> Validation {
    checked(interpret(text, Some(paths), overrides))
}

fn checked(meaning: Result<Meaning, Refusal>) -> Validation {
    match meaning {
        Ok(Meaning { warnings, .. }) => Validation { problems: Vec::new(), warnings },
        Err(Refusal { problems, warnings, .. }) => Validation { problems, warnings },
    }
}

/// The configuration that a text would be.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn would_be(text: &str, paths: &Paths, overrides: &Overrides) -> Result<Config, Vec<ConfigProblem>> {
    interpret(text, Some(paths), overrides).map(|meaning| meaning.config).map_err(|refusal| refusal.problems)
}

/// What a text means.
struct Meaning {
    config: Config,
    warnings: Vec<String>,
    files: Vec<PathBuf>,
}

/// Why a text is not used.
#[derive(Default)]
struct Refusal {
    problems: Vec<ConfigProblem>,
    /// What would be ignored of it.
    warnings: Vec<String>,
    /// It could be used, but lets strangers in.
    exposing: bool,
}

/// A valid configuration and its warnings, or all its problems with their lines.
fn interpret(text: &str, paths: Option<&Paths>, overrides: &Overrides) -> Result<Meaning, Refusal> {
    let read = read(text, Surroundings::of(paths, overrides))
        .map_err(|problems| Refusal { problems, ..Refusal::default() })?;
    let ReadConfig { raw, findings, files } = read;
    let Resolved { config, problems, warnings } = resolve(&raw, overrides);
    let told = findings.problems;
    // What follows from a mistake that is told already is not told as well.
    let known = Known::of(&told);
    let mut all: Vec<ConfigProblem> = problems.into_iter().filter(|problem| !known.explains(&problem.path)).collect();
    // Nobody knows what a setting would have let in that cannot be used.
    let is_known = !told.iter().chain(&all).any(|problem| exposure::depends_on(&problem.path));
    let exposed = exposure::of_file(&raw, &config, overrides).filter(|_| is_known);
    let exposing = exposed.is_some() && all.is_empty() && told.is_empty();
    all.extend(exposed);
    for problem in &mut all {
        // What is missing is told where it would be.
        let place = around(&problem.path).find_map(|path| findings.places.get(path));
        if let Some(place) = place {
            problem.line = Some(place.line);
            problem.file.clone_from(&place.file);
        }
    }
    all.splice(0..0, told);
    if all.is_empty() {
        let warnings = findings.warnings.into_iter().chain(warnings).collect();
        return Ok(Meaning { config, warnings, files });
    }
    Err(Refusal { problems: all, warnings: findings.warnings, exposing })
}

/// A path and those of the sections that it is in, without the file as a whole.
fn around(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| path.rfind(['.', '[']).map(|at| &path[..at]))
}

/// Paths of mistakes that are told, and of the sections that they are in.
struct Known<'a> {
    paths: HashSet<&'a str>,
    sections: HashSet<&'a str>,
}

impl<'a> Known<'a> {
    fn of(told: &'a [ConfigProblem]) -> Self {
        let paths = || told.iter().map(|problem| problem.path.as_str());
        Self { paths: paths().collect(), sections: paths().flat_map(around).collect() }
    }

    /// Whether a path is in one of them, or around one.
    fn explains(&self, path: &str) -> bool {
        self.sections.contains(path) || around(path).any(|path| self.paths.contains(path))
    }
}

fn safe_mode(paths: &Paths, overrides: &Overrides, refusal: Refusal, text: &str) -> Loaded {
    let Refusal { problems, warnings: ignored, exposing } = refusal;
    let last_good = read_file(&paths.last_good_config()).ok().flatten();
    let last_good =
        last_good.and_then(|text| Some((interpret(&text, Some(paths), overrides).ok()?, document(&text).ok()?, text)));
    let (mut config, document, good, source) = match last_good {
        Some((meaning, document, text)) => (meaning.config, document, text, "the last one that was valid is in force"),
        None => {
            let defaults = resolve(&super::RawConfig::default(), overrides).config;
            (defaults, Value::Null, String::new(), "the defaults are in force")
        }
    };
    let mut warnings = vec![format!("{} is not used: {source}", paths.config_path.display())];
    if exposing {
        exposure::close(&mut config, overrides);
        warnings.push("only this machine is served until it is corrected, whatever gateway.bind says".to_owned());
    }
    warnings.extend(ignored);
    let config = Arc::new(config);
    Loaded {
        wanted: Arc::clone(&config),
        config,
        files: Vec::new(),
        warnings,
        problems,
        safe_mode: true,
        exposing,
        replaced: false,
        exists: true,
        hash: hash(text),
        document: Arc::new(document),
        text: good.into(),
        waiting: Vec::new(),
    }
}
