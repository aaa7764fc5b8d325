//! Slots: how many attempts work at once, and how many more may wait for an answer from outside.
//!
//! An attempt that waits lends its slot, so that a slow model holds up nobody. When its answer comes
//! it goes on at once, also when all slots are taken: it is nearly done, and what is begun goes first.

use std::sync::Arc;
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering};

use tokio::sync::Notify;

/// The slots of a worker. Clones are the same slots.
#[derive(Debug, Clone, Default)]
pub(super) struct Slots(Arc<Taken>);

#[derive(Debug, Default)]
struct Taken {
    /// Less than none for a moment, where one loan ends as another of the same slot begins.
    working: AtomicIsize,
    lent: Notify,
}

impl Slots {
    /// Takes a slot for an attempt. It is free again when the last clone is dropped.
    pub(super) fn take(&self) -> Slot {
        self.0.working.fetch_add(1, Ordering::Relaxed);
        Slot(Some(Arc::new(Held {
            of: self.clone(),
            loans: AtomicUsize::new(0),
        })))
    }

    /// How many of so many are free.
    pub(super) fn free(&self, of: usize) -> usize {
        let working = self.0.working.load(Ordering::Relaxed);
        of.saturating_sub(usize::try_from(working).unwrap_or_default())
    }

    /// Returns when an attempt has lent its slot.
    pub(super) async fn lent(&self) {
        self.0.lent.notified().await;
    }
}

/// The slot of an attempt; none, where nobody counts them.
#[derive(Debug, Clone, Default)]
pub(super) struct Slot(Option<Arc<Held>>);

#[derive(Debug)]
struct Held {
    of: Slots,
    /// Calls that were made together wait together: the slot is lent once.
    loans: AtomicUsize,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.of.0.working.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Slot {
    /// Lends the slot until the last loan of it is dropped.
    pub(super) fn lend(&self) -> Lent<'_> {
        if let Some(held) = &self.0
            && held.loans.fetch_add(1, Ordering::Relaxed) == 0
        {
            held.of.0.working.fetch_sub(1, Ordering::Relaxed);
            held.of.0.lent.notify_one();
        }
        Lent(self)
    }
}

/// A slot that is lent.
pub(super) struct Lent<'a>(&'a Slot);

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(held) = &self.0.0
            && held.loans.fetch_sub(1, Ordering::Relaxed) == 1
        {
            held.of.0.working.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Slot, Slots};

    #[test]
    fn a_slot_is_free_while_it_is_lent_and_after_its_attempt() {
        let slots = Slots::default();
        let slot = slots.take();
        let clone = slot.clone();
        assert_eq!(slots.free(2), 1);
        let lent = slot.lend();
        assert_eq!(slots.free(2), 2);
        drop(lent);
        assert_eq!(slots.free(2), 1);
        drop(slot);
        assert_eq!(slots.free(2), 1, "the attempt still runs");
        drop(clone);
        assert_eq!(slots.free(2), 2);
    }

    #[test]
    fn an_attempt_whose_calls_wait_together_lends_its_slot_once() {
        let slots = Slots::default();
        let slot = slots.take();
        let clone = slot.clone();
        let (one, other) = (slot.lend(), clone.lend());
        assert_eq!(slots.free(64), 64);
        let _second = slots.take();
        assert_eq!(slots.free(64), 63);
        drop(one);
        assert_eq!(slots.free(64), 63, "it still waits for the other");
        drop(other);
        assert_eq!(slots.free(64), 62);
    }

    #[test]
    fn an_attempt_that_comes_back_goes_on_where_all_slots_are_taken() {
        let slots = Slots::default();
        let first = slots.take();
        let lent = first.lend();
        let _second = slots.take();
        drop(lent);
        assert_eq!(slots.free(1), 0);
        assert_eq!(slots.free(3), 1);
        drop(Slot::default().lend());
        assert_eq!(slots.free(3), 1, "who has no slot lends none");
    }
}
