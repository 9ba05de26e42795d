//! Folders and files: made once, never left, never through a link.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use postern_protocol::agents::AGENT_FILE_NAMES;
use proptest::prelude::*;

use super::{TWO, bench};
use crate::agents::workspace::{folder_of, wanted_folder};
use crate::agents::{AgentError, Discarded, NewAgent};

fn new(name: &str) -> NewAgent {
    NewAgent { name: name.to_owned(), ..NewAgent::default() }
}

#[tokio::test]
async fn a_folder_begins_private_with_its_first_files_and_only_once() {
    let bench = bench(TWO).await;
    let main = bench.agent("main");
    let folder = bench.agents.workspace(&main).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder.root()), 0o700);
    let listed = bench.agents.files("main").await.unwrap().files;
    let there: Vec<_> = listed.iter().filter(|file| !file.missing).map(|file| file.name.as_str()).collect();
    let want: Vec<_> = AGENT_FILE_NAMES.into_iter().filter(|name| *name != "BOOTSTRAP.md").collect();
    assert_eq!((listed.len(), there), (8, want));
    assert!(listed.iter().filter(|file| !file.missing).all(|file| file.size > Some(0) && file.updated_at_ms > Some(0)));
    assert_eq!(mode(&folder.root().join("SOUL.md")), 0o600);
    fs::remove_file(folder.root().join("SOUL.md")).unwrap();
    bench.agents.workspace(&main).await.unwrap();
    assert!(!folder.root().join("SOUL.md").exists(), "what was removed stays removed");
    // A folder that somebody filled is left as it is.
    let work = bench.agent("work");
    fs::create_dir_all(&work.workspace).unwrap();
    fs::write(work.workspace.join("notes.txt"), "x").unwrap();
    bench.agents.workspace(&work).await.unwrap();
    assert_eq!(fs::read_dir(&work.workspace).unwrap().count(), 1);
}

#[tokio::test]
async fn a_file_comes_back_as_it_was_written() {
    let bench = bench(TWO).await;
    let text = "# Soul\r\n\u{1f98a}\n\nno newline at the end".to_owned();
    let written = bench.agents.set_file("main", "SOUL.md", text.clone()).await.unwrap().files;
    assert_eq!((written.missing, written.size), (false, Some(text.len() as u64)));
    let read = bench.agents.file("main", "SOUL.md").await.unwrap().files;
    assert_eq!(read, written);
    assert_eq!(read.content.as_deref(), Some(text.as_str()));
    let missing = bench.agents.file("main", "BOOTSTRAP.md").await.unwrap().files;
    assert_eq!((missing.missing, missing.content, missing.size), (true, None, None));
    let at_limit = bench.agents.set_file("main", "MEMORY.md", "x".repeat(256 * 1024)).await;
    assert!(at_limit.is_ok());
    let over = bench.agents.set_file("main", "MEMORY.md", "x".repeat(256 * 1024 + 1)).await.unwrap_err();
    assert!(matches!(over, AgentError::TooLarge { .. }), "{over}");
    assert_eq!(bench.agents.file("main", "MEMORY.md").await.unwrap().files.size, Some(256 * 1024));
    let left: Vec<_> =
        fs::read_dir(&bench.agent("main").workspace).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with('.')), "{left:?}");
}

#[tokio::test]
async fn links_lead_nowhere() {
    let bench = bench(TWO).await;
    let main = bench.agent("main");
    let root = bench.agents.workspace(&main).await.unwrap().root().to_path_buf();
    let secret = bench.folder.path().join("secret");
    fs::write(&secret, "the secret").unwrap();
    fs::remove_file(root.join("SOUL.md")).unwrap();
    symlink(&secret, root.join("SOUL.md")).unwrap();
    fs::remove_file(root.join("TOOLS.md")).unwrap();
    fs::create_dir(root.join("TOOLS.md")).unwrap();
    fs::remove_file(root.join("USER.md")).unwrap();
    symlink(root.join("nowhere"), root.join("USER.md")).unwrap();
    for name in ["SOUL.md", "TOOLS.md", "USER.md"] {
        assert!(matches!(bench.agents.file("main", name).await, Err(AgentError::NotAFile(_))), "{name}");
        let set = bench.agents.set_file("main", name, "mine".into()).await;
        assert!(matches!(set, Err(AgentError::NotAFile(_))), "{name}");
    }
    assert_eq!(fs::read_to_string(&secret).unwrap(), "the secret");
    let listed = bench.agents.files("main").await.unwrap().files;
    assert!(
        listed
            .iter()
            .filter(|file| ["SOUL.md", "TOOLS.md", "USER.md"].contains(&file.name.as_str()))
            .all(|file| file.missing)
    );
    let prompt = bench.agents.prompt(&main, &crate::agents::PromptContext::default()).await;
    assert!(!prompt.concat().contains("the secret"));
}

