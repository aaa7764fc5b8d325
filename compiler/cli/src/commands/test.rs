//! `silex test`: every example of a package, played through the runtime's own turn.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;
use silex_bundle::behaviour::Kind;
use silex_bundle::{Bundle, Span};
use silex_compiler::diagnostic::Diagnostic;
use silex_runtime::bundle::Loaded;
use silex_runtime::replay::{self, Played};

use crate::compile::{Compiled, Places, in_sources};
use crate::report::junit::{self, Case};
use crate::report::{self, Finding, Format};
use crate::style::{bold, dim, green, red};
use crate::{Ended, Failure};

/// Arguments of `silex test`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  silex test examples/aleik                  every example
  silex test examples/aleik first_contact    those whose name contains a text
  silex test examples/aleik --coverage       also what no example reaches

Exit status: 0 all are true, 1 the tool failed, 2 one is not, or errors.")]
pub(crate) struct Arguments {
    /// The folder of the package.
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Play only examples whose name contains this.
    filter: Option<String>,
    /// List the rules, tools and stages that no example reaches.
    #[arg(long)]
    coverage: bool,
    /// How results are written: text, json, github, sarif or junit.
    #[arg(long, value_enum, default_value_t, hide_possible_values = true)]
    format: Format,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ended, Failure> {
    let mut compiled = Compiled::read(&arguments.folder)?;
    let Some(loaded) = compiled.load(arguments.format) else {
        return Ok(Ended::Findings);
    };
    let filter = arguments.filter.as_deref().unwrap_or_default();
    let examples: Vec<_> = loaded
        .bundle()
        .examples
        .iter()
        .filter(|(name, _)| name.contains(filter))
        .collect();
    if examples.is_empty() {
        let which = if filter.is_empty() {
            String::new()
        } else {
            format!(" whose name contains `{filter}`")
        };
        return Err(Failure::new(format!(
            "{} has no example{which}",
            arguments.folder.display()
        )));
    }
    let mut reached = Reached::default();
    let mut played = Vec::new();
    for (name, example) in &examples {
        let result = replay::play(&loaded, example);
        let outcome = Outcome::of(name, example.span, &result);
        outcome.tell(compiled.places(), arguments.format);
        played.push(outcome);
        reached.rules.extend(result.rules);
        reached.tools.extend(result.tools);
        let stage = result.stage;
        reached
            .stages
            .extend(stage.map(|stage| (example.behaviour.clone(), stage)));
    }
    if arguments.coverage {
        reached.tell(&loaded, compiled.places(), arguments.format);
    }
    let failed = played.iter().filter(|it| !it.failures.is_empty()).count();
    summary(
        loaded.bundle(),
        examples.len() - failed,
        failed,
        arguments.format,
    );
    document(&played, &compiled, arguments.format);
    Ok(if failed == 0 {
        Ended::Clean
    } else {
        Ended::Findings
    })
}

/// An example that was played.
struct Outcome<'a> {
    name: &'a str,
    span: Span,
    failures: Vec<Diagnostic>,
}

impl<'a> Outcome<'a> {
    fn of(name: &'a str, span: Span, played: &Played) -> Self {
        let failures = played.failures.iter().map(|failure| {
            let at = in_sources(failure.span);
            Diagnostic::error("example-failed", at, failure.message.clone())
                .at(format!("in `{name}`"))
        });
        Self {
            name,
            span,
            failures: failures.collect(),
        }
    }

    /// Writes it as soon as it is known, where the format allows.
    fn tell(&self, places: &Places, format: Format) {
        match format {
            Format::Json => {
                let failures = self
                    .failures
                    .iter()
                    .map(|it| report::json::finding(it, places));
                let result = json!({
                    "example": self.name, "at": places.line(self.span), "ok": self.failures.is_empty(),
                    "failures": failures.collect::<Vec<_>>(),
                });
                report::print(&result.to_string());
            }
            Format::Text => {
                let (word, at) = match self.failures.is_empty() {
                    true => (green("ok    "), String::new()),
                    false => (red("failed"), dim(&format!("  {}", places.line(self.span)))),
                };
                report::print(&format!("{word}  {}{at}", self.name));
                report::each(&self.failures, places, format);
            }
            Format::Github => report::each(&self.failures, places, format),
            Format::Sarif | Format::Junit => {}
        }
    }
}

