//! What was measured, for people and for programs.

use std::io::{self, Write};

use clap::ValueEnum;
use serde::Serialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A table.
    Text,
    /// A JSON object a line.
    Json,
}

/// What a value is held against.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Goal {
    /// It should be at least this.
    AtLeast(f64),
    /// It should be at most this.
    AtMost(f64),
}

/// One measured value.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    section: &'static str,
    what: String,
    value: f64,
    unit: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    goal: Option<Goal>,
    /// How often the goal is met: 1 is just met, less is missed.
    #[serde(skip_serializing_if = "Option::is_none")]
    of_goal: Option<f64>,
}

impl Row {
    pub(crate) fn new(
        section: &'static str,
        what: impl Into<String>,
        value: f64,
        unit: &'static str,
    ) -> Self {
        Self {
            section,
            what: what.into(),
            value,
            unit,
            goal: None,
            of_goal: None,
        }
    }

    pub(crate) fn goal(self, goal: Goal) -> Self {
        let of_goal = match goal {
            Goal::AtLeast(wanted) => self.value / wanted,
            // Nothing is all that was wanted where nothing is the goal.
            Goal::AtMost(most) if self.value <= most && most == 0.0 => 1.0,
            Goal::AtMost(most) => most / self.value,
        };
        Self {
            goal: Some(goal),
            of_goal: Some(of_goal),
            ..self
        }
    }
}

pub(crate) fn print(format: Format, rows: &[Row]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    for row in rows {
        match format {
            Format::Json => writeln!(out, "{}", serde_json::to_string(row)?)?,
            Format::Text => writeln!(
                out,
                "{:10} {:52} {:>10} {:14} {}",
                row.section,
                row.what,
                short(row.value),
                row.unit,
                row.verdict()
            )?,
        }
    }
    Ok(out.flush()?)
}

impl Row {
    fn verdict(&self) -> String {
        let (sign, wanted) = match self.goal {
            None => return String::new(),
            Some(Goal::AtLeast(wanted)) => ("≥", wanted),
            Some(Goal::AtMost(wanted)) => ("≤", wanted),
        };
        let times = self.of_goal.unwrap_or_default();
        let met = if times >= 1.0 { "met" } else { "missed" };
        if times.is_finite() && wanted != 0.0 {
            format!("goal {sign} {}, {met} ({times:.2} of it)", short(wanted))
        } else {
            format!("goal {sign} {}, {met}", short(wanted))
        }
    }
}

/// Three digits or so: more would only look exact.
fn short(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// A count as a number with a fraction.
#[expect(
    clippy::cast_precision_loss,
    reason = "nothing is counted here that is not far below 2^52"
)]
pub(crate) fn number(count: usize) -> f64 {
    count as f64
}

/// The value below which `share` of all lie.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a length is an index"
    )]
    let index = (number(sorted.len()) * share) as usize;
    sorted
        .get(index.min(sorted.len().saturating_sub(1)))
        .copied()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_met_from_both_sides() {
        let row = |value, goal| Row::new("s", "w", value, "").goal(goal).verdict();
        assert_eq!(
            row(500.0, Goal::AtLeast(1000.0)),
            "goal ≥ 1000, missed (0.50 of it)"
        );
        assert_eq!(row(1.0, Goal::AtMost(2.0)), "goal ≤ 2.00, met (2.00 of it)");
        assert_eq!(row(0.0, Goal::AtMost(0.0)), "goal ≤ 0, met");
        assert_eq!(row(3.0, Goal::AtMost(0.0)), "goal ≤ 0, missed");
    }

    #[test]
    fn a_quantile_is_one_of_the_values() {
        let values: Vec<f64> = (1..=100).map(number).collect();
        assert_eq!(quantile(&values, 0.99), 100.0);
        assert_eq!(quantile(&values, 0.5), 51.0);
        assert_eq!(quantile(&[], 0.5), 0.0);
    }
}
