//! What many runs come to: rates, tokens, costs.

use std::collections::BTreeMap;

use silex_bundle::Span;
use silex_runtime::bundle::Loaded;
use silex_runtime::config::Config;
use silex_runtime::eval::statistics::{Against, Rate};
use silex_runtime::eval::{Run, Verdict};
use silex_runtime::model::Usage;

/// Everything that was counted.
#[derive(Debug)]
pub(super) struct Tally {
    /// By example, in the order of their names.
    pub(super) examples: BTreeMap<String, Played>,
    /// The rules that have a check, by id, over all examples.
    pub(super) rules: BTreeMap<String, Counted>,
    /// Tokens by the name of the model that answered.
    pub(super) usage: BTreeMap<String, Usage>,
    /// What they cost, where the configuration has a price.
    pub(super) cost: Option<f64>,
    bound: Option<f64>,
}

/// The runs of one example.
#[derive(Debug, Default)]
pub(super) struct Played {
    /// Runs in which the model could be judged.
    pub(super) runs: u32,
    /// Drafts of all runs.
    pub(super) drafts: u32,
    /// By place and words.
    pub(super) expectations: BTreeMap<(u32, u32, String), Counted>,
    /// Why runs ended without an answer, and how often.
    pub(super) problems: BTreeMap<String, u32>,
    /// Why runs were broken off, and how often.
    pub(super) broken_off: BTreeMap<String, u32>,
}

/// How often one thing held.
#[derive(Debug)]
pub(super) struct Counted {
    pub(super) span: Span,
    pub(super) rate: Rate,
    /// The share that it is held to.
    pub(super) bound: Option<f64>,
    /// Why it did not hold, the last time.
    pub(super) why: String,
}

impl Counted {
    /// What the rate says about its bound.
    pub(super) fn against(&self) -> Option<Against> {
        self.bound.map(|bound| self.rate.against(bound))
    }
}

impl Tally {
    /// `at_least` holds every rate that has no bound of its own, in 100.
    pub(super) fn new(at_least: Option<u8>) -> Self {
        Self {
            examples: BTreeMap::new(),
            rules: BTreeMap::new(),
            usage: BTreeMap::new(),
            cost: None,
            bound: at_least.map(share),
        }
    }

    /// Counts a run. One that was broken off says nothing about the model.
    pub(super) fn count(&mut self, name: &str, run: &Run) {
        let bound = self.bound;
        let played = self.examples.entry(name.to_owned()).or_default();
        if let Some(problem) = &run.problem {
            let of = if run.broken_off {
                &mut played.broken_off
            } else {
                &mut played.problems
            };
            *of.entry(problem.clone()).or_default() += 1;
        }
        for exchange in &run.transcript.exchanges {
            let (sum, more) = (
                self.usage
                    .entry(exchange.request.model.clone())
                    .or_default(),
                &exchange.response.usage,
            );
            sum.input += more.input;
            sum.output += more.output;
            sum.cache_read += more.cache_read;
            sum.cache_write += more.cache_write;
        }
        if run.broken_off {
            return;
        }
        played.runs += 1;
        played.drafts += run.attempts;
        for verdict in &run.expectations {
            let place = (
                verdict.span.source,
                verdict.span.start,
                verdict.what.clone(),
            );
            add(played.expectations.entry(place), verdict, bound);
        }
        for verdict in &run.rules {
            add(self.rules.entry(verdict.what.clone()), verdict, bound);
        }
    }

    /// Says what the tokens cost, if every model has a price.
    pub(super) fn price(&mut self, loaded: &Loaded, config: &Config) {
        let prices = &config.models.prices;
        let fallbacks = loaded.bundle().models.values().map(|model| &model.name);
        let known = fallbacks.chain(self.usage.keys());
        if prices.is_empty() || !known.into_iter().any(|name| prices.contains_key(name)) {
            return;
        }
        self.cost = self
            .usage
            .iter()
            .map(|(name, usage)| prices.get(name).map(|price| price.of(usage)))
            .sum();
    }

    /// Whether a rate is surely below its bound.
    pub(super) fn is_below(&self) -> bool {
        let expectations = self
            .examples
            .values()
            .flat_map(|played| played.expectations.values());
        expectations
            .chain(self.rules.values())
            .any(|counted| counted.against() == Some(Against::Below))
    }

    /// What to say when runs were broken off.
    pub(super) fn broken_off(&self) -> Option<String> {
        let all: Vec<(&String, &String, &u32)> = self
            .examples
            .iter()
            .flat_map(|(name, played)| {
                let of = played.broken_off.iter();
                of.map(move |(why, times)| (name, why, times))
            })
            .collect();
        let (name, why, _) = all.first()?;
        let times: u32 = all.iter().map(|(_, _, times)| **times).sum();
        let runs = crate::report::counted(times as usize, "run");
        Some(format!("{runs} broken off, the first of {name}: {why}"))
    }
}

fn share(percent: u8) -> f64 {
    f64::from(percent) / 100.0
}

fn add<K: Ord>(
    entry: std::collections::btree_map::Entry<'_, K, Counted>,
    verdict: &Verdict,
    bound: Option<f64>,
) {
    let own = verdict.at_least.map(share);
    let counted = entry.or_insert_with(|| Counted {
        span: verdict.span,
        rate: Rate::default(),
        bound: own.or(bound),
        why: String::new(),
    });
    counted.rate.count(verdict.held);
    if !verdict.held {
        counted.why.clone_from(&verdict.why);
    }
}
