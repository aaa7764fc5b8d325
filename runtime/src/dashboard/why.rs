//! Why a draft is as it is: the prompt as it was sent, each line with its rule, what was kept out, and
//! what it took. And of a rule: every thread in which it was active.

use axum::extract::Query;
use minijinja::context;
use serde::Deserialize;
use silex_bundle::Segment;
use silex_bundle::behaviour::Kind;

use super::visit::{Page, PageError, Path, Visit, values};
use crate::agent::why;
use crate::store::{drafts, turns, variants};

/// Rows of a list.
const ROWS: i64 = 50;

pub(super) async fn draft(mut visit: Visit, Path(id): Path<i64>) -> Page {
    let draft = drafts::find(&mut visit.reader, id).await?;
    let draft = draft.ok_or(PageError::Missing)?;
    let turn = draft.turn_id.ok_or(PageError::Missing)?;
    let steps = turns::steps(&mut visit.reader, turn).await?;
    let why = why::of_turn(&mut visit.reader, &visit.deployment, turn).await?;
    let why = why.ok_or(PageError::Missing)?;
    let spent = |name: &str| -> u64 {
        let usages = steps.iter().filter_map(|step| step.usage.as_ref());
        usages.filter_map(|usage| usage.get(name)?.as_u64()).sum()
    };
    let content = context! {
        models => steps.iter().filter_map(|step| step.model.as_deref()).next(),
        read => spent("input") + spent("cache_read") + spent("cache_write"),
        cached => spent("cache_read"),
        wrote => spent("output"),
        cost => steps.iter().map(|step| step.cost).sum::<i64>(),
        calls => steps.len(),
        draft => values(&draft), why => values(&why),
    };
    let title = format!("Why: {}", draft.subject);
    visit.show("why.html", &title, content).await
}

/// Behind which turn the list goes on.
#[derive(Debug, Deserialize)]
pub(super) struct Further {
    before: Option<i64>,
}

pub(super) async fn rule(
    mut visit: Visit,
    Path(id): Path<String>,
    Query(further): Query<Further>,
) -> Page {
    let bundle = visit.deployment.bundles().current();
    let is_it = |segment: &Segment| matches!(&segment.kind, Kind::Rule(rule) if rule.id == id);
    let behaviours = bundle.bundle().behaviours.iter();
    let stands_in: Vec<_> = behaviours
        .filter(|(_, behaviour)| behaviour.segments.iter().any(is_it))
        .map(|(name, _)| name.clone())
        .collect();
    let active = variants::active(&mut visit.reader, &id, further.before, ROWS + 1).await?;
    if stands_in.is_empty() && active.is_empty() {
        return Err(PageError::Missing);
    }
    let shown = usize::try_from(ROWS).unwrap_or(usize::MAX);
    let more = active.get(shown).is_some();
    let active = &active[..shown.min(active.len())];
    let content = context! {
        rule => id.as_str(), stands_in, active => values(&active),
        more => active.last().filter(|_| more).map(|last| last.turn_id),
    };
    visit.show("rule.html", &id, content).await
}
