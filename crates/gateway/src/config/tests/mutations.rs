//! Ten thousand ways in which a valid file can be spoilt: each loads, normally or
//! in safe mode, says what is wrong, and opens no door.

use super::super::{edit, redact};
use super::*;

const SEED: u64 = 0x5eed_2026;
const MUTATIONS: usize = 10_000;

const VALID: &str = r#"// A house with everything in it.
{
  gateway: {
    port: 18789, bind: "loopback",
    auth: { mode: "token", token: "canary-token-0123456789", rateLimit: { maxAttempts: 5, exemptLoopback: true } },
    trustedProxies: ["10.0.0.2", "10.1.0.0/16"],
    controlUi: { basePath: "/postern", allowedOrigins: ["https://house.example"] },
    reload: { mode: "hybrid", debounceMs: 300 },
  },
  session: { mainKey: "main", scope: "per-sender" },
  agents: {
    defaults: { model: { primary: "a/b", fallbacks: ["c/d"] }, heartbeat: { every: "30m" }, timeoutSeconds: 600 },
    list: [{ id: "main", default: true, name: "Ada" }, { id: "cook", tools: { deny: ["exec"] }, limits: { dailyUsd: 1.5 } }],
  },
  models: { providers: { house: { api: "openai", baseUrl: "http://127.0.0.1:1/v1", models: [{ id: "m", input: ["text"] }] } } },
  tools: { exec: { security: "allowlist", timeoutSeconds: 120 }, web: { fetch: { maxBytes: 2000000 } } },
  mcp: { servers: { notes: { command: "true", args: ["-x"], env: { A: "b" } }, far: { url: "https://h.example/mcp" } } },
  usage: { limits: { dailyTokens: 100000 } }, logging: { level: "info" },
  channels: { telegram: { botToken: "x" } }, /* of another program */
}
"#;

/// xorshift: the same changes on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap()
    }
}

const PIECES: [&str; 35] = [
    "null",
    "true",
    "-1",
    "1e999",
    "0x",
    "NaN",
    "\"\"",
    "'x'",
    "[]",
    "{}",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "'",
    "/*",
    "//",
    "\n",
    "\0",
    "\u{feff}",
    "\u{2028}",
    "🔑",
    "${",
    "${X}",
    "$include",
    "99999999999999999999",
    "__OPENCLAW_REDACTED__",
    "lan",
    "none",
    "trusted-proxy",
    "bind: 'lan', auth: { mode: 'none' },",
    "tailscale: { mode: 'funnel' },",
];

fn spoil(text: &str, dice: &mut Dice) -> String {
    let border = |text: &str, mut at: usize| {
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let mut text = text.to_owned();
    for _ in 0..=dice.below(4) {
        let at = border(&text, dice.below(text.len() + 1));
        let end = border(&text, (at + 1 + dice.below(40)).min(text.len())).max(at);
        match dice.below(9) {
            0 => text.truncate(at),
            1 => text.insert_str(at, PIECES[dice.below(PIECES.len())]),
            2 => drop(text.drain(at..end)),
            3 => text.replace_range(at..end, PIECES[dice.below(PIECES.len())]),
            4 => {
                let copy = text[at..end].to_owned();
                text.insert_str(at, &copy);
            }
            5 => stand_open(&mut text, dice),
            6 => {
                let mut lines: Vec<&str> = text.lines().collect();
                let (a, b) = (dice.below(lines.len()), dice.below(lines.len()));
                if a < lines.len() && b < lines.len() {
                    lines.swap(a, b);
                }
                text = lines.join("\n");
            }
            // A word for another one: types, names and choices that do not fit.
            _ => {
                let words: Vec<&str> =
                    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
                if words.is_empty() {
                    continue;
                }
                let (from, to) = (words[dice.below(words.len())], words[dice.below(words.len())]);
                text = text.replacen(from, to, 1);
            }
        }
    }
    text
}

/// Opens a door: to the network, without a question, or through somebody who vouches for everybody.
fn stand_open(text: &mut String, dice: &mut Dice) {
    const DOORS: [(&str, &str); 5] = [
        ("\"loopback\"", "\"lan\""),
        ("mode: \"token\"", "mode: \"none\""),
        ("mode: \"token\"", "mode: \"trusted-proxy\", trustedProxy: { userHeader: \"x-user\" }"),
        ("reload:", "tailscale: { mode: \"serve\" }, reload:"),
        ("reload:", "tailscale: { mode: \"funnel\" }, reload:"),
    ];
    for _ in 0..=dice.below(3) {
        let (from, to) = DOORS[dice.below(DOORS.len())];
        *text = text.replacen(from, to, 1);
    }
}

#[test]
fn every_spoilt_file_loads() {
    // In memory where there is such a place: ten thousand files take their time on a disk.
    let root = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let paths = Paths { state_dir: root.path().to_owned(), config_path: root.path().join("postern.json") };
    fs::write(&paths.config_path, VALID).unwrap();
    let valid = load(&paths, &Overrides::default());
    assert_eq!((valid.problems, valid.safe_mode), (vec![], false), "the file to begin with");
    let mut dice = Dice(SEED);
    let (mut normal, mut safe, mut exposing) = (0, 0, 0);
    for round in 0..MUTATIONS {
        let text = spoil(VALID, &mut dice);
        fs::write(&paths.config_path, &text).unwrap();
        let loaded = load(&paths, &Overrides::default());
        assert_eq!(loaded.safe_mode, !loaded.problems.is_empty(), "round {round}: {text}");
        assert!(loaded.problems.iter().all(|problem| !problem.message.is_empty()), "round {round}: {text}");
        assert!(refuse_exposed(&loaded.config, true).is_ok(), "round {round}: {text}");
        if loaded.exposing {
            exposing += 1;
            assert!(loaded.safe_mode && !loaded.config.bind.is_exposed(), "round {round}: {text}");
        }
        let told: String = loaded.problems.iter().map(ToString::to_string).chain(loaded.warnings).collect();
        assert!(!told.contains("canary-token"), "round {round}: {told}");
        if loaded.safe_mode {
            safe += 1
        } else {
            normal += 1
        }
        // What pages and commands do with it comes to an end, too.
        drop(redact::redact_text(&text));
        drop(edit::set(&text, &path::SettingPath::parse("gateway.port").unwrap(), &serde_json::json!(1)));
    }
    assert!(normal > MUTATIONS / 20 && safe > MUTATIONS / 2, "{normal} normal, {safe} safe");
    assert!(exposing > MUTATIONS / 200, "{exposing} that would let strangers in");
}
