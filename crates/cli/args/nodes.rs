//! Arguments of `postern nodes`: what a gateway knows of its nodes, and what is asked of them.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::devices::{ApproveArgs, RequestArgs};
use super::examples;

/// `postern nodes …`.
#[derive(Debug, Clone, Args)]
pub(crate) struct NodesArgs {
    /// What to do with nodes; `status` when left out
    #[command(subcommand)]
    pub(crate) command: Option<NodesCommand>,
}

/// What to do with the nodes of a gateway.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum NodesCommand {
    /// Show which nodes are connected, and what they may do
    Status(NodesFilter),
    /// List nodes that wait for an approval and nodes that are approved
    List(NodesFilter),
    /// List what nodes ask for
    Pending,
    /// Let agents use what a node declares; shows what exactly first
    #[command(
        after_help = "Without an id it asks about the one request that waits. Scripts name the id or say --latest."
    )]
    Approve(ApproveArgs),
    /// Drop a request; what was approved before works on
    Reject(RequestArgs),
    /// Take back what agents may do with a node; the device stays paired
    Remove(NodeOf),
    /// Give a node a name of your own
    Rename(NodeRenameArgs),
    /// Show everything that is known of a node
    Describe(NodeOf),
    /// Run a command of a node and print its answer; what is a picture or video goes to a file
    #[command(after_help = examples("postern nodes invoke --node desk --command system.which --params '{\"bins\":[\"git\"]}'
  postern nodes invoke --node desk --command camera.snap --out photo.jpg"))]
    Invoke(NodeInvokeArgs),
    /// Show a notification on a node
    Notify(NodeNotifyArgs),
    /// Show pages on a node
    #[command(subcommand)]
    Canvas(CanvasCommand),
    /// Use the cameras of a node
    #[command(subcommand)]
    Camera(CameraCommand),
    /// Record the screen of a node
    #[command(subcommand)]
    Screen(ScreenCommand),
    /// Ask a node where it is
    #[command(subcommand)]
    Location(LocationCommand),
}

/// Which nodes are listed.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct NodesFilter {
    /// Only nodes that are connected
    #[arg(long)]
    pub(crate) connected: bool,
    /// Only nodes that connected since then: 90s, 10m, 2h, 3d, or a time such as 2026-01-31T12:00:00Z
    #[arg(long, value_name = "WHEN")]
    pub(crate) last_connected: Option<String>,
}

/// A node.
#[derive(Debug, Clone, Args)]
pub(crate) struct NodeOf {
    /// Node id or its start, its name, or its address
    #[arg(long, value_name = "NODE")]
    pub(crate) node: String,
}

/// A node, and how long it is waited for.
#[derive(Debug, Clone, Args)]
pub(crate) struct NodeReach {
    /// Which node
    #[command(flatten)]
    pub(crate) of: NodeOf,
    /// How long to wait for the node, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 15_000, value_parser = clap::value_parser!(u64).range(1..=3_600_000))]
    pub(crate) invoke_timeout: u64,
    /// The same key never runs a command twice; left out, one is made
    #[arg(long, value_name = "KEY")]
    pub(crate) idempotency_key: Option<String>,
}

/// A node, and the file for what it sends.
#[derive(Debug, Clone, Args)]
pub(crate) struct NodeMedia {
    /// Which node
    #[command(flatten)]
    pub(crate) reach: NodeReach,
    /// File for the picture or video, replaced if it is there; left out, a new one in the temporary folder
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// `postern nodes rename`.
#[derive(Debug, Clone, Args)]
pub(crate) struct NodeRenameArgs {
    /// Which node
    #[command(flatten)]
    pub(crate) of: NodeOf,
    /// Its new name, at most 64 characters
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
}

/// `postern nodes invoke`.
#[derive(Debug, Clone, Args)]
pub(crate) struct NodeInvokeArgs {
    /// Which node
    #[command(flatten)]
    pub(crate) media: NodeMedia,
    /// The command by its exact name, for example system.which
    #[arg(long, value_name = "NAME")]
    pub(crate) command: String,
    /// Params: a JSON object, @FILE, or - for standard input
    #[arg(long, value_name = "JSON")]
    pub(crate) params: Option<String>,
}

/// `postern nodes notify`.
#[derive(Debug, Clone, Args)]
pub(crate) struct NodeNotifyArgs {
    /// Which node
    #[command(flatten)]
    pub(crate) reach: NodeReach,
    /// Title
    #[arg(long, value_name = "TEXT", required_unless_present = "body")]
    pub(crate) title: Option<String>,
    /// Text below the title
    #[arg(long, value_name = "TEXT")]
    pub(crate) body: Option<String>,
    /// passive, active or timeSensitive
    #[arg(long, value_name = "WORD")]
    pub(crate) priority: Option<String>,
    /// Sound, where the node knows sounds
    #[arg(long, value_name = "NAME")]
    pub(crate) sound: Option<String>,
}

/// `postern nodes canvas …`.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum CanvasCommand {
    /// Show a page on the node
    Present(CanvasPresentArgs),
    /// Put the page away
    Hide(NodeReach),
    /// Go to another page
    Navigate(CanvasNavigateArgs),
    /// Run a script in the page and print what it returns
    Eval(CanvasEvalArgs),
    /// Take a picture of the page
    Snapshot(CanvasSnapshotArgs),
}

