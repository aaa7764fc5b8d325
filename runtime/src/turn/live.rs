//! What models are saying right now, for whoever watches. Nothing is stored: a watcher that comes
//! late, or is too slow, reads the journal.

use tokio::sync::broadcast;

use crate::model::Delta;

/// Pieces that a watcher may be behind before it misses some: those of a second, when hundreds of answers come
/// at once.
const BEHIND: usize = 16 * 1024;

/// A piece of an answer as it arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The thread.
    pub thread: i64,
    /// The turn.
    pub turn: i64,
    /// The step that the answer becomes.
    pub step: i64,
    /// What is told of the answer.
    pub part: Part,
}

impl Piece {
    /// The same of its answer, with this to tell.
    pub(super) fn with(&self, part: Part) -> Self {
        Self {
            part,
            ..self.clone()
        }
    }
}

/// What is told of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// The model is asked: its answer begins, perhaps anew.
    Begun,
    /// More of it was said.
    Said(Delta),
    /// The journal has it.
    Over,
}

/// Where pieces are heard, in this process.
#[derive(Debug, Clone)]
pub struct Live(broadcast::Sender<Piece>);

impl Default for Live {
    fn default() -> Self {
        Self(broadcast::channel(BEHIND).0)
    }
}

impl Live {
    /// Hears what is said from now on.
    #[must_use]
    pub fn watch(&self) -> broadcast::Receiver<Piece> {
        self.0.subscribe()
    }

    pub(super) fn tell(&self, piece: impl FnOnce() -> Piece) {
        if self.0.receiver_count() > 0 {
            // The last watcher may have left meanwhile.
            let _heard = self.0.send(piece());
        }
    }
}