/// Writes all that was found as one document, where the format is one.
fn document(played: &[Outcome<'_>], compiled: &Compiled, format: Format) {
    let places = compiled.places();
    let finding = |it: &Diagnostic| Finding::of(it, places);
    match format {
        Format::Sarif => {
            let failures = played.iter().flat_map(|it| &it.failures);
            let all: Vec<_> = compiled.found.iter().chain(failures).map(finding).collect();
            report::document(&all, format);
        }
        Format::Junit => {
            let cases = played.iter().map(|it| Case {
                group: places.line(it.span),
                name: it.name.to_owned(),
                found: it.failures.iter().map(finding).collect(),
            });
            report::print(&junit::document(&cases.collect::<Vec<_>>()));
        }
        Format::Text | Format::Json | Format::Github => {}
    }
}

fn summary(bundle: &Bundle, passed: usize, failed: usize, format: Format) {
    let samples: usize = rules(bundle).map(|(rule, _)| rule.samples.len()).sum();
    match format {
        Format::Json => report::print(
            &json!({ "passed": passed, "failed": failed, "samples": samples }).to_string(),
        ),
        Format::Text => {
            let text = format!("{passed} passed, {failed} failed");
            // The compiler refuses a sample that its rule's check judges otherwise.
            let agreed = match samples {
                0 => String::new(),
                samples => format!(
                    "; {} of rules, none against its check",
                    report::counted(samples, "sample")
                ),
            };
            report::print(&format!(
                "\n{}{agreed}",
                bold(&if failed == 0 {
                    green(&text)
                } else {
                    red(&text)
                })
            ));
        }
        Format::Github | Format::Sarif | Format::Junit => {}
    }
}

/// The rules of all behaviours, each id once.
fn rules(bundle: &Bundle) -> impl Iterator<Item = (&silex_bundle::Rule, Span)> {
    let mut seen = BTreeSet::new();
    let segments = bundle
        .behaviours
        .values()
        .flat_map(|behaviour| &behaviour.segments);
    segments.filter_map(move |segment| match &segment.kind {
        Kind::Rule(rule) => seen
            .insert(rule.id.as_str())
            .then_some((&**rule, segment.span)),
        Kind::Role | Kind::Goal | Kind::Fact { .. } | Kind::Step { .. } => None,
    })
}

/// What the examples came to.
#[derive(Default)]
struct Reached {
    rules: BTreeSet<String>,
    tools: BTreeSet<String>,
    /// With the behaviour that each is of.
    stages: BTreeSet<(String, String)>,
}

impl Reached {
    fn tell(&self, loaded: &Arc<Loaded>, places: &Places, format: Format) {
        let bundle = loaded.bundle();
        let offered: BTreeSet<_> = bundle
            .behaviours
            .values()
            .flat_map(|it| it.tools.iter().map(|offer| &offer.tool))
            .collect();
        let every = rules(bundle).count();
        let rules: Vec<_> = rules(bundle)
            .filter(|(rule, _)| !self.rules.contains(&rule.id))
            .collect();
        let tools: Vec<_> = offered
            .iter()
            .filter(|tool| !self.tools.contains(**tool))
            .collect();
        let stages: Vec<_> = self.unreached_stages(bundle).collect();
        let at = |tool: &str| {
            bundle
                .tools
                .get(tool)
                .map(|tool| places.line(tool.span))
                .unwrap_or_default()
        };
        if format == Format::Json {
            let rules: Vec<_> = rules
                .iter()
                .map(|(rule, span)| json!({ "id": rule.id, "at": places.line(*span) }))
                .collect();
            let tools: Vec<_> = tools
                .iter()
                .map(|tool| json!({ "id": tool, "at": at(tool) }))
                .collect();
            let stages: Vec<_> = stages
                .iter()
                .map(|(id, span)| json!({ "id": id, "at": places.line(*span) }))
                .collect();
            let unreached = json!({ "rules": rules, "tools": tools, "stages": stages });
            report::print(&json!({ "unreached": unreached }).to_string());
        }
        // What is not reached is no finding.
        if format != Format::Text {
            return;
        }
        report::print(&format!(
            "\nrules in no example's prompt: {} of {every}",
            rules.len()
        ));
        rules.iter().for_each(|(rule, span)| {
            report::print(&format!("  {}  {}", rule.id, dim(&places.line(*span))))
        });
        report::print(&format!(
            "tools that no example calls: {} of {}",
            tools.len(),
            offered.len()
        ));
        tools
            .iter()
            .for_each(|tool| report::print(&format!("  {tool}  {}", dim(&at(tool)))));
        let every: usize = bundle.behaviours.values().map(|it| it.stages.len()).sum();
        if every > 0 {
            report::print(&format!(
                "stages in which no example is played: {} of {every}",
                stages.len()
            ));
        }
        stages
            .iter()
            .for_each(|(id, span)| report::print(&format!("  {id}  {}", dim(&places.line(*span)))));
    }

    /// The stages in which no example was played: qualified, and where each is declared.
    fn unreached_stages<'b>(
        &'b self,
        bundle: &'b Bundle,
    ) -> impl Iterator<Item = (String, Span)> + 'b {
        bundle.behaviours.iter().flat_map(move |(name, behaviour)| {
            let stages = behaviour.stages.iter();
            let unreached = stages
                .filter(move |stage| !self.stages.contains(&(name.clone(), stage.name.clone())));
            unreached.map(move |stage| (format!("{name}.{}", stage.name), stage.span))
        })
    }
}
