//! kill -9 at random moments: after every restart what was acknowledged is there, and nothing is half there.
//!
//! How much is done before each comes from a fixed seed, which a failure prints together with the round. What a moment
//! hits still depends on the machine; that is why there are fifty.

use std::cell::RefCell;
use std::fs;
use std::path::Path;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

use self::model::{Model, SCOPES, Standing};
use super::lock::gateway_command;
use crate::harness::{Caller, Client, Connect, Device, Endpoint, TestGateway, until};

mod model;

const SEED: u64 = 0x5eed_2026;
const ROUNDS: u32 = 50;
/// At most so many things are acknowledged before a cut, however fast or slow the machine is.
const STEPS: usize = 30;

/// Names the round when the test fails in it.
struct Round(u32);

impl Drop for Round {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- failed in round {} of {ROUNDS}, seed {SEED:#x} ---", self.0);
        }
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_kill_9() {
    let mut rng = StdRng::seed_from_u64(SEED);
    let model = RefCell::new(Model::default());
    let mut gateway = TestGateway::builder().config(&config("start")).start();
    let mut configs = Configs { good: vec!["start".to_owned()], written: config("start") };
    for round in 0..ROUNDS {
        let named = Round(round);
        let steps = model.borrow().steps() + rng.random_range(0..STEPS);
        let moment = Duration::from_micros(rng.random_range(0..20_000));
        {
            let mut work = Box::pin(work(gateway.endpoint(), &model, rng.random()));
            let cut = async {
                until("so many steps", || (model.borrow().steps() >= steps).then_some(())).await;
                // Not a wait for anything: the moment of the power cut. Nobody reads an answer from here on.
                tokio::time::sleep(moment).await;
            };
            tokio::select! {
                () = &mut work => {}
                () = cut => gateway.kill9(),
            }
        }
        configs.change(&gateway.state_dir(), &mut rng, round).await;
        // So many crashes in a row end in safe mode, which has tests of its own.
        drop(std::fs::remove_file(gateway.state_dir().join("starts.json")));
        gateway = gateway.start_again();
        let at = gateway.endpoint();
        let mut admin = admin(&at).await;
        configs.check(&gateway.state_dir(), &admin);
        let list = admin.ok("device.pair.list", json!({})).await;
        let unsettled = model.borrow_mut().compare(&list);
        for number in unsettled {
            settle(&at, &model, number).await;
        }
        let sample = rng.random::<u32>();
        check_some(&at, &model, |number| number % 17 == sample as usize % 17).await;
        let log = gateway.log();
        assert!(!log.contains(" ERROR ") && !log.contains("panicked"), "{log}");
        drop(named);
    }
    check_some(&gateway.endpoint(), &model, |_| true).await;
    let counts = model.borrow().counts();
    assert!(counts.iter().all(|(_, count)| *count >= 10), "hardly anything happened: {counts:?}");
    println!("survived {ROUNDS} power cuts: {counts:?}");
}

/// Everything that changes what lasts, by several clients at once, until it is dropped.
async fn work(at: Endpoint, model: &RefCell<Model>, seed: u64) {
    tokio::join!(
        pair_new_devices(&at, model),
        ask_and_decide(&at, model, StdRng::seed_from_u64(seed)),
        rotate(&at, model, StdRng::seed_from_u64(seed ^ 1)),
        rename_and_remove(&at, model, StdRng::seed_from_u64(seed ^ 2)),
    );
}

async fn admin(at: &Endpoint) -> Client {
    at.op(&Device::new("admin"), &["operator.admin"]).await
}

fn operator(device: &Device) -> Connect {
    Connect::operator(device, SCOPES)
}

/// An address for everybody, as one alone may not ask and guess without end.
fn elsewhere(number: usize) -> Caller {
    Caller::at(&format!("198.51.{}.{}", 100 + number / 250, number % 250))
}

fn by_code(device: &Device, code: &str) -> Connect {
    Connect::node(device).auth(json!({"bootstrapToken": code}))
}

/// New devices of this machine, paired without asking; every other one by a setup code, which works once.
async fn pair_new_devices(at: &Endpoint, model: &RefCell<Model>) {
    let mut admin = admin(at).await;
    loop {
        let (number, device) = model.borrow_mut().begin_pairing();
        let client = at.must(&Caller::local(), &operator(&device)).await;
        model.borrow_mut().paired(number, &client.device_token());

        let made = admin.ok("device.pair.setupCode", json!({"bootstrapProfile": "node"})).await;
        let code =
            postern_protocol::pairing::read_setup_code(made["setupCode"].as_str().unwrap()).unwrap().bootstrap_token;
        let (number, device) = model.borrow_mut().begin_pairing_by_code(&code);
        at.must(&Caller::remote(), &by_code(&device, &code)).await;
        model.borrow_mut().paired_by_code(number);
    }
}

/// Devices from elsewhere wait for a decision; most are let in, some rejected, some left waiting.
async fn ask_and_decide(at: &Endpoint, model: &RefCell<Model>, mut rng: StdRng) {
    let mut admin = admin(at).await;
    loop {
        let (number, device) = model.borrow_mut().begin_asking();
        let request = at.refused(&elsewhere(number), &operator(&device)).await.request_id().to_owned();
        model.borrow_mut().asking(number, &request);
        loop {
            let decided = model.borrow().to_decide(rng.random_ratio(3, 4));
            let Some((number, request)) = decided else { break };
            let params = json!({"requestId": request});
            if rng.random_ratio(1, 4) {
                model.borrow_mut().begin_reject(number);
                admin.ok("device.pair.reject", params).await;
                model.borrow_mut().gone(number);
            } else {
                model.borrow_mut().begin_approve(number);
                admin.ok("device.pair.approve", params).await;
                model.borrow_mut().approved(number);
            }
        }
    }
}

/// Devices replace their own tokens.
async fn rotate(at: &Endpoint, model: &RefCell<Model>, mut rng: StdRng) {
    loop {
        let begin = || model.borrow_mut().begin_rotation(rng.random());
        let (number, device, token) = until("a device with a token", begin).await;
        let mut client = at.must(&Caller::local(), &operator(&device).device_token(&token)).await;
        let answer = client.ok("device.token.rotate", json!({"deviceId": device.id(), "role": "operator"})).await;
        model.borrow_mut().rotated(number, answer["token"].as_str().unwrap());
    }
}

/// An administrator names devices, and now and then forgets one.
async fn rename_and_remove(at: &Endpoint, model: &RefCell<Model>, mut rng: StdRng) {
    let mut admin = admin(at).await;
    loop {
        if rng.random_ratio(1, 6) {
            let begin = || model.borrow_mut().begin_removal(rng.random());
            let (number, device) = until("a paired device", begin).await;
            admin.ok("device.pair.remove", json!({"deviceId": device.id()})).await;
            model.borrow_mut().gone(number);
        }
        let label = format!("name {}", rng.random::<u32>());
        let begin = || model.borrow_mut().begin_rename(rng.random(), &label);
        let (number, device) = until("a paired device", begin).await;
        admin.ok("device.pair.rename", json!({"deviceId": device.id(), "label": label})).await;
        model.borrow_mut().renamed(number, label);
    }
}

/// A device that something was under way for: either it happened as a whole or not at all.
async fn settle(at: &Endpoint, model: &RefCell<Model>, number: usize) {
    let entry = model.borrow().entry(number);
    if entry.standing != Standing::Paired || entry.code.is_some() {
        return check_one(at, model, number).await;
    }
    if let Some(token) = entry.token.clone().filter(|_| entry.rotating) {
        match at.connect(&operator(&entry.device).device_token(&token)).await {
            Ok(client) => assert_eq!(client.device_token(), token, "the old token works, so it is the token"),
            Err(refused) => {
                assert_eq!(refused.code(), "AUTH_DEVICE_TOKEN_MISMATCH", "{refused:?}");
                let client = at.must(&Caller::local(), &operator(&entry.device)).await;
                assert_ne!(client.device_token(), token);
                model.borrow_mut().rotated(number, &client.device_token());
            }
        }
    }
    model.borrow_mut().settled(number);
    check_one(at, model, number).await;
}

async fn check_some(at: &Endpoint, model: &RefCell<Model>, chosen: impl Fn(usize) -> bool) {
    let count = model.borrow().len();
    for number in (0..count).filter(|number| chosen(*number)) {
        check_one(at, model, number).await;
    }
}

/// What this device was promised holds: the last token lets it in, no older one does; a code that paired nobody still
/// works, and one that did is used up.
async fn check_one(at: &Endpoint, model: &RefCell<Model>, number: usize) {
    let entry = model.borrow().entry(number);
    if let (Some(code), Standing::Unknown) = (&entry.code, entry.standing) {
        at.must(&Caller::remote(), &by_code(&entry.device, code)).await;
        model.borrow_mut().paired_by_code(number);
    }
    if let Some(code) = &entry.code {
        let thief = Device::new(&format!("thief-{number}"));
        let refused = at.refused(&elsewhere(number), &by_code(&thief, code)).await;
        assert_eq!(refused.code(), "AUTH_BOOTSTRAP_TOKEN_INVALID", "{refused:?}");
    }
    for dead in entry.dead.iter().rev().take(2) {
        let refused = at.refused(&Caller::local(), &operator(&entry.device).device_token(dead)).await;
        assert_eq!(refused.code(), "AUTH_DEVICE_TOKEN_MISMATCH", "{refused:?}");
    }
    if entry.standing != Standing::Paired || entry.code.is_some() {
        return;
    }
    let connect = match &entry.token {
        Some(token) => operator(&entry.device).device_token(token),
        None => operator(&entry.device),
    };
    let client = at.must(&Caller::remote(), &connect).await;
    match &entry.token {
        Some(token) => assert_eq!(client.device_token(), *token),
        None => model.borrow_mut().paired(number, &client.device_token()),
    }
}

fn config(main_key: &str) -> String {
    format!("{{gateway: {{trustedProxies: ['127.0.0.1']}}, session: {{mainKey: '{main_key}'}}}}")
}

/// The configuration, which its owner replaces while the gateway is down, sometimes by something broken.
struct Configs {
    /// Main keys of which one has to be in force.
    good: Vec<String>,
    /// The text of the file.
    written: String,
}

impl Configs {
    async fn change(&mut self, state: &Path, rng: &mut StdRng, round: u32) {
        let kind = rng.random_range(0..4);
        if kind <= 1 {
            self.good = vec![format!("round{round}")];
            self.write(state, &config(&self.good[0]));
        }
        if kind == 1 {
            cut_start_off(state, rng).await;
        }
        if kind == 2 {
            self.write(state, "{session: {mainKey: 'broken'");
        }
        if kind == 3 {
            // Whether the good one was seen before it was replaced depends on the moment.
            self.good.push(format!("seen{round}"));
            self.write(state, &config(&format!("seen{round}")));
            cut_start_off(state, rng).await;
            self.write(state, "{");
        }
    }

