//! `silex lint --audit`: the security reviewer's page.

use std::path::Path;

use silex_compiler::audit::{AgentReach, Audit, Offered, audit};

use crate::report::Output;
use crate::style::{bold, dim};
use crate::{Ended, Failure, report};

/// A part of the page.
struct Section {
    title: String,
    /// What is said when there is no line.
    empty: &'static str,
    lines: Vec<Line>,
}

/// A line of a part, so far in, and its place.
struct Line {
    depth: usize,
    text: String,
    at: String,
}

impl Line {
    fn new(depth: usize, text: impl Into<String>, at: &str) -> Self {
        Self {
            depth,
            text: text.into(),
            at: at.to_owned(),
        }
    }
}

/// Shows the page of the package in a folder.
pub(super) fn show(folder: &Path, output: Output) -> Result<Ended, Failure> {
    let Some(bundle) = super::compiled(folder, output.into())? else {
        return Ok(Ended::Findings);
    };
    let page = audit(&bundle);
    let text = match output {
        Output::Json => serde_json::to_string_pretty(&page).map_err(Failure::new)?,
        Output::Text | Output::Github | Output::Sarif | Output::Junit => written(&page, &Plain),
        Output::Markdown => written(&page, &Markdown),
    };
    report::print(text.trim_end());
    Ok(Ended::Clean)
}

/// How titles and lines are set.
trait Setting {
    fn head(&self, page: &Audit) -> String;
    fn title(&self, title: &str) -> String;
    fn line(&self, line: &Line) -> String;
    fn nothing(&self, text: &str) -> String;
}

/// For a terminal.
struct Plain;
/// For a pull request.
struct Markdown;

impl Setting for Plain {
    fn head(&self, page: &Audit) -> String {
        let digest = dim(&format!("bundle {}", page.digest));
        format!("{} {}\n{digest}\n", bold(&page.package), page.version)
    }

    fn title(&self, title: &str) -> String {
        format!("\n{}\n", bold(title))
    }

    fn line(&self, line: &Line) -> String {
        let at = if line.at.is_empty() {
            String::new()
        } else {
            format!("  {}", dim(&line.at))
        };
        format!("{}{}{at}\n", "  ".repeat(line.depth + 1), line.text)
    }

    fn nothing(&self, text: &str) -> String {
        format!("  {}\n", dim(text))
    }
}

impl Setting for Markdown {
    fn head(&self, page: &Audit) -> String {
        format!(
            "# {} {}\n\nBundle `{}`.\n",
            page.package, page.version, page.digest
        )
    }

    fn title(&self, title: &str) -> String {
        format!("\n## {title}\n\n")
    }

    fn line(&self, line: &Line) -> String {
        let at = if line.at.is_empty() {
            String::new()
        } else {
            format!(" ({})", line.at)
        };
        format!("{}- {}{at}\n", "  ".repeat(line.depth), line.text)
    }

    fn nothing(&self, text: &str) -> String {
        format!("{text}\n")
    }
}

fn written(page: &Audit, setting: &dyn Setting) -> String {
    let mut out = setting.head(page);
    for section in sections(page) {
        out += &setting.title(&section.title);
        if section.lines.is_empty() {
            out += &setting.nothing(section.empty);
        }
        for line in &section.lines {
            out += &setting.line(line);
        }
    }
    out
}

