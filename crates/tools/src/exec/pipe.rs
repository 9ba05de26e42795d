//! Starting a command on pipes.

use std::io;
use std::path::PathBuf;
use std::process::Stdio;

use futures_util::future::{BoxFuture, FutureExt};
use process_wrap::tokio::CommandWrap;
use tokio::io::AsyncWriteExt;
use tokio::process::{ChildStdin, Command};

use super::output::{Kind, Output, Started, Stream};
use super::plan::ExecPlan;
use super::process::{Leader, Process};

/// Starts `plan` and nothing else.
pub(super) fn start(plan: &ExecPlan, errors: Errors) -> io::Result<Started> {
    let folder = PinnedFolder::open(plan)?;
    let mut command = Command::new(plan.program());
    #[cfg(unix)]
    command.arg0(plan.argv().first().map_or("", String::as_str));
    command.args(plan.argv().iter().skip(1)).env_clear().envs(plan.env()).current_dir(&folder.path);
    command.stdin(if plan.stdin().is_some() { Stdio::piped() } else { Stdio::null() });
    spawn(command, plan.stdin(), errors)
}

/// Where standard error goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errors {
    /// Into standard output, so that errors stay where they occurred.
    WithOutput,
    /// Into a text of their own.
    Apart,
}

#[cfg(unix)]
fn spawn(mut command: Command, stdin: Option<&str>, errors: Errors) -> io::Result<Started> {
    use process_wrap::tokio::ProcessSession;
    let stream = |kind, reader: io::PipeReader| -> io::Result<Stream> {
        Ok(Stream { kind, pipe: Box::new(tokio::net::unix::pipe::Receiver::from_owned_fd(reader.into())?) })
    };
    let (reader, writer) = io::pipe()?;
    let mut streams = vec![stream(Kind::Out, reader)?];
    if errors == Errors::Apart {
        let (reader, writer) = io::pipe()?;
        streams.push(stream(Kind::Err, reader)?);
        command.stderr(writer);
    } else {
        command.stderr(writer.try_clone()?);
    }
    command.stdout(writer);
    let mut command = CommandWrap::from(command);
    command.wrap(ProcessSession);
    let mut child = command.spawn()?;
    // It holds our copies of the writing end; with them open the output would never end.
    drop(command);
    let feed = feed(child.stdin().take(), stdin);
    let process = Process::new(Leader::Pipe(child))?;
    Ok(Started { process, output: Output::Streams(streams), feed })
}

#[cfg(windows)]
fn spawn(mut command: Command, stdin: Option<&str>, _errors: Errors) -> io::Result<Started> {
    use process_wrap::tokio::{JobObject, KillOnDrop};
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut command = CommandWrap::from(command);
    command.wrap(KillOnDrop).wrap(JobObject);
    let mut child = command.spawn()?;
    let feed = feed(child.stdin().take(), stdin);
    let mut streams: Vec<Stream> = Vec::new();
    if let Some(stdout) = child.stdout().take() {
        streams.push(Stream { kind: Kind::Out, pipe: Box::new(stdout) });
    }
    if let Some(stderr) = child.stderr().take() {
        streams.push(Stream { kind: Kind::Err, pipe: Box::new(stderr) });
    }
    Ok(Started { process: Process::new(Leader::Pipe(child))?, output: Output::Streams(streams), feed })
}

fn feed(input: Option<ChildStdin>, text: Option<&str>) -> BoxFuture<'static, ()> {
    let text = text.unwrap_or_default().to_owned();
    async move {
        if let Some(mut input) = input {
            // A command that does not read to the end is no error.
            drop(input.write_all(text.as_bytes()).await);
        }
    }
    .boxed()
}

/// The folder of a plan, held open: the child enters this very folder, whatever its path names by then.
pub(super) struct PinnedFolder {
    pub(super) path: PathBuf,
    #[cfg(target_os = "linux")]
    _open: std::fs::File,
}

impl PinnedFolder {
    #[cfg(target_os = "linux")]
    pub(super) fn open(plan: &ExecPlan) -> io::Result<Self> {
        use super::program::FolderIdentity;
        use rustix::fs::{Mode, OFlags};
        use std::os::fd::AsRawFd;

        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let open = std::fs::File::from(rustix::fs::open(plan.cwd(), flags, Mode::empty())?);
        if FolderIdentity::from_metadata(&open.metadata()?) != *plan.folder() {
            return Err(io::Error::other("the folder was replaced after the command was decided on"));
        }
        let by_number = PathBuf::from(format!("/proc/self/fd/{}", open.as_raw_fd()));
        // Without /proc the path has to do; it was checked a moment ago.
        let path = if by_number.is_dir() { by_number } else { plan.cwd().to_path_buf() };
        Ok(Self { path, _open: open })
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn open(plan: &ExecPlan) -> io::Result<Self> {
        Ok(Self { path: plan.cwd().to_path_buf() })
    }
}
