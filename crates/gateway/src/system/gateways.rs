//! Gateways of this user on this machine, also those with a folder that nobody here
//! was told of.

use std::collections::BTreeMap;
use std::path::PathBuf;

use sysinfo::{Process, ProcessRefreshKind, ProcessesToUpdate, RefreshKind, System, UpdateKind};

/// Variables that name a state folder, the first that is set counts.
const FOLDERS: [&str; 3] = ["POSTERN_STATE_DIR", "OPENCLAW_STATE_DIR", "CLAWDBOT_STATE_DIR"];
/// Variables that name a profile.
const PROFILES: [&str; 2] = ["POSTERN_PROFILE", "OPENCLAW_PROFILE"];

/// State folders that programs of this name use, as far as the system tells. Whether
/// a gateway is behind one is for its lock to say. Reads files: call it off the async
/// threads.
pub(crate) fn state_folders() -> Vec<PathBuf> {
    let Ok(mut system) = System::new_with_specifics(RefreshKind::nothing()) else { return Vec::new() };
    let always = UpdateKind::Always;
    let what = ProcessRefreshKind::nothing().with_environ(always).with_cmd(always).with_cwd(always).with_user(always);
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, what);
    let own = sysinfo::get_current_pid().ok().and_then(|own| system.process(own)?.user_id());
    let ours = system
        .processes()
        .values()
        .filter(|process| process.user_id() == own && process.name().to_string_lossy().starts_with("postern"));
    let mut folders: Vec<PathBuf> = ours.filter_map(folder).collect();
    folders.sort();
    folders.dedup();
    folders
}

fn folder(process: &Process) -> Option<PathBuf> {
    let text = |text: &std::ffi::OsString| text.to_str().map(str::to_owned);
    let environ: Vec<String> = process.environ().iter().filter_map(text).collect();
    let arguments: Vec<String> = process.cmd().iter().filter_map(text).collect();
    let variables = environ.iter().filter_map(|pair| pair.split_once('=')).filter(|(_, value)| !value.is_empty());
    let folder = named_by(&variables.collect(), &arguments)?;
    Some(process.cwd().map_or_else(|| folder.clone(), |cwd| cwd.join(&folder)))
}

/// The folder that a program with these variables and arguments uses.
fn named_by(variables: &BTreeMap<&str, &str>, arguments: &[String]) -> Option<PathBuf> {
    let variable = |names: &[&str]| names.iter().find_map(|name| variables.get(name)).map(|value| (*value).to_owned());
    if let Some(folder) = variable(&FOLDERS) {
        return Some(PathBuf::from(folder));
    }
    let joined = || arguments.iter().find_map(|word| word.strip_prefix("--profile=")).map(str::to_owned);
    let apart = || arguments.windows(2).find(|pair| pair[0] == "--profile").map(|pair| pair[1].clone());
    let profile = apart().or_else(joined).or_else(|| variable(&PROFILES)).filter(|profile| profile != "default");
    let name = profile.map_or_else(|| ".postern".to_owned(), |profile| format!(".postern-{profile}"));
    variable(&["POSTERN_HOME", "OPENCLAW_HOME", "HOME", "USERPROFILE"]).map(|home| PathBuf::from(home).join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_the_one_that_the_program_chose() {
        let of = |variables: &[(&'static str, &'static str)], line: &str| {
            let arguments: Vec<String> = line.split(' ').map(str::to_owned).collect();
            named_by(&variables.iter().copied().collect(), &arguments).map(|folder| folder.display().to_string())
        };
        let home = ("HOME", "/home/ada");
        assert_eq!(of(&[home], "postern gateway").as_deref(), Some("/home/ada/.postern"));
        assert_eq!(of(&[home], "postern gateway --profile work").as_deref(), Some("/home/ada/.postern-work"));
        assert_eq!(of(&[home], "postern --profile=work gateway").as_deref(), Some("/home/ada/.postern-work"));
        assert_eq!(of(&[home, ("POSTERN_STATE_DIR", "/srv/p")], "postern").as_deref(), Some("/srv/p"));
        assert_eq!(of(&[], "postern"), None);
    }
}