fn sections(page: &Audit) -> Vec<Section> {
    let mut sections: Vec<Section> = page.agents.iter().map(agent).collect();
    if sections.is_empty() {
        sections.push(Section {
            title: "Agents".to_owned(),
            empty: "none: this package answers no mail by itself",
            lines: Vec::new(),
        });
    }
    sections.push(effects(page));
    sections.push(Section {
        title: "Gates".to_owned(),
        empty: "none",
        lines: page
            .gates
            .iter()
            .map(|gate| {
                let when = gate
                    .when
                    .as_ref()
                    .map_or_else(|| "always".to_owned(), |when| format!("when {when}"));
                Line::new(0, format!("{}: {} {when}", gate.tool, gate.kind), &gate.at)
            })
            .collect(),
    });
    sections.push(Section {
        title: "Words from outside that are trusted".to_owned(),
        empty: "none: whatever comes from outside is quoted",
        lines: page
            .trusting
            .iter()
            .map(|it| {
                let text = format!("{} in {}: {}", it.hole, it.behaviour, it.because);
                Line::new(0, text, &it.at)
            })
            .collect(),
    });
    sections.push(untrusted(page));
    sections.push(Section {
        title: "Lints that are allowed".to_owned(),
        empty: "none",
        lines: page
            .allowed
            .iter()
            .map(|it| Line::new(0, format!("{}: {}", it.code, it.because), &it.at))
            .collect(),
    });
    sections.push(Section {
        title: "What the configuration has to name".to_owned(),
        empty: "nothing",
        lines: page
            .needs
            .iter()
            .map(|(kind, names)| {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                Line::new(0, format!("{kind}: {}", names.join(", ")), "")
            })
            .collect(),
    });
    sections
}

fn agent(agent: &AgentReach) -> Section {
    let mut lines = vec![
        Line::new(0, format!("answers {}", agent.inbox.join(", ")), &agent.at),
        Line::new(0, format!("knows each sender as {}", agent.contact), ""),
        Line::new(
            0,
            agent.guard.as_ref().map_or_else(
                || "no guard: every mail is let in".to_owned(),
                |guard| format!("every mail is seen first by {guard}"),
            ),
            "",
        ),
    ];
    for reached in &agent.behaviours {
        let text = format!("comes to {} by {}", reached.behaviour, reached.by);
        lines.push(Line::new(0, text, &reached.at));
        lines.extend(reached.tools.iter().map(tool));
    }
    lines.push(Line::new(0, "drafts, line by line:", ""));
    lines.extend(agent.review.iter().map(|it| Line::new(1, it, "")));
    for (what, told) in [("campaign", &agent.campaigns), ("relay", &agent.relays)] {
        let told = told
            .iter()
            .map(|it| Line::new(0, format!("{what} {it}"), ""));
        lines.extend(told);
    }
    Section {
        title: format!("Agent {}", agent.agent),
        empty: "",
        lines,
    }
}

fn tool(offered: &Offered) -> Line {
    let mut text = offered.tool.clone();
    let mut add = |word: &str, said: &str| text += &format!("; {word}{said}");
    if !offered.effects.is_empty() {
        add("", &offered.effects.join(", "));
    }
    add("via ", &offered.handler);
    if let Some(owner) = &offered.owner {
        add("only what belongs to the ", owner);
    }
    if let Some(when) = &offered.when {
        add("offered when ", when);
    }
    for gate in &offered.gates {
        add("gate ", gate);
    }
    Line::new(1, text, "")
}

fn effects(page: &Audit) -> Section {
    let lines = page.effects.iter().map(|effect| {
        let text = if effect.gated {
            format!("{} {}: {}", effect.tool, effect.does, effect.because)
        } else {
            format!(
                "{} {}, no gate: {}",
                effect.tool, effect.does, effect.because
            )
        };
        Line::new(0, text, &effect.at)
    });
    Section {
        title: "What reaches outside".to_owned(),
        empty: "nothing but the replies, which go to those who are in the thread",
        lines: lines.collect(),
    }
}

fn untrusted(page: &Audit) -> Section {
    let lines = page.untrusted.iter().map(|it| {
        let quoted = report::counted(it.quoted, "quoted hole");
        let text = format!("{}: {} ({quoted})", it.behaviour, it.inputs.join(", "));
        Line::new(0, text, "")
    });
    Section {
        title: "Inputs with words from outside".to_owned(),
        empty: "none",
        lines: lines.collect(),
    }
}
