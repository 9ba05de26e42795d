//! Backups: everything a gateway has in one archive, and back, here or on
//! another machine.
//!
//! An archive is a zip file: a manifest, a table of contents, a copy of the
//! database as of one moment, the configuration, the files of the state folder
//! and of agents. With a passphrase all of it is encrypted but the manifest, and
//! keys and tokens are in it; without one they are not, and neither are secret
//! settings and files.
//!
//! Everything works with and without a running gateway: RPC methods and the
//! command line call the same functions.
//!
//! | file | owns |
//! |---|---|
//! | `manifest.rs` | what an archive says about itself; which names are taken (pure) |
//! | `seal.rs` | encryption |
//! | `redact.rs` | configuration without secrets (pure) |
//! | `gather.rs` | which files go in |
//! | `keys.rs` | which entries of the credential store go in |
//! | `create.rs`, `work.rs` | making an archive, leaving nothing behind |
//! | `archive.rs` | reading one, believing nothing |
//! | `verify.rs` | what one would restore |
//! | `stage.rs`, `apply.rs` | restoring: prepared beside the state, then put in its place |
//! | `plan.rs` | what of that is left to do, and that it leads nowhere else |
//! | `shelf.rs` | the folder of archives |
//! | `service.rs` | the handle of a running gateway |
//! | `error.rs` | failures |

mod apply;
mod archive;
mod create;
mod error;
mod gather;
mod keys;
mod manifest;
mod plan;
mod redact;
mod seal;
mod service;
mod shelf;
mod stage;
mod verify;
mod work;

pub use apply::{Applied, apply, finish_restore};
pub use archive::{Archive, Unlocked};
pub use create::{BackupJob, Created, OnProgress, Progress, create};
pub use error::{BackupError, MIN_PASSPHRASE};
pub use manifest::{Contents, Entry, FORMAT, LeftOut, Manifest, OutsideWorkspace};
pub use seal::Encryption;
pub use service::{Backups, PASSPHRASE, Wish, scheduled_problem, shelf};
pub use shelf::{Listed, Piece, Shelf, Stored, file_name};
pub use stage::{Staged, stage};
pub use verify::{Verified, verify};
