//! What a run says: one figure per target, as a table and as JSON.

use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::{Value, json};

use crate::measure::{Series, Spread, ratio};

/// One measured figure beside its target.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Figure {
    name: String,
    unit: &'static str,
    gateway: Spread,
    #[serde(skip_serializing_if = "Option::is_none")]
    floor: Option<Spread>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ratio_to_floor: Option<f64>,
    target: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pass: Option<bool>,
    limited_by: String,
    details: Value,
}

/// All figures of a run.
#[derive(Serialize)]
pub(crate) struct Report {
    mode: &'static str,
    machine: Value,
    figures: Vec<Figure>,
    errors: Vec<String>,
}

impl Figure {
    /// A figure without target yet.
    pub(crate) fn new(name: impl Into<String>, unit: &'static str, gateway: Spread) -> Self {
        Self {
            name: name.into(),
            unit,
            gateway,
            floor: None,
            ratio_to_floor: None,
            target: "-".to_owned(),
            pass: None,
            limited_by: String::new(),
            details: Value::Null,
        }
    }

    /// Operations per second of both servers, with what limits them.
    pub(crate) fn rate(name: impl Into<String>, gateway: &mut Series, floor: &mut Series) -> Self {
        let limit = gateway.limit(floor);
        let details = json!({ "gateway": gateway.details(), "floor": floor.details() });
        Self::new(name, "/s", gateway.rate()).floor(floor.rate()).limited_by(limit).details(details)
    }

    /// The floor's value of the same figure.
    pub(crate) fn floor(mut self, floor: Spread) -> Self {
        self.ratio_to_floor = Some(ratio(self.gateway.median, floor.median));
        self.floor = Some(floor);
        self
    }

    /// What had to be reached, and whether it was.
    pub(crate) fn target(mut self, target: impl Into<String>, pass: bool) -> Self {
        self.target = target.into();
        self.pass = Some(pass);
        self
    }

    /// Median at or above `least`.
    pub(crate) fn at_least(self, least: f64) -> Self {
        let (pass, unit) = (self.gateway.median >= least, self.unit);
        self.target(format!(">= {}{unit}", amount(least)), pass)
    }

    /// Median at or below `most`.
    pub(crate) fn at_most(self, most: f64) -> Self {
        let (pass, unit) = (self.gateway.median <= most, self.unit);
        self.target(format!("<= {} {unit}", amount(most)), pass)
    }

    /// Median at or above this share (0..1) of the floor's.
    pub(crate) fn at_least_of_floor(self, share: f64) -> Self {
        let pass = self.ratio_to_floor.is_some_and(|ratio| ratio >= share);
        self.target(format!(">= {:.0} % of floor", share * 100.0), pass)
    }

    /// What keeps the figure from being better.
    pub(crate) fn limited_by(mut self, limit: impl Into<String>) -> Self {
        self.limited_by = limit.into();
        self
    }

    /// Adds to what limits the figure.
    pub(crate) fn note(mut self, note: impl AsRef<str>) -> Self {
        if !self.limited_by.is_empty() {
            self.limited_by.push_str("; ");
        }
        self.limited_by.push_str(note.as_ref());
        self
    }

    /// Raw numbers behind the figure.
    pub(crate) fn details(mut self, details: Value) -> Self {
        self.details = details;
        self
    }

    fn row(&self) -> [String; 6] {
        let spread = |spread: &Spread| {
            if spread.min == spread.max {
                return amount(spread.median);
            }
            format!("{} ({}..{})", amount(spread.median), amount(spread.min), amount(spread.max))
        };
        [
            format!("{} [{}]", self.name, self.unit),
            spread(&self.gateway),
            self.floor.as_ref().map_or_else(|| "-".to_owned(), spread),
            self.ratio_to_floor.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}")),
            self.target.clone(),
            match self.pass {
                Some(true) => "ok".to_owned(),
                Some(false) => "MISSED".to_owned(),
                None => "-".to_owned(),
            },
        ]
    }
}

impl Report {
    /// An empty report of a run in `mode`.
    pub(crate) fn new(mode: &'static str) -> Self {
        Self { mode, machine: machine(), figures: Vec::new(), errors: Vec::new() }
    }

    /// Takes over what a scenario found out, or why it could not run.
    pub(crate) fn add(&mut self, scenario: &str, outcome: Result<Vec<Figure>>) {
        match outcome {
            Ok(figures) => self.figures.extend(figures),
            Err(error) => self.errors.push(format!("{scenario}: {error:#}")),
        }
    }

    /// Whether every scenario could run.
    pub(crate) fn is_complete(&self) -> bool {
        self.errors.is_empty()
    }

    /// Number of figures that missed their target.
    pub(crate) fn missed(&self) -> usize {
        self.figures.iter().filter(|figure| figure.pass == Some(false)).count()
    }

    /// Writes the JSON report.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        std::fs::write(path, text + "\n").with_context(|| format!("writing {}", path.display()))
    }

    /// The table, what limits each figure, and the verdict.
    pub(crate) fn table(&self) -> String {
        let header = ["figure", "gateway", "floor", "ratio", "target", "result"].map(str::to_owned);
        let rows: Vec<_> = std::iter::once(header).chain(self.figures.iter().map(Figure::row)).collect();
        let mut text = String::new();
        for row in &rows {
            for (column, cell) in row.iter().enumerate() {
                let width = rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
                text.push_str(&format!("{cell:<width$}  "));
            }
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
        text.push_str("\nlimited by\n");
        for figure in self.figures.iter().filter(|figure| !figure.limited_by.is_empty()) {
            text.push_str(&format!("  {}: {}\n", figure.name, figure.limited_by));
        }
        for error in &self.errors {
            text.push_str(&format!("could not run {error}\n"));
        }
        let (missed, all) = (self.missed(), self.figures.len());
        text.push_str(&format!("\n{} of {all} figures reached, {missed} missed ({})\n", all - missed, self.mode));
        text
    }
}

fn machine() -> Value {
    let cpu_info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu_info.lines().find(|line| line.starts_with("model name"));
    let model = model.and_then(|line| line.split_once(": ")).map_or("unknown", |(_, model)| model);
    json!({
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
        "model": model,
        "os": std::env::consts::OS,
        "arch": std::env::consts::ARCH,
    })
}

fn amount(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_passes_by_its_median() {
        let spread = Spread { median: 60.0, min: 10.0, max: 99.0 };
        let figure = Figure::new("a", "/s", spread).floor(Spread::single(100.0));
        assert_eq!(figure.at_least_of_floor(0.6).pass, Some(true));
        assert_eq!(Figure::new("a", "/s", spread).at_least(61.0).pass, Some(false));
        assert_eq!(Figure::new("a", "ms", spread).at_most(60.0).pass, Some(true));
    }

    #[test]
    fn the_table_counts_what_was_missed() {
        let mut report = Report::new("quick");
        let figure = || Figure::new("a", "ms", Spread::single(2.0));
        report.add("x", Ok(vec![figure().at_most(3.0), figure().at_most(1.0)]));
        report.add("y", Err(anyhow::anyhow!("no server")));
        assert_eq!(report.missed(), 1);
        assert!(!report.is_complete());
        assert!(report.table().contains("1 of 2 figures reached, 1 missed (quick)"));
        assert!(report.table().contains("could not run y: no server"));
    }
}
