//! What waits for a person, and what waits before it leaves.

use silex_bundle::agent::{Agent, Decision, Overdue, Quiet, Review};
use silex_bundle::campaign::Zone;
use silex_bundle::{Expr, Span, duration};

use super::{Change, Kept, kind};
use crate::condition;
use crate::diff::bound::{at_most, most};
use crate::diff::relation::{Relation, relate_reviews};

/// Minutes of a day.
const DAY: u32 = 24 * 60;

impl Kept<'_, Agent> {
    pub(super) fn review(&self, found: &mut Vec<Change>) {
        let (old, new) = (&self.old.review, &self.new.review);
        let related = relate_reviews(self.sides, self.new, &held(old), &held(new));
        if let Some(kind) = kind::REVIEW.by(related.relation, kind::REVIEW_CHANGED) {
            let (was, is) = (only(old, new), only(new, old));
            let change = Change::new(kind, self.name, kind.means).seen_with(related.witness);
            let at =
                |review: &Review, agent: Span| review.lines.first().map_or(agent, |it| it.span);
            found.push(change.between(
                self.sides.was(at(old, self.old.span), was),
                self.sides.is(at(new, self.new.span), is),
            ));
        }
        let (was, is) = (due(old), due(new));
        if was != is {
            let message = format!("when a draft has waited too long: {is}, before: {was}");
            found.push(self.change(kind::TIMING_CHANGED, message, ("", "")));
        }
    }

    pub(super) fn deliver(&self, found: &mut Vec<Change>) {
        let (old, new) = (&self.old.deliver, &self.new.deliver);
        if old.from != new.from {
            let message = format!("mail leaves from `{}` instead of `{}`", new.from, old.from);
            found.push(self.change(kind::SENDER_CHANGED, message, ("", "")));
        }
        let undo = (old.undo_ms.unwrap_or(0), new.undo_ms.unwrap_or(0));
        let longer = Relation::of(undo.1 > undo.0, undo.1 < undo.0);
        if let Some(kind) = kind::DELAY.by(longer, kind::QUIET_CHANGED) {
            let message = format!(
                "an approved mail can be taken back for {} instead of {}",
                duration::write(undo.1),
                duration::write(undo.0),
            );
            found.push(self.change(kind, message, ("", "")));
        }
        let quiet = (hours(old.quiet.as_ref()), hours(new.quiet.as_ref()));
        if let Some(kind) = kind::DELAY.by(
            quieter(old.quiet.as_ref(), new.quiet.as_ref()),
            kind::QUIET_CHANGED,
        ) {
            let message = format!("nothing is sent {}, before {}", quiet.1, quiet.0);
            found.push(self.change(kind, message, ("", "")));
        }
        if let Some(kind) = kind::BOUND.by(at_most(old.at_most, new.at_most), kind::BOUND_CHANGED) {
            let (was, is) = (most(old.at_most), most(new.at_most));
            let message = format!("one contact gets {is}, before {was}");
            found.push(self.change(kind, message, ("", "")));
        }
    }
}

/// The condition under which a draft waits for a person.
fn held(review: &Review) -> Expr {
    let otherwise = Expr::Literal((review.otherwise == Decision::Hold).into());
    let lines = review.lines.iter().rev();
    // The first line that holds decides, so the last is the innermost.
    lines.fold(otherwise, |rest, line| match line.decision {
        Decision::Hold => Expr::Or(vec![line.when.clone(), rest]),
        Decision::Pass => Expr::And(vec![Expr::Not(Box::new(line.when.clone())), rest]),
    })
}

/// The lines of a review that another does not have.
fn only(of: &Review, other: &Review) -> String {
    let known = lines(other);
    let mut lines = lines(of);
    lines.retain(|line| !known.contains(line));
    lines.join("\n")
}

fn lines(review: &Review) -> Vec<String> {
    let lines = review.lines.iter().map(|line| {
        let when = condition::text(&line.when);
        format!("{} when {when}", line.decision.word())
    });
    let otherwise = format!("otherwise {}", review.otherwise.word());
    lines.chain([otherwise]).collect()
}

fn due(review: &Review) -> String {
    let Some(due) = &review.due else {
        return "it goes on waiting".to_owned();
    };
    let then = match due.then {
        Overdue::Reassign => "it goes to another reviewer",
        Overdue::Escalate => "it goes to those above",
    };
    format!("after {} {then}", duration::write(due.after_ms))
}

fn hours(quiet: Option<&Quiet>) -> String {
    quiet.map_or("at no hour in particular".to_owned(), |quiet| {
        let zone = match &quiet.zone {
            Zone::Name(name) => name.clone(),
            Zone::Path(path) => path.to_string(),
        };
        format!("from {} to {} in {zone}", quiet.from, quiet.to)
    })
}

/// Whether more minutes of a day are quiet than were.
fn quieter(old: Option<&Quiet>, new: Option<&Quiet>) -> Relation {
    if let (Some(old), Some(new)) = (old, new)
        && old.zone != new.zone
    {
        return Relation::Other;
    }
    let minutes = || (0..DAY).map(|minute| (is_quiet(old, minute), is_quiet(new, minute)));
    Relation::of(
        minutes().any(|(was, is)| is && !was),
        minutes().any(|(was, is)| was && !is),
    )
}

fn is_quiet(quiet: Option<&Quiet>, minute: u32) -> bool {
    let ends = quiet.and_then(|it| Some((minute_of(&it.from)?, minute_of(&it.to)?)));
    ends.is_some_and(|(from, to)| match from <= to {
        true => (from..to).contains(&minute),
        // Over midnight.
        false => minute >= from || minute < to,
    })
}

fn minute_of(time: &str) -> Option<u32> {
    let (hours, minutes) = time.split_once(':')?;
    Some(hours.parse::<u32>().ok()? * 60 + minutes.parse::<u32>().ok()?)
}
