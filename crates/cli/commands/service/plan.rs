//! What the service of a profile is: its names, what it starts, with what. No secret
//! is in it and no `PATH`: the file may be read by others, and folders move.

use std::path::{Path, PathBuf};

use postern_protocol::service::{ServiceManagerKind, ServiceScope};
use service_manager::ServiceLabel;

use super::account::Account;
use crate::env::{CredentialsChoice, Settings, folder_name, home};
use crate::exit::{Exit, Failure, Outcome};

/// What a service runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// The gateway.
    Gateway,
    /// The node host.
    Node,
}

/// Everything that the definition of a service is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    /// What it runs.
    pub(crate) unit: Unit,
    /// Who runs it.
    pub(crate) manager: ServiceManagerKind,
    /// Whose it is.
    pub(crate) scope: ServiceScope,
    /// User that a service of the machine runs as.
    pub(crate) user: Option<String>,
    /// Profile; none for the default one.
    pub(crate) profile: Option<String>,
    /// The program, absolute.
    pub(crate) program: PathBuf,
    /// Its arguments.
    pub(crate) args: Vec<String>,
    /// Variables that it cannot do without; never secrets.
    pub(crate) variables: Vec<(String, String)>,
    /// State folder.
    pub(crate) state_dir: PathBuf,
    /// The service manager can wait longer after each crash; older ones complain.
    pub(crate) waits_longer: bool,
}

impl Plan {
    /// The service of this profile.
    pub(crate) fn of(settings: &Settings, manager: ServiceManagerKind, scope: ServiceScope) -> Outcome<Self> {
        let mut args = vec!["gateway".to_owned(), "--supervised".to_owned()];
        if let Some(profile) = &settings.profile {
            args.extend(["--profile".to_owned(), profile.clone()]);
        }
        let mut variables = Vec::new();
        if !is_usual(settings) || scope == ServiceScope::System {
            variables.push(("POSTERN_STATE_DIR".to_owned(), text(&settings.state_dir)?));
        }
        if let Some(config) = &settings.config_path {
            let config = std::path::absolute(config).unwrap_or_else(|_| config.clone());
            variables.push(("POSTERN_CONFIG_PATH".to_owned(), text(&config)?));
        }
        match settings.credentials {
            CredentialsChoice::Auto => {}
            CredentialsChoice::Keychain => variables.push(("POSTERN_CREDENTIALS".to_owned(), "keychain".to_owned())),
            CredentialsChoice::File => variables.push(("POSTERN_CREDENTIALS".to_owned(), "file".to_owned())),
        }
        Ok(Self {
            unit: Unit::Gateway,
            manager,
            scope,
            user: None,
            profile: settings.profile.clone(),
            program: program()?,
            args,
            variables,
            state_dir: settings.state_dir.clone(),
            waits_longer: false,
        })
    }

    /// The node host of this profile.
    pub(crate) fn node(settings: &Settings, manager: ServiceManagerKind) -> Outcome<Self> {
        let plan = Self::of(settings, manager, ServiceScope::User)?;
        let words = ["node", "run", "--supervised"].map(str::to_owned);
        let args = words.into_iter().chain(plan.args.iter().skip(2).cloned()).collect();
        Ok(Self { unit: Unit::Node, args, ..plan })
    }

    /// Run by another user: their folder of this profile, unless one was named.
    pub(crate) fn run_by(mut self, settings: &Settings, account: &Account) -> Outcome<Self> {
        self.user = Some(account.name.clone());
        if is_usual(settings) {
            self.state_dir = account.home.join(folder_name(settings.profile.as_deref()));
            let folder = text(&self.state_dir)?;
            self.variables.retain(|(name, _)| name != "POSTERN_STATE_DIR");
            self.variables.insert(0, ("POSTERN_STATE_DIR".to_owned(), folder));
        }
        Ok(self)
    }

    /// With what this release of the service manager can do; needed for its definition alone.
    pub(crate) fn with_abilities(mut self) -> Self {
        self.waits_longer = self.manager == ServiceManagerKind::Systemd && super::systemd::waits_longer(self.scope);
        self
    }

    /// `postern` or `postern-work`; `postern_node` where no profile can have that name.
    pub(crate) fn short_name(&self) -> String {
        let name = match self.unit {
            Unit::Gateway => "postern",
            Unit::Node => "postern_node",
        };
        self.profile.as_ref().map_or_else(|| name.to_owned(), |profile| format!("{name}-{profile}"))
    }

