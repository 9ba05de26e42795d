//! `postern devices remove`, `rename`, `rotate` and `revoke`: changes of paired
//! devices.

use postern_protocol::access::Role;
use postern_protocol::call::Call as _;
use postern_protocol::pairing::{
    DevicePairRemove, DevicePairRename, DeviceTokenRevoke, DeviceTokenRotate, DeviceTokenRotateResult, PairedDevice,
    TokenDelivery,
};
use serde_json::{Value, json};

use super::{choose, known, name_of_device};
use crate::args::{DeviceArgs, RenameArgs, RotateArgs, TokenArgs};
use crate::commands::{Context, read};
use crate::connection::Connection;
use crate::exit::{Failure, Outcome};
use crate::output::printable;

pub(super) async fn remove(cx: &Context, args: &DeviceArgs) -> Outcome {
    let gateway = cx.connect_to_decide().await?;
    let device = find(&gateway, &args.device).await?;
    let answer = gateway.call(DevicePairRemove::NAME, json!({"deviceId": device.device_id})).await?;
    cx.output.answer(&answer, || Ok(format!("removed: {}", name(&device))))?;
    gateway.close().await;
    Ok(())
}

pub(super) async fn rename(cx: &Context, args: &RenameArgs) -> Outcome {
    let label = new_name(&args.name)?;
    let gateway = cx.connect_to_decide().await?;
    let device = find(&gateway, &args.device).await?;
    let params = json!({"deviceId": device.device_id, "label": label});
    let answer = gateway.call(DevicePairRename::NAME, params).await?;
    // As it is kept: what cannot be shown is left out of it.
    let kept = printable(answer["label"].as_str().unwrap_or(label));
    cx.output.answer(&answer, || Ok(format!("renamed: {} is now {kept}", name(&device))))?;
    gateway.close().await;
    Ok(())
}

/// The name that somebody gives a device or a node.
pub(crate) fn new_name(written: &str) -> Outcome<&str> {
    let name = written.trim();
    let fits = (1..=64).contains(&name.chars().count());
    if fits { Ok(name) } else { Err(Failure::usage("NAME must have 1 to 64 characters")) }
}

pub(super) async fn rotate(cx: &Context, args: &RotateArgs) -> Outcome {
    let gateway = cx.connect_to_decide().await?;
    let device = find(&gateway, &args.token.device).await?;
    let role = role(&device, &args.token)?;
    let mut params = json!({"deviceId": device.device_id, "role": role});
    if !args.scopes.is_empty() {
        params["scopes"] = json!(args.scopes);
    }
    let answer: Value = gateway.call(DeviceTokenRotate::NAME, params).await?;
    let rotated: DeviceTokenRotateResult = read(&answer)?;
    if let Some(token) = &rotated.token {
        gateway.keep_token(role, token, rotated.scopes).await?;
    }
    cx.output.answer(&answer, || {
        let delivery = match rotated.token_delivery {
            TokenDelivery::InBand => "it is this program's own and was stored",
            TokenDelivery::WithheldCrossDevice => "the device receives it when it connects next",
        };
        Ok(format!("new {role} token for {}: {delivery}", name(&device)))
    })?;
    gateway.close().await;
    Ok(())
}

pub(super) async fn revoke(cx: &Context, args: &TokenArgs) -> Outcome {
    let gateway = cx.connect_to_decide().await?;
    let device = find(&gateway, &args.device).await?;
    let role = role(&device, args)?;
    let params = json!({"deviceId": device.device_id, "role": role});
    let answer = gateway.call(DeviceTokenRevoke::NAME, params).await?;
    cx.output.answer(&answer, || Ok(format!("revoked: {} has no {role} token any more", name(&device))))?;
    gateway.close().await;
    Ok(())
}

async fn find(gateway: &Connection, text: &str) -> Outcome<PairedDevice> {
    let paired = known(gateway).await?.paired;
    choose(&paired, text, |device| (&device.device_id, name_of_device(device)), "device").cloned()
}

fn name(device: &PairedDevice) -> String {
    match name_of_device(device) {
        name if name.is_empty() => printable(&device.device_id),
        name => printable(&name),
    }
}

/// The role that was named, or the only one that the device has.
pub(super) fn role(device: &PairedDevice, args: &TokenArgs) -> Outcome<Role> {
    match (args.role, device.roles.as_slice()) {
        (Some(role), _) => Ok(role),
        (None, [one]) => Ok(*one),
        (None, []) => Ok(device.role),
        (None, several) => {
            let words: Vec<&str> = several.iter().map(|role| role.as_str()).collect();
            Err(Failure::usage(format!("{} has several roles: add --role {}", name(device), words.join(" or --role "))))
        }
    }
}
