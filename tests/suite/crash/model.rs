//! What the clients of the crash test know: what was acknowledged, and what was under way when the lights went out.

use serde_json::Value;

use super::by_device;
use crate::harness::Device;

/// What every operator of the test asks for.
pub(super) const SCOPES: &[&str] = &["operator.pairing", "operator.read"];
/// Devices that may be left waiting.
const MOST_WAITING: usize = 5;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Never acknowledged anything.
    Unknown,
    /// Its request waits.
    Asking,
    /// It is paired.
    Paired,
    /// Rejected or removed.
    Gone,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Doing {
    Pair,
    Ask,
    Approve,
    Reject,
    Rename(String),
    Rotate,
    Remove,
}

#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) device: Device,
    pub(super) standing: Standing,
    /// The last token that was acknowledged.
    pub(super) token: Option<String>,
    /// Tokens that were replaced.
    pub(super) dead: Vec<String>,
    /// The setup code that it used, as a node.
    pub(super) code: Option<String>,
    /// Whether the token was being replaced.
    pub(super) rotating: bool,
    request: Option<String>,
    label: Option<String>,
    doing: Option<Doing>,
}

#[derive(Default)]
pub(super) struct Model {
    entries: Vec<Entry>,
    steps: usize,
    renames: usize,
    rotations: usize,
    cut_off: usize,
}

impl Model {
    fn begin(&mut self, doing: Doing) -> (usize, Device) {
        let number = self.entries.len();
        let device = Device::new(&format!("device-{number}"));
        self.entries.push(Entry {
            device: device.clone(),
            standing: Standing::Unknown,
            token: None,
            dead: Vec::new(),
            code: None,
            rotating: false,
            request: None,
            label: None,
            doing: Some(doing),
        });
        (number, device)
    }

    pub(super) fn begin_pairing(&mut self) -> (usize, Device) {
        self.begin(Doing::Pair)
    }

    pub(super) fn begin_pairing_by_code(&mut self, code: &str) -> (usize, Device) {
        let (number, device) = self.begin(Doing::Pair);
        self.entries[number].code = Some(code.to_owned());
        (number, device)
    }

    pub(super) fn begin_asking(&mut self) -> (usize, Device) {
        self.begin(Doing::Ask)
    }

    pub(super) fn paired(&mut self, number: usize, token: &str) {
        let entry = self.acknowledged(number, Standing::Paired);
        entry.token = Some(token.to_owned());
    }

    pub(super) fn paired_by_code(&mut self, number: usize) {
        self.acknowledged(number, Standing::Paired);
    }

    pub(super) fn asking(&mut self, number: usize, request: &str) {
        self.acknowledged(number, Standing::Asking).request = Some(request.to_owned());
    }

    /// The device that waits longest, when so many wait that somebody has to decide, or when somebody wants to.
    pub(super) fn to_decide(&self, wants: bool) -> Option<(usize, String)> {
        let waits = |entry: &Entry| entry.standing == Standing::Asking && entry.doing.is_none();
        let waiting: Vec<_> = (0..self.entries.len()).filter(|number| waits(&self.entries[*number])).collect();
        let number = *waiting.first().filter(|_| wants || waiting.len() > MOST_WAITING)?;
        Some((number, self.entries[number].request.clone()?))
    }

    pub(super) fn begin_approve(&mut self, number: usize) {
        self.entries[number].doing = Some(Doing::Approve);
    }

    pub(super) fn begin_reject(&mut self, number: usize) {
        self.entries[number].doing = Some(Doing::Reject);
    }

    pub(super) fn approved(&mut self, number: usize) {
        self.acknowledged(number, Standing::Paired);
    }

    pub(super) fn gone(&mut self, number: usize) {
        let entry = self.acknowledged(number, Standing::Gone);
        entry.dead.extend(entry.token.take());
    }

    fn acknowledged(&mut self, number: usize, standing: Standing) -> &mut Entry {
        self.steps += 1;
        let entry = &mut self.entries[number];
        entry.doing = None;
        entry.standing = standing;
        entry
    }

    /// A paired device that nobody else is busy with; newer ones are more likely.
    fn idle(&self, random: u32, fits: impl Fn(&Entry) -> bool) -> Option<usize> {
        let idle = |entry: &Entry| entry.standing == Standing::Paired && entry.doing.is_none() && fits(entry);
        let numbers: Vec<_> = (0..self.entries.len()).filter(|number| idle(&self.entries[*number])).collect();
        let among = if random.is_multiple_of(2) { numbers.len() } else { numbers.len().min(8) };
        let back = (random / 2) as usize % among.max(1);
        numbers.iter().rev().nth(back).copied()
    }

    pub(super) fn begin_rotation(&mut self, random: u32) -> Option<(usize, Device, String)> {
        let number = self.idle(random, |entry| entry.token.is_some())?;
        let entry = &mut self.entries[number];
        entry.doing = Some(Doing::Rotate);
        Some((number, entry.device.clone(), entry.token.clone()?))
    }

