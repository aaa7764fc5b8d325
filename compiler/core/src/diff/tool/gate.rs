//! Gates: what stands between a call and its being carried out.

use silex_bundle::Tool;
use silex_bundle::tool::{Gate, GateKind};

use super::{Change, Kept, kind};
use crate::condition;
use crate::diff::relation::relate_gates;

impl Kept<'_, Tool> {
    pub(super) fn gates(&self, found: &mut Vec<Change>) {
        for of in [GateKind::Reviewer, GateKind::Refuse] {
            let pick = |tool: &Tool| -> Vec<Gate> {
                let gates = tool.gates.iter().filter(|gate| gate.kind == of);
                gates.cloned().collect()
            };
            let (old, new) = (pick(self.old), pick(self.new));
            if old == new {
                continue;
            }
            let stops = match of {
                GateKind::Reviewer => "wait for a person",
                GateKind::Refuse => "are refused",
            };
            let (kind, message, witness) = match (old.is_empty(), new.is_empty()) {
                (false, true) => (
                    kind::GATE.less,
                    format!("its calls no longer {stops}"),
                    None,
                ),
                (true, false) => (kind::GATE.more, format!("its calls now {stops}"), None),
                (true, true) | (false, false) => {
                    let related = relate_gates(self.sides, self.new, &old, &new);
                    let Some(kind) = kind::GATE_REACH.by(related.relation, kind::GATE_CHANGED)
                    else {
                        continue;
                    };
                    let message = format!("its calls {stops} {}", related.relation.cases());
                    (kind, message, related.witness)
                }
            };
            found.push(
                self.change(kind, message, (&applies(&old), &applies(&new)))
                    .seen_with(witness),
            );
        }
    }
}

/// When gates of one kind apply.
fn applies(gates: &[Gate]) -> String {
    let conditions: Option<Vec<_>> = gates
        .iter()
        .map(|gate| gate.when.as_ref().map(condition::text))
        .collect();
    match conditions {
        Some(all) if all.is_empty() => String::new(),
        Some(all) => format!("when {}", all.join(" or ")),
        None => "always".to_owned(),
    }
}
