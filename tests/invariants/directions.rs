//! Bytes → frame → principal → method → service → event → bytes: inner layers never name outer ones.

use super::source_tree::{Source, sources};

const GATEWAY: &str = "crates/gateway/src/";

/// Folders from the outside in. What stands in none of them is a service.
const OUTER: [&str; 3] = ["wire", "rpc", "methods"];

/// Where the house is put together; these may name every layer.
const ASSEMBLY: [&str; 7] = ["lib.rs", "options.rs", "boot.rs", "boot", "background.rs", "gateway.rs", "testing"];

/// The first path segment after each `crate::` outside comments, groups (`crate::{a, b::c}`) taken apart.
fn named_modules(code: &str) -> Vec<String> {
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code: String = lines.flat_map(str::chars).filter(|c| !c.is_whitespace()).collect();
    code.split("crate::").skip(1).flat_map(first_segments).collect()
}

fn first_segments(path: &str) -> Vec<String> {
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = path.strip_prefix('{') else { return vec![name(path)] };
    let mut depth = 0_i32;
    let mut names = vec![name(group)];
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(name(&group[at + 1..])),
            _ => {}
        }
    }
    names
}

/// The outer layers that a file of the gateway names though it must not.
fn forbidden(file: &Source) -> Vec<String> {
    let inside = file.path.strip_prefix(GATEWAY).expect("a file of the gateway");
    let layer = inside.split('/').next().unwrap_or_default();
    let banned: &[&str] = match layer {
        "wire" => &[],
        "rpc" | "methods" => &OUTER[..1],
        _ if ASSEMBLY.contains(&layer) => &[],
        _ => &OUTER,
    };
    named_modules(file.without_tests()).into_iter().filter(|name| banned.contains(&name.as_str())).collect()
}

#[test]
fn inner_layers_never_name_outer_ones() {
    let complaints: Vec<String> = sources(GATEWAY).iter().flat_map(complaints).collect();
    assert!(
        complaints.is_empty(),
        "{}\nServices speak domain words: return a value or publish an event; the method or the connection translates it.",
        complaints.join("\n")
    );
}

fn complaints(file: &Source) -> Vec<String> {
    forbidden(file).into_iter().map(|name| format!("{} names crate::{name}", file.path)).collect()
}

#[test]
fn use_lines_of_every_form_are_seen() {
    let code =
        "use crate::{devices::{Store, rpc}, methods::health,\n wire};\n// use crate::a;\nfn a() { crate::rpc::b() }";
    assert_eq!(named_modules(code), ["devices", "methods", "wire", "rpc"]);
    let text = "use crate::rpc::RpcError;\n".to_owned();
    let file = |path: &str| Source { path: format!("{GATEWAY}{path}"), text: text.clone() };
    assert_eq!(forbidden(&file("devices/mod.rs")), ["rpc"]);
    assert_eq!(forbidden(&file("methods/health.rs")), [""; 0]);
}
