//! The desktop app as a node: a device of its own at the gateway of the profile, under the same rules for commands as
//! `postern node`. It may run beside a node host that lends this computer to another gateway.

use std::fs;
use std::io;
use std::path::Path;

use postern_gateway::private;
use postern_node::NodeOptions;

use super::{place, run};
use crate::connection::{DESKTOP_NODE, lasting_options};
use crate::credentials::Credentials;
use crate::env::Settings;
use crate::exit::{Exit, Failure, Outcome};

/// Everything that works here, for the gateway of this profile at `url`.
pub(crate) async fn desktop_options(settings: &Settings, url: &str) -> Outcome<NodeOptions> {
    let credentials = Credentials::open(settings).await?;
    let (client, device_id) = lasting_options(settings, &credentials, DESKTOP_NODE, url).await?;
    let scratch = place::folder(&settings.state_dir).join("desktop-scratch");
    let unusable = |error: io::Error| Failure::new(Exit::StateUnwritable, format!("{}: {error}", scratch.display()));
    renew(&scratch).map_err(unusable)?;
    Ok(run::usual_options(settings, (client, &device_id), scratch))
}

/// There is one app to a profile, so whatever lies there is what a former one left.
fn renew(scratch: &Path) -> io::Result<()> {
    match fs::remove_dir_all(scratch) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    private::make_folder(scratch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_former_node_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let scratch = folder.path().join("node").join("desktop-scratch");
        renew(&scratch).unwrap();
        fs::write(scratch.join("picture.png"), "x").unwrap();
        renew(&scratch).unwrap();
        assert_eq!(fs::read_dir(&scratch).unwrap().count(), 0);
    }
}