    fn check(&mut self, state: &Path, admin: &Client) {
        let in_force = admin.hello["snapshot"]["sessionDefaults"]["mainKey"].as_str().unwrap();
        assert!(self.good.iter().any(|key| key == in_force), "{in_force} is in force, not one of {:?}", self.good);
        self.good = vec![in_force.to_owned()];
        let copy = fs::read_to_string(state.join("postern.last-good.json")).unwrap();
        assert_eq!(copy, config(in_force), "the copy is whole");
        let text = fs::read_to_string(state.join("postern.json")).unwrap();
        assert_eq!(text, self.written, "nobody but its owner writes the configuration");
        let mut files = fs::read_dir(state).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        let strays: Vec<_> = files.by_ref().filter(|name| name.starts_with(".postern-")).collect();
        assert!(strays.len() <= 20, "every cut leaves a file behind: {strays:?}");
    }

    /// Replaces the configuration as editors do: whole or not at all.
    fn write(&mut self, state: &Path, text: &str) {
        let new = state.join("postern.json.new");
        fs::write(&new, text).unwrap();
        fs::rename(&new, state.join("postern.json")).unwrap();
        self.written = text.to_owned();
    }
}

/// A start that is cut off, at its own random moment.
async fn cut_start_off(state: &Path, rng: &mut StdRng) {
    let mut start = gateway_command(state, &["--port", "0"]).spawn().unwrap();
    tokio::time::sleep(Duration::from_micros(rng.random_range(1_000..40_000))).await;
    start.kill().unwrap();
    start.wait().unwrap();
}

/// The value of a list entry by device id.
fn by_device<'a>(list: &'a Value, part: &str, id: &str) -> Option<&'a Value> {
    let mut found = list[part].as_array().unwrap().iter().filter(|entry| entry["deviceId"] == id);
    let first = found.next();
    assert!(found.next().is_none(), "{id} is in {part} twice");
    first
}
