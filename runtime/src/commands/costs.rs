//! `silexd costs`: what calls of models cost, by agent, model or day.

use std::collections::BTreeMap;

use clap::{Args, ValueEnum};
use serde_json::json;
use silex_runtime::agent::Deployment;
use silex_runtime::model;
use silex_runtime::store::budgets::{self, Cost};
use silex_runtime::turn::spend::in_words;

use super::print;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What is asked.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  silexd costs                      the last seven days, by agent
  silexd costs --by day --days 31
  silexd costs --by model --format json

What a call costs that was not answered is the most that it can have cost.
Exit status: 0 done, 1 failed.")]
pub(crate) struct Costs {
    /// What is added up.
    #[arg(long, value_enum, default_value_t = By::Agent)]
    by: By,
    /// How many days, today among them.
    #[arg(long, default_value_t = 7)]
    days: i64,
    /// How it is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    Agent,
    Model,
    Day,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

pub(crate) async fn run(deployment: &Deployment, asked: Costs) -> anyhow::Result<()> {
    let (now, spending) = (deployment.clock().now_ms(), &deployment.edge.spending);
    let (_, left) = spending.day_of(now);
    let tomorrow = now + i64::try_from(left.as_millis())?;
    let from = tomorrow - asked.days.saturating_mul(DAY_MS);
    let mut sums: BTreeMap<String, Cost> = BTreeMap::new();
    let mut add = |cost: Cost| {
        let name = match asked.by {
            By::Agent => cost.agent.clone(),
            By::Model => cost.model.clone(),
            By::Day => spending.day_of(cost.at).0,
        };
        let sum = sums.entry(name).or_default();
        sum.calls += cost.calls;
        sum.unanswered += cost.unanswered;
        sum.input += cost.input;
        sum.output += cost.output;
        sum.cost += cost.cost;
    };
    let mut reader = deployment.store().read().await?;
    budgets::costs(&mut reader, from, now + 1, &mut add).await?;
    match asked.format {
        Format::Text => table(&sums),
        Format::Json => {
            let rows = sums.iter().map(|(name, sum)| {
                json!({ "name": name, "calls": sum.calls, "unanswered": sum.unanswered,
                    "tokens_read": sum.input, "tokens_written": sum.output, "cost": in_words(sum.cost) })
            });
            print(&serde_json::to_string_pretty(&rows.collect::<Vec<_>>())?);
        }
    }
    Ok(())
}

fn table(sums: &BTreeMap<String, Cost>) {
    let width = sums.keys().map(String::len).max().unwrap_or(0).max(5);
    let row = |name: &str, sum: &Cost| {
        print(&format!(
            "{name:<width$}  {:>9}  {:>10}  {:>12}  {:>12}  {:>12}",
            sum.calls,
            sum.unanswered,
            sum.input,
            sum.output,
            in_words(sum.cost)
        ));
    };
    print(&format!(
        "{:<width$}  {:>9}  {:>10}  {:>12}  {:>12}  {:>12}",
        "", "answered", "unanswered", "tokens read", "written", "cost"
    ));
    let mut all = Cost::default();
    for (name, sum) in sums {
        row(name, sum);
        all.calls += sum.calls;
        all.unanswered += sum.unanswered;
        all.input += sum.input;
        all.output += sum.output;
        all.cost += sum.cost;
    }
    row("total", &all);
    print(&format!(
        "Prices are those of `models.prices`, else list prices of {} in US dollars.",
        model::AS_OF
    ));
}