    pub(super) fn rotated(&mut self, number: usize, token: &str) {
        self.rotations += 1;
        let entry = self.acknowledged(number, Standing::Paired);
        entry.dead.extend(entry.token.replace(token.to_owned()));
        entry.rotating = false;
    }

    pub(super) fn begin_rename(&mut self, random: u32, label: &str) -> Option<(usize, Device)> {
        let number = self.idle(random, |_| true)?;
        self.entries[number].doing = Some(Doing::Rename(label.to_owned()));
        Some((number, self.entries[number].device.clone()))
    }

    pub(super) fn renamed(&mut self, number: usize, label: String) {
        self.renames += 1;
        self.acknowledged(number, Standing::Paired).label = Some(label);
    }

    pub(super) fn begin_removal(&mut self, random: u32) -> Option<(usize, Device)> {
        let number = self.idle(random, |_| true)?;
        self.entries[number].doing = Some(Doing::Remove);
        Some((number, self.entries[number].device.clone()))
    }

    pub(super) fn settled(&mut self, number: usize) {
        self.entries[number].rotating = false;
    }

    pub(super) fn entry(&self, number: usize) -> Entry {
        self.entries[number].clone()
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Compares with what the gateway lists after a restart; returns the devices that something was under way for, now
    /// that it is known whether it happened.
    pub(super) fn compare(&mut self, list: &Value) -> Vec<usize> {
        let mut unsettled = Vec::new();
        for (number, entry) in self.entries.iter_mut().enumerate() {
            let id = entry.device.id();
            let (paired, pending) = (by_device(list, "paired", &id), by_device(list, "pending", &id));
            assert!(paired.is_none() || pending.is_none(), "device {number} is paired and waits: {entry:?}");
            let doing = entry.doing.take();
            let found = match (paired, pending) {
                (Some(_), _) => Standing::Paired,
                (_, Some(_)) => Standing::Asking,
                _ if entry.standing == Standing::Unknown => Standing::Unknown,
                _ => Standing::Gone,
            };
            let possible = possible(entry.standing, doing.as_ref());
            assert!(possible.contains(&found), "device {number}: {doing:?}, found {found:?}: {entry:?}");
            if let Some(pending) = pending {
                let request = entry.request.get_or_insert_with(|| pending["requestId"].as_str().unwrap().to_owned());
                assert_eq!(pending["requestId"], request.as_str(), "device {number}");
            }
            if let Some(paired) = paired {
                check_label(number, entry, doing.as_ref(), paired);
            }
            if found == Standing::Gone {
                entry.dead.extend(entry.token.take());
            }
            entry.rotating = doing == Some(Doing::Rotate);
            entry.standing = found;
            if doing.is_some() {
                unsettled.push(number);
            }
        }
        self.cut_off += unsettled.len();
        // The administrator is the one paired device that is not in the model.
        let known = |standing| self.entries.iter().filter(|entry| entry.standing == standing).count();
        let listed = |part: &str| list[part].as_array().unwrap().len();
        assert_eq!((listed("paired"), listed("pending")), (known(Standing::Paired) + 1, known(Standing::Asking)));
        unsettled
    }

    /// How much was acknowledged.
    pub(super) fn steps(&self) -> usize {
        self.steps
    }

    /// How often everything happened.
    pub(super) fn counts(&self) -> Vec<(&'static str, usize)> {
        let standing = |standing| self.entries.iter().filter(|entry| entry.standing == standing).count();
        vec![
            ("paired", standing(Standing::Paired)),
            ("gone", standing(Standing::Gone)),
            ("by code", self.entries.iter().filter(|entry| entry.code.is_some()).count()),
            ("approved", self.entries.iter().filter(|entry| entry.request.is_some()).count()),
            ("renamed", self.renames),
            ("rotated", self.rotations),
            ("cut off", self.cut_off),
        ]
    }
}

/// Where a device may stand after a restart, given what was acknowledged and what was under way.
fn possible(acknowledged: Standing, doing: Option<&Doing>) -> Vec<Standing> {
    let after = match doing {
        Some(Doing::Pair | Doing::Approve) => Some(Standing::Paired),
        Some(Doing::Ask) => Some(Standing::Asking),
        Some(Doing::Reject | Doing::Remove) => Some(Standing::Gone),
        Some(Doing::Rename(_) | Doing::Rotate) | None => None,
    };
    [acknowledged].into_iter().chain(after).collect()
}

fn check_label(number: usize, entry: &mut Entry, doing: Option<&Doing>, paired: &Value) {
    let label = paired["label"].as_str().map(str::to_owned);
    let may_be_new = matches!((doing, &label), (Some(Doing::Rename(new)), Some(found)) if new == found);
    assert!(may_be_new || label == entry.label, "device {number}: {doing:?}, called {label:?}: {entry:?}");
    entry.label = label;
}
