//! `repeated-effect`: a tool that sends or spends is tried again.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint};
use crate::package::Level;
use crate::syntax::ast::{Effect, ToolLineKind};

pub(in crate::lint) static LINT: Lint = Lint {
    code: "repeated-effect",
    level: Level::Allow,
    explain: include_str!("repeated_effect.md"),
    check: Check::Written(check),
};

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (_, tool) in index.tools() {
        let effect = tool.lines.iter().find(|line| {
            matches!(
                line.kind,
                ToolLineKind::Effect(Effect::Sends(_) | Effect::Spends(_))
            )
        });
        let retry = tool
            .lines
            .iter()
            .find(|line| matches!(line.kind, ToolLineKind::Retry(_)));
        if let (Some(effect), Some(retry)) = (effect, retry) {
            let message = format!("`{}` may do twice what it does", tool.name.text);
            found.push(
                Diagnostic::warning(LINT.code, retry.span, message)
                    .label(effect.span, "this reaches outside")
                    .help("every try of a step has the same idempotency key: see that the other side heeds it, then `allow` this with that reason"),
            );
        }
    }
    found
}
