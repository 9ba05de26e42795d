//! `tailscale.*`: the gateway in the owner's tailnet.

mod status;
