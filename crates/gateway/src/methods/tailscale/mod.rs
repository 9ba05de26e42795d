//! `tailscale.*`: the gateway in the owner's tailnet.

mod set;
mod status;
