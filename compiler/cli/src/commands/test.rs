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
use crate::report::{self, Format};
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
    /// How results are written: text, or json, an object a line.
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
    let mut failed = 0;
    for (name, example) in &examples {
        let played = replay::play(&loaded, example);
        failed += usize::from(!played.failures.is_empty());
        tell(
            name,
            example.span,
            &played,
            compiled.places(),
            arguments.format,
        );
        reached.rules.extend(played.rules);
        reached.tools.extend(played.tools);
        let stage = played.stage;
        reached
            .stages
            .extend(stage.map(|stage| (example.behaviour.clone(), stage)));
    }
    if arguments.coverage {
        reached.tell(&loaded, compiled.places(), arguments.format);
    }
    summary(
        loaded.bundle(),
        examples.len() - failed,
        failed,
        arguments.format,
    );
    Ok(if failed == 0 {
        Ended::Clean
    } else {
        Ended::Findings
    })
}

fn tell(name: &str, span: Span, played: &Played, places: &Places, format: Format) {
    let failures: Vec<_> = played
        .failures
        .iter()
        .map(|failure| {
            Diagnostic::error(
                "example-failed",
                in_sources(failure.span),
                failure.message.clone(),
            )
            .at(format!("in `{name}`"))
        })
        .collect();
    match format {
        Format::Json => {
            let failures: Vec<_> = failures
                .iter()
                .map(|failure| report::json(failure, places))
                .collect();
            let result = json!({
                "example": name, "at": places.line(span), "ok": failures.is_empty(), "failures": failures,
            });
            report::print(&result.to_string());
        }
        Format::Text => {
            let (word, at) = match failures.is_empty() {
                true => (green("ok    "), String::new()),
                false => (red("failed"), dim(&format!("  {}", places.line(span)))),
            };
            report::print(&format!("{word}  {name}{at}"));
            report::each(&failures, places, format);
        }
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
