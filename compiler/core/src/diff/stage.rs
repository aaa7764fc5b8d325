//! Stages: in which a conversation can be, which is the first, and what leads from one to another.

use silex_bundle::Behaviour;
use silex_bundle::behaviour::Stage;

use super::change::{Change, Sides};
use super::kind;
use super::paired::{Pairing, paired};

/// Compares the stages of a behaviour.
pub(super) fn compare(
    sides: Sides<'_>,
    name: &str,
    (old, new): (&Behaviour, &Behaviour),
    found: &mut Vec<Change>,
) {
    for (stage, pairing) in paired(by_name(old), by_name(new)) {
        let (kind, message) = match (kind::STAGE.of(&pairing), &pairing) {
            (None, Pairing::Both(was, is)) if leads(was) != leads(is) => (
                kind::STAGES_CHANGED,
                format!("`{stage}` {}, before it {}", leads(is), leads(was)),
            ),
            (None, _) => continue,
            (Some(kind), Pairing::Removed(_)) => (kind, format!("the stage `{stage}` is gone")),
            (Some(kind), _) => (kind, format!("there is a new stage `{stage}`")),
        };
        found.push(Change::new(kind, name, message).placed(sides, &pairing, |it| it.span));
    }
    if let (Some(was), Some(is)) = (old.stages.first(), new.stages.first())
        && was.name != is.name
    {
        let message = format!(
            "a conversation begins in `{}`, before in `{}`",
            is.name, was.name
        );
        found.push(
            Change::new(kind::STAGES_CHANGED, name, message)
                .between(sides.was(was.span, ""), sides.is(is.span, "")),
        );
    }
}

fn by_name(behaviour: &Behaviour) -> impl Iterator<Item = (&str, &Stage)> {
    let stages = behaviour.stages.iter();
    stages.map(|stage| (stage.name.as_str(), stage))
}

/// What leads out of a stage.
fn leads(stage: &Stage) -> String {
    let ways = stage.transitions.iter();
    let ways: Vec<_> = ways
        .map(|it| format!("goes to `{}` on `{}`", it.target, it.tool))
        .collect();
    match ways.is_empty() {
        true => "ends the conversation".to_owned(),
        false => ways.join(" and "),
    }
}
