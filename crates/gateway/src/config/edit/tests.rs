use serde_json::json;

use super::*;

const FILE: &str = r#"// The house gateway.
{
  gateway: {
    port: 18789, // the usual one
    /* who may come in */
    auth: { mode: 'token' },
  },
  // Two of them.
  agents: {
    list: [
      { id: "main", name: "Ada" }, // first
      // the second
      { id: "cook", name: "Bo" },
    ],
  },
}
"#;

fn path(text: &str) -> SettingPath {
    SettingPath::parse(text).unwrap()
}

fn meaning(text: &str) -> Value {
    value_of(text).unwrap()
}

#[test]
fn a_changed_number_changes_one_line() {
    let text = set(FILE, &path("gateway.port"), &json!(19001)).unwrap();
    assert_eq!(text, FILE.replace("18789", "19001"));
}

#[test]
fn what_is_set_already_changes_nothing() {
    assert_eq!(set(FILE, &path("gateway.port"), &json!(18789)).unwrap(), FILE);
    assert_eq!(unset(FILE, &path("gateway.tls.enabled")).unwrap(), FILE);
}

#[test]
fn comments_survive_every_kind_of_change() {
    let comments =
        ["// The house gateway.", "// the usual one", "/* who may come in */", "// Two of them.", "// first"];
    let changed = [
        set(FILE, &path("gateway.auth.rateLimit.maxAttempts"), &json!(3)),
        set(FILE, &path("gateway.auth.mode"), &json!("password")),
        set(FILE, &path("agents.list[1].name"), &json!("Bob")),
        set(FILE, &path("agents.list[2]"), &json!({"id": "new", "tools": {"deny": ["exec"]}})),
        set(FILE, &path("models.providers"), &json!({"local": {"baseUrl": "http://127.0.0.1:1"}})),
        unset(FILE, &path("gateway.auth.mode")),
        merge_patch(FILE, &json!({"session": {"mainKey": "m"}, "agents": {"defaults": {"model": "a/b"}}})),
    ];
    for text in changed {
        let text = text.unwrap();
        for comment in comments {
            assert!(text.contains(comment), "{comment} is gone:\n{text}");
        }
    }
}

#[test]
fn a_section_on_one_line_takes_another_setting() {
    let text = set("{ gateway: { port: 1 } }", &path("gateway.bind"), &json!("lan")).unwrap();
    assert_eq!(meaning(&text), json!({"gateway": {"port": 1, "bind": "lan"}}));
    let text = unset("{ gateway: { port: 1, bind: 'lan' /* x */ } }", &path("gateway.port")).unwrap();
    assert_eq!(meaning(&text), json!({"gateway": {"bind": "lan"}}));
    assert!(text.contains("/* x */"), "{text}");
}

#[test]
fn sections_on_the_way_are_made_also_in_an_empty_file() {
    for text in ["", "  \n", "{}", "null", "// nothing yet\n{ }\n"] {
        let text = set(text, &path("gateway.auth.rateLimit.windowMs"), &json!(5)).unwrap();
        assert_eq!(meaning(&text), json!({"gateway": {"auth": {"rateLimit": {"windowMs": 5}}}}), "{text}");
    }
    let marked = set("\u{feff}{}", &path("a"), &json!(1)).unwrap();
    assert!(marked.starts_with('\u{feff}'), "the byte order mark is kept");
}

#[test]
fn lists_grow_shrink_and_keep_their_comments() {
    let text = unset(FILE, &path("agents.list[0]")).unwrap();
    assert_eq!(meaning(&text)["agents"]["list"], json!([{"id": "cook", "name": "Bo"}]));
    assert!(text.contains("// the second"), "{text}");
    let text = set(FILE, &path("agents.list.1.default"), &json!(true)).unwrap();
    assert_eq!(meaning(&text)["agents"]["list"][1]["default"], json!(true));
    let text = set(FILE, &path("agents.list"), &json!([])).unwrap();
    assert_eq!(meaning(&text)["agents"]["list"], json!([]));
}

#[test]
fn of_a_name_written_twice_the_one_that_counts_is_changed() {
    let text = set("{ a: 1, b: 2, a: 3 }", &path("a"), &json!(4)).unwrap();
    assert_eq!(meaning(&text)["a"], json!(4));
    let text = unset("{ a: 1, b: 2, a: 3 }", &path("a")).unwrap();
    assert_eq!(meaning(&text), json!({"b": 2}));
}

#[test]
fn a_merge_patch_merges_removes_and_replaces() {
    let patch = json!({
        "gateway": {"port": null, "auth": {"mode": "none"}},
        "agents": {"list": [{"id": "only"}]},
        "session": {"mainKey": "m", "queueMode": null},
    });
    let text = merge_patch(FILE, &patch).unwrap();
    let expected = json!({
        "gateway": {"auth": {"mode": "none"}},
        "agents": {"list": [{"id": "only"}]},
        "session": {"mainKey": "m"},
    });
    assert_eq!(meaning(&text), expected);
}

#[test]
fn lists_with_ids_are_merged_unless_replaced() {
    let patch = json!({"agents": {"list": [{"id": "cook", "name": "Bob"}, {"id": "new"}]}});
    let text = merge_patch_by_id(FILE, &patch, &[]).unwrap();
    let expected = json!([{"id": "main", "name": "Ada"}, {"id": "cook", "name": "Bob"}, {"id": "new"}]);
    assert_eq!(meaning(&text)["agents"]["list"], expected);
    let text = merge_patch_by_id(FILE, &patch, &["agents.list".to_owned()]).unwrap();
    assert_eq!(meaning(&text)["agents"]["list"], patch["agents"]["list"]);
}

#[test]
fn what_cannot_be_done_says_where() {
    let refused = |text: &str, at: &str| set(text, &path(at), &json!(1)).unwrap_err().to_string();
    assert_eq!(refused(FILE, "gateway.port.x"), "gateway.port: is not a section, so it has no x");
    assert_eq!(refused(FILE, "agents.list[7].name"), "agents.list: has 2 elements; the next one is [2]");
    assert!(refused("{ a: }", "a").starts_with("line 1: is not JSON5"), "{}", refused("{ a: }", "a"));
    assert!(merge_patch(FILE, &json!(3)).is_err());
}

/// Whatever is done, in whatever layout, the text means what was asked for.
#[test]
fn random_changes_mean_what_was_asked_for() {
    let layouts = [
        FILE,
        "{a:1}",
        "{\n\t\"a\": [1, 2, /* x */ 3],\n\t\"b\": {\"c\": null}, // y\n}",
        "{a:[{id:'x'},{id:'y'}],/*z*/b:{}}",
        "{\r\n  a: 1,\r\n}\r\n",
    ];
    let values =
        [json!(1), json!("t\"e\\x\nt"), json!([1, [2], {"q": 1}]), json!({"k": {"l": []}}), json!(true), json!({})];
    let places = ["a", "b", "b.c", "a[0]", "a[1].id", "gateway.port", "agents.list[0]", "x.y.z", "n[0]"];
    let check = |text: &str, at: &str, value: &Value| {
        let Ok(changed) = set(text, &path(at), value) else { return };
        assert_eq!(get(&meaning(&changed), &path(at)), Some(value), "{at} in {text}");
        let back = unset(&changed, &path(at)).unwrap();
        let left = meaning(&back);
        let gone = get(&left, &path(at));
        assert!(gone.is_none() || at.ends_with(']'), "{at} in {text}: {back}");
    };
    for text in layouts {
        for at in places {
            values.iter().for_each(|value| check(text, at, value));
        }
    }
}
