//! `postern logs`: the gateway's log, from the gateway or, when none answers, from
//! its file on this machine.

mod line;
mod source;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};
use postern_protocol::logs::{LogsTailParams, LogsTailResult};
use serde_json::json;

use super::Context;
use crate::args::LogsArgs;
use crate::env::now_ms;
use crate::exit::{Failure, Outcome};
use crate::interrupt::Interrupt;
use crate::output::Flow;
use line::{Line, Look};
use source::Source;

/// Where to begin when older lines are looked through as well.
const OLDEST: &str = "oldest";
/// Bytes and lines of one look at them.
const MOST_BYTES: u32 = 1_000_000;
const MOST_LINES: u32 = 5_000;

/// Which lines are wanted.
#[derive(Debug, Clone)]
struct Wanted {
    level: Option<crate::args::LevelArg>,
    since_ms: Option<i64>,
    grep: Option<String>,
}

impl Wanted {
    fn of(args: &LogsArgs, now_ms: i64) -> Outcome<Self> {
        let since_ms = args.since.as_deref().map(|since| since_ms("--since", since, now_ms)).transpose()?;
        Ok(Self { level: args.level, since_ms, grep: args.grep.as_ref().map(|text| text.to_lowercase()) })
    }

    /// Whether lines may be wanted that are further back than the last few.
    const fn looks_back(&self) -> bool {
        self.level.is_some() || self.since_ms.is_some() || self.grep.is_some()
    }

    /// What is no line of a gateway has no level and no time; only its text counts then.
    fn takes(&self, line: &Line) -> bool {
        let level = self.level.is_none_or(|least| line.level.is_some_and(|level| level >= least));
        let since = self.since_ms.is_none_or(|since| line.time_ms.is_some_and(|time| time >= since));
        level && since && self.grep.as_ref().is_none_or(|text| line.contains(text))
    }
}

pub(crate) async fn run(cx: &Context, args: &LogsArgs) -> Outcome {
    let wanted = Wanted::of(args, now_ms())?;
    let zone = if args.utc { TimeZone::UTC } else { TimeZone::system() };
    let look = Look { json: cx.output.is_json(), colour: cx.output.colour() && !args.plain, zone };
    let mut interrupt = Interrupt::listen()?;
    tokio::select! {
        done = show(cx, args, &wanted, &look) => done,
        () = interrupt.received() => Ok(()),
    }
}

async fn show(cx: &Context, args: &LogsArgs, wanted: &Wanted, look: &Look) -> Outcome {
    let mut source = Source::open(&cx.settings).await?;
    if let Some(told) = source.told() {
        cx.output.note(&told);
    }
    let (lines, mut at) = recent(&mut source, args, wanted).await?;
    let mut pieces = lines.iter().map(|line| look.at(line)).collect::<String>();
    loop {
        if !pieces.is_empty() && cx.output.stream(&pieces)? == Flow::Ended {
            return Ok(());
        }
        if !args.follow {
            source.close().await;
            return Ok(());
        }
        if at.cursor >= at.size {
            tokio::time::sleep(Duration::from_millis(args.interval)).await;
        }
        let params = LogsTailParams {
            cursor: Some(at.cursor),
            mark: Some(at.mark.clone()),
            limit: Some(MOST_LINES),
            max_bytes: Some(args.max_bytes),
        };
        at = source.ask(params).await?;
        pieces = following(&at, wanted, look);
    }
}

/// The lines to begin with, and where they end.
async fn recent(source: &mut Source, args: &LogsArgs, wanted: &Wanted) -> Outcome<(VecDeque<Line>, LogsTailResult)> {
    let last = LogsTailParams { limit: Some(args.limit), max_bytes: Some(args.max_bytes), ..LogsTailParams::default() };
    let mut kept = VecDeque::new();
    if !wanted.looks_back() {
        let at = source.ask(last).await?;
        kept.extend(at.lines.iter().map(|line| Line::read(line)));
        return Ok((kept, at));
    }
    let page = |cursor, mark| LogsTailParams {
        cursor: Some(cursor),
        mark: Some(mark),
        limit: Some(MOST_LINES),
        max_bytes: Some(MOST_BYTES),
    };
    let mut at = source.ask(page(0, OLDEST.to_owned())).await?;
    loop {
        let lines = at.lines.iter().map(|line| Line::read(line)).filter(|line| wanted.takes(line));
        kept.extend(lines);
        while kept.len() > args.limit as usize {
            kept.pop_front();
        }
        // An answer without lines is the end: files that became old are passed over within one.
        if at.lines.is_empty() {
            return Ok((kept, at));
        }
        at = source.ask(page(at.cursor, at.mark)).await?;
    }
}

fn following(at: &LogsTailResult, wanted: &Wanted, look: &Look) -> String {
    let mut text = String::new();
    if at.reset == Some(true) {
        text.push_str(&look.notice("the log was replaced; this is what the new one has"));
    }
    let lines = at.lines.iter().map(|line| Line::read(line)).filter(|line| wanted.takes(line));
    lines.for_each(|line| text.push_str(&look.at(&line)));
    text
}

/// `10m`, or a time.
pub(super) fn since_ms(flag: &str, text: &str, now_ms: i64) -> Outcome<i64> {
    let wrong = || {
        Failure::usage(format!("{flag}: `{}` is no time", crate::output::printable(text)))
            .hint("for example 90s, 10m, 2h, 3d, or 2026-01-31T12:00:00Z")
    };
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time.as_millisecond());
    }
    let unit = text.chars().last().ok_or_else(wrong)?;
    let unit_ms = match unit {
        's' => 1_000,
        'm' => 60_000,
        'h' => 3_600_000,
        'd' => 86_400_000,
        _ => return Err(wrong()),
    };
    let number: i64 = text[..text.len() - unit.len_utf8()].trim().parse().map_err(|_| wrong())?;
    let ago = number.checked_mul(unit_ms).filter(|ago| *ago >= 0).ok_or_else(wrong)?;
    Ok(now_ms.saturating_sub(ago))
}

impl Look {
    /// Something that is no line of the log.
    fn notice(&self, text: &str) -> String {
        if self.json {
            format!("{}\n", json!({"type": "notice", "message": text}))
        } else {
            format!("postern: {text}\n")
        }
    }
}