    /// The name by which the service manager knows it.
    pub(crate) fn name(&self) -> String {
        match self.manager {
            ServiceManagerKind::Systemd => format!("{}.service", self.short_name()),
            ServiceManagerKind::Launchd => self.label().to_qualified_name(),
            ServiceManagerKind::Windows | ServiceManagerKind::None => self.short_name(),
        }
    }

    /// The same for the library.
    pub(crate) fn label(&self) -> ServiceLabel {
        let launchd = self.manager == ServiceManagerKind::Launchd;
        ServiceLabel {
            qualifier: launchd.then(|| "dev".to_owned()),
            organization: launchd.then(|| "postern".to_owned()),
            application: match self.unit {
                Unit::Gateway if launchd => self.short_name().replacen("postern", "gateway", 1),
                Unit::Node if launchd => self.short_name().replacen("postern_", "", 1),
                _ => self.short_name(),
            },
        }
    }

    /// For people.
    pub(crate) fn description(&self) -> String {
        let what = match self.unit {
            Unit::Gateway => "Postern gateway",
            Unit::Node => "Postern node host",
        };
        match &self.profile {
            Some(profile) => format!("{what} ({profile})"),
            None => what.to_owned(),
        }
    }
}

/// Whether the profile's usual folder is used, so that nothing has to be said about it.
fn is_usual(settings: &Settings) -> bool {
    home().is_some_and(|home| home.join(folder_name(settings.profile.as_deref())) == settings.state_dir)
}

fn text(path: &Path) -> Outcome<String> {
    match path.to_str().filter(|text| !text.chars().any(char::is_control)) {
        Some(text) => Ok(text.to_owned()),
        None => Err(Failure::usage(format!("{} cannot be written into a service file", path.display()))
            .hint("choose a path in plain UTF-8 without control characters")),
    }
}

/// This program as an absolute path that lasts: what a service starts must not be
/// looked up in `PATH`, nor lie below a folder with a version in its name.
fn program() -> Outcome<PathBuf> {
    let own =
        crate::env::program().ok_or_else(|| Failure::new(Exit::Failed, "this program does not know where it is"))?;
    let real = own.canonicalize().map_err(|error| Failure::new(Exit::Failed, format!("{}: {error}", own.display())))?;
    let lasting = lasting(&real).filter(|path| path.canonicalize().is_ok_and(|there| there == real));
    let program = lasting.unwrap_or(real);
    text(&program)?;
    Ok(program)
}

/// Homebrew keeps each release in a folder of its own and a link beside them that
/// always leads to the newest.
fn lasting(real: &Path) -> Option<PathBuf> {
    let text = real.to_str()?;
    let (prefix, rest) = text.split_once("/Cellar/")?;
    let (name, rest) = rest.split_once('/')?;
    let (_version, inside) = rest.split_once('/')?;
    Some(PathBuf::from(format!("{prefix}/opt/{name}/{inside}")))
}

/// Why a program will not stay where it is.
pub(crate) fn fleeting(program: &Path) -> Option<String> {
    const PLACES: [(&str, &str); 8] = [
        ("/node_modules/", "a Node package"),
        ("/.nvm/", "nvm"),
        ("/.volta/", "Volta"),
        ("/.fnm", "fnm"),
        ("/.asdf/", "asdf"),
        ("/mise/installs/", "mise"),
        ("/.npm/_npx/", "npx"),
        ("/tmp/", "a temporary folder"),
    ];
    let text = program.to_string_lossy().replace('\\', "/");
    let place = PLACES.iter().find(|(part, _)| text.contains(part))?.1;
    Some(format!(
        "{} belongs to {place} and may be gone tomorrow: copy it to a place of its own, for example ~/.local/bin, and install the service from there",
        program.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_of_homebrew_are_named_by_the_link_that_lasts() {
        let path = |text: &str| lasting(Path::new(text)).map(|path| path.display().to_string());
        assert_eq!(
            path("/opt/homebrew/Cellar/postern/1.2.3/bin/postern").as_deref(),
            Some("/opt/homebrew/opt/postern/bin/postern")
        );
        assert_eq!(path("/usr/local/bin/postern"), None);
    }

    #[test]
    fn places_that_come_and_go_are_named() {
        for place in ["/home/a/.nvm/versions/node/v22/bin/postern", "/x/node_modules/.bin/postern", "/tmp/postern"] {
            assert!(fleeting(Path::new(place)).is_some(), "{place}");
        }
        assert_eq!(fleeting(Path::new("/home/a/.local/bin/postern")), None);
    }
}