/// `postern nodes canvas present`.
#[derive(Debug, Clone, Args)]
pub(crate) struct CanvasPresentArgs {
    /// Which node
    #[command(flatten)]
    pub(crate) reach: NodeReach,
    /// Page to show; left out, the node's own
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// Left edge of its window, in points
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) x: Option<f64>,
    /// Top edge of its window
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) y: Option<f64>,
    /// Width of its window
    #[arg(long, value_name = "N")]
    pub(crate) width: Option<f64>,
    /// Height of its window
    #[arg(long, value_name = "N")]
    pub(crate) height: Option<f64>,
}

/// `postern nodes canvas navigate`.
#[derive(Debug, Clone, Args)]
pub(crate) struct CanvasNavigateArgs {
    /// Which node
    #[command(flatten)]
    pub(crate) reach: NodeReach,
    /// Page to show
    #[arg(value_name = "URL")]
    pub(crate) url: String,
}

/// `postern nodes canvas eval`.
#[derive(Debug, Clone, Args)]
pub(crate) struct CanvasEvalArgs {
    /// Which node
    #[command(flatten)]
    pub(crate) reach: NodeReach,
    /// The script; - reads it from standard input
    #[arg(value_name = "JAVASCRIPT")]
    pub(crate) script: String,
}

/// `postern nodes canvas snapshot`.
#[derive(Debug, Clone, Args)]
pub(crate) struct CanvasSnapshotArgs {
    /// Which node, and the file
    #[command(flatten)]
    pub(crate) media: NodeMedia,
    /// png or jpg
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<String>,
    /// Widest picture, in pixels
    #[arg(long, value_name = "PIXELS")]
    pub(crate) max_width: Option<u32>,
    /// From 0 to 1, for jpg
    #[arg(long, value_name = "N")]
    pub(crate) quality: Option<f64>,
}

/// `postern nodes camera …`.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum CameraCommand {
    /// List the cameras of a node
    List(NodeReach),
    /// Take a photo
    Snap(CameraSnapArgs),
    /// Record a video
    Clip(CameraClipArgs),
}

/// `postern nodes camera snap`.
#[derive(Debug, Clone, Args)]
pub(crate) struct CameraSnapArgs {
    /// Which node, and the file
    #[command(flatten)]
    pub(crate) media: NodeMedia,
    /// Camera, by its id in `camera list`
    #[arg(long, value_name = "ID")]
    pub(crate) device_id: Option<String>,
    /// front or back
    #[arg(long, value_name = "SIDE")]
    pub(crate) facing: Option<String>,
    /// Widest picture, in pixels
    #[arg(long, value_name = "PIXELS")]
    pub(crate) max_width: Option<u32>,
    /// From 0 to 1
    #[arg(long, value_name = "N")]
    pub(crate) quality: Option<f64>,
}

/// `postern nodes camera clip`.
#[derive(Debug, Clone, Args)]
pub(crate) struct CameraClipArgs {
    /// Which node, and the file
    #[command(flatten)]
    pub(crate) media: NodeMedia,
    /// Camera, by its id in `camera list`
    #[arg(long, value_name = "ID")]
    pub(crate) device_id: Option<String>,
    /// front or back
    #[arg(long, value_name = "SIDE")]
    pub(crate) facing: Option<String>,
    /// How long to record, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 3_000)]
    pub(crate) duration: u64,
    /// Without sound
    #[arg(long)]
    pub(crate) no_audio: bool,
}

/// `postern nodes screen …`.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum ScreenCommand {
    /// Record a video of the screen
    Record(ScreenRecordArgs),
}

/// `postern nodes screen record`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ScreenRecordArgs {
    /// Which node, and the file
    #[command(flatten)]
    pub(crate) media: NodeMedia,
    /// How long to record, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 10_000)]
    pub(crate) duration: u64,
    /// Pictures per second
    #[arg(long, value_name = "N")]
    pub(crate) fps: Option<f64>,
    /// Which screen, the first is 0
    #[arg(long, value_name = "N")]
    pub(crate) screen: Option<u32>,
    /// Without sound
    #[arg(long)]
    pub(crate) no_audio: bool,
}

/// `postern nodes location …`.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum LocationCommand {
    /// Print where the node is
    Get(LocationGetArgs),
}

/// `postern nodes location get`.
#[derive(Debug, Clone, Args)]
pub(crate) struct LocationGetArgs {
    /// Which node
    #[command(flatten)]
    pub(crate) reach: NodeReach,
    /// coarse, balanced or precise
    #[arg(long, value_name = "WORD")]
    pub(crate) accuracy: Option<String>,
    /// Oldest answer that will do, in milliseconds
    #[arg(long, value_name = "MS")]
    pub(crate) max_age: Option<u64>,
}
