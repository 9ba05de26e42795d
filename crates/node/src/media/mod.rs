//! Pictures, sound and place through programs of the system: started with arguments, never through a shell, ended with
//! the call, their files deleted afterwards.

mod helper;
mod picture;
mod ways;

pub(crate) use self::helper::Helper;
pub(crate) use self::picture::{Shot, seconds};
pub(crate) use self::ways::{Way, find};
