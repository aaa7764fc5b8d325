//! A turn that goes on from an earlier one, with a person's note about its draft.
//!
//! The model reads what it read and did before, then the note, so no tool runs again for it. The note
//! is a person's of the house: it stands in a message of its own, outside of any fence.

use serde::{Deserialize, Serialize};
use silex_bundle::render::Message;

use super::Turn;

/// What a person says about the draft of an earlier turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Again {
    /// The row of that turn.
    pub turn: i64,
    /// The draft as it reads by now; a person may have changed it.
    pub draft: String,
    /// The rules that it broke, as the model read them.
    pub broken: Vec<String>,
    /// What should be different.
    pub note: String,
}

impl Again {
    fn message(&self) -> String {
        let mut text =
            String::from("A reviewer of this house has read your draft and asks for another.");
        if !self.broken.is_empty() {
            text.push_str(" It broke these rules:");
            text.extend(self.broken.iter().map(|rule| format!("\n- {rule}")));
        }
        text.push_str("\n\nThe reviewer says:\n\n");
        text.push_str(self.note.trim());
        text.push_str("\n\nWrite the whole answer again. Your rules hold as before.");
        text
    }
}

impl Turn {
    /// Goes on behind the end of an earlier turn, whose steps were applied, with a new budget of calls.
    pub fn again(&mut self, again: &Again) {
        // A call that was not made any more has no result, and a provider refuses one without.
        if matches!(self.conversation.last(), Some(Message::Assistant { calls, .. }) if !calls.is_empty())
        {
            self.conversation.pop();
        }
        let draft = match again.draft.trim() {
            "" => "(nothing)",
            draft => draft,
        };
        self.conversation.push(Message::assistant(draft));
        self.conversation.push(Message::user(again.message()));
        self.pending.clear();
        self.judging = None;
        self.repeats.clear();
        self.trail.clear();
        (self.asks, self.calls, self.attempts) = (0, 0, 1);
        (self.repairs, self.misfits) = (0, 0);
        self.longer = false;
        self.outcome = None;
    }
}
