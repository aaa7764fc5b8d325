//! The crowd: attempts whose kinds mostly wait for somebody outside, a mail service, a bucket or a webhook, who
//! may hang. All of them together leave a quarter of the slots to what has nothing to do with them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Policy;

/// The crowd of a worker. Clones are the same crowd.
#[derive(Debug, Clone)]
pub(super) struct Crowd {
    most: usize,
    there: Arc<AtomicUsize>,
}

impl Crowd {
    /// Nobody, of a worker with so many slots. Of a single slot it may have that.
    pub(super) fn of(slots: usize) -> Self {
        Self {
            most: (slots - slots / 4).max(1),
            there: Arc::default(),
        }
    }

    /// For how many there is room; for none until a quarter of it is, so that they are not looked for one by
    /// one.
    pub(super) fn room(&self) -> usize {
        let room = self.most.saturating_sub(self.there.load(Ordering::Relaxed));
        match room >= self.most / 4 {
            true => room,
            false => 0,
        }
    }

    /// Counts an attempt at a kind of this policy until what is given is dropped. Whoever finds the crowd full
    /// does not begin.
    pub(super) fn join(&self, policy: Policy) -> Result<Option<Joined>, Full> {
        if !policy.waits {
            return Ok(None);
        }
        let room = |there| (there < self.most).then_some(there + 1);
        let joined = self
            .there
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, room);
        joined
            .map(|_| Some(Joined(self.there.clone())))
            .map_err(|_| Full)
    }
}

/// There is no room.
#[derive(Debug)]
pub(super) struct Full;

/// A place in the crowd.
#[derive(Debug)]
pub(super) struct Joined(Arc<AtomicUsize>);

impl Drop for Joined {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