#[tokio::test]
async fn a_deleted_agents_folder_goes_to_the_trash_only_from_below_the_state_folder() {
    let bench = bench(TWO).await;
    let state = bench.state();
    let nova = bench.agents.create(new("Nova")).await.unwrap();
    assert_eq!(bench.agents.delete("nova", true).await.unwrap().folder, Some(Discarded::Trashed));
    assert!(!nova.workspace.exists());
    let trash: Vec<_> = fs::read_dir(state.join("trash")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(trash.len() == 1 && trash[0].join("SOUL.md").is_file(), "{trash:?}");

    let outside = bench.folder.path().join("mine");
    let elsewhere = NewAgent { workspace: Some(outside.display().to_string()), ..new("Elsewhere") };
    bench.agents.create(elsewhere).await.unwrap();
    let kept = bench.agents.delete("elsewhere", true).await.unwrap().folder;
    assert!(matches!(kept, Some(Discarded::Kept(_))) && outside.join("SOUL.md").is_file(), "{kept:?}");

    // A link below the state folder to a folder elsewhere is not followed.
    let linked = bench.agents.create(new("Linked")).await.unwrap();
    fs::remove_dir_all(&linked.workspace).unwrap();
    symlink(&outside, &linked.workspace).unwrap();
    let kept = bench.agents.delete("linked", true).await.unwrap().folder;
    assert!(matches!(kept, Some(Discarded::Kept(_))) && outside.join("SOUL.md").is_file(), "{kept:?}");

    let shared = |name: &str| NewAgent { workspace: Some("both".into()), ..new(name) };
    bench.agents.create(shared("One")).await.unwrap();
    bench.agents.create(shared("Two")).await.unwrap();
    let kept = bench.agents.delete("one", true).await.unwrap().folder;
    assert!(matches!(kept, Some(Discarded::Kept(_))), "{kept:?}");
    assert_eq!(bench.agents.delete("two", true).await.unwrap().folder, Some(Discarded::Trashed));

    let gone = bench.agents.create(new("Gone")).await.unwrap();
    fs::remove_dir_all(&gone.workspace).unwrap();
    assert_eq!(bench.agents.delete("gone", true).await.unwrap().folder, Some(Discarded::Missing));
}

#[tokio::test]
async fn a_trash_that_is_a_link_takes_nothing() {
    let bench = bench(TWO).await;
    let outside = bench.folder.path().join("outside");
    fs::create_dir(&outside).unwrap();
    symlink(&outside, bench.state().join("trash")).unwrap();
    let nova = bench.agents.create(new("Nova")).await.unwrap();
    let kept = bench.agents.delete("nova", true).await.unwrap().folder;
    assert!(matches!(kept, Some(Discarded::Kept(_))), "{kept:?}");
    assert!(nova.workspace.is_dir() && fs::read_dir(&outside).unwrap().next().is_none());
}

#[tokio::test]
async fn nobody_works_in_the_state_folder_itself() {
    let config = r#"{ agents: { list: [{ id: "main", workspace: "." }] } }"#;
    let bench = bench(config).await;
    let main = bench.agent("main");
    assert!(matches!(bench.agents.workspace(&main).await, Err(AgentError::BadWorkspace(_))));
    assert_eq!(bench.agents.prompt(&main, &crate::agents::PromptContext::default()).await.len(), 2);
    for written in
        [bench.state().display().to_string(), bench.folder.path().display().to_string(), "/".into(), ".".into()]
    {
        let create = bench.agents.create(NewAgent { workspace: Some(written.clone()), ..new("a") }).await;
        assert!(matches!(create, Err(AgentError::BadWorkspace(_))), "{written}");
    }
    // Also not through a link.
    let link = bench.folder.path().join("link");
    symlink(bench.state(), &link).unwrap();
    let create = bench.agents.create(NewAgent { workspace: Some(link.display().to_string()), ..new("a") }).await;
    assert!(matches!(create, Err(AgentError::BadWorkspace(_))));
}

#[tokio::test]
async fn a_file_in_the_way_of_a_folder_is_told() {
    let bench = bench(TWO).await;
    fs::write(bench.state().join("workspace-nova"), "x").unwrap();
    let error = bench.agents.create(new("Nova")).await.unwrap_err();
    assert!(matches!(error, AgentError::Folder { .. }) && error.to_string().contains("workspace-nova"), "{error}");
    assert!(bench.agents.get("nova").is_none());
}

#[tokio::test]
async fn a_picture_of_the_workspace_is_shown_and_nothing_else_is() {
    let bench = bench(TWO).await;
    let root = bench.agents.workspace(&bench.agent("main")).await.unwrap().root().to_path_buf();
    let identity = |avatar: &str| format!("- Avatar: {avatar}\n");
    fs::write(root.join("me.png"), b"\x89PNG\r\n\x1a\n...").unwrap();
    fs::write(root.join("text.png"), b"<svg onload=alert(1)>").unwrap();
    symlink("/etc/passwd", root.join("link.png")).unwrap();
    for (avatar, shown, picture) in [
        ("me.png", "/avatar/main", true),
        ("text.png", "/avatar/main", false),
        ("link.png", "M", false),
        ("../x.png", "M", false),
    ] {
        bench.agents.set_file("main", "IDENTITY.md", identity(avatar)).await.unwrap();
        let main = bench.agent("main");
        assert_eq!(bench.agents.shown(&main).await.avatar.text, shown, "{avatar}");
        assert_eq!(bench.agents.picture("main").await.is_some(), picture, "{avatar}");
    }
}

proptest! {
    #[test]
    fn a_wanted_folder_is_never_the_state_folder_nor_above_it(written in prop_oneof![
        any::<String>(),
        "[./~a-c\\\\\\x00]{0,12}",
        "(\\.\\./){0,5}(/|state|\\.|x){0,3}",
    ]) {
        let state = Path::new("/srv/none/state");
        if let Ok(folder) = wanted_folder(state, &written) {
            let full = state.join(&folder);
            prop_assert!(!state.starts_with(&full), "{full:?}");
            prop_assert!(full.components().all(|part| part != std::path::Component::ParentDir));
            prop_assert!(!folder.to_string_lossy().contains('\0'));
        }
    }

    #[test]
    fn an_id_gives_one_folder_right_below_the_state_folder(id in "[a-z0-9][a-z0-9_-]{0,63}") {
        let state = Path::new("/srv/state");
        let folder = folder_of(state, None, (&id, false));
        prop_assert_eq!(folder.parent(), Some(state));
    }
}
