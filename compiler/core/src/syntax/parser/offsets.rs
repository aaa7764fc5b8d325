//! The way from a repaired text back to the file.

/// Where the bytes of a text that was parsed stand in the file.
#[derive(Debug, Clone, Default)]
pub(super) struct Offsets {
    /// The first byte of the text in the file.
    base: usize,
    /// What was put in place of something of another length, by position.
    edits: Vec<Edit>,
}

/// A replacement, in offsets of the text that was parsed.
#[derive(Debug, Clone, Copy)]
struct Edit {
    start: usize,
    new: usize,
    old: usize,
}

impl Offsets {
    pub(super) fn new(base: usize) -> Self {
        Self {
            base,
            edits: Vec::new(),
        }
    }

    /// Notes that `old` bytes at `start` of the text become `new` bytes.
    pub(super) fn replace(&mut self, start: usize, old: usize, new: usize) {
        if old == new {
            return;
        }
        for edit in &mut self.edits {
            if edit.start >= start + old {
                edit.start = edit.start + new - old;
            }
        }
        self.edits.push(Edit { start, new, old });
        self.edits.sort_by_key(|edit| edit.start);
    }

    /// The place in the file of a byte of the text. What was put in stands where it was put.
    pub(super) fn original(&self, at: usize) -> u32 {
        let mut place = at;
        for edit in self.edits.iter().rev() {
            if place >= edit.start + edit.new {
                place = place - edit.new + edit.old;
            } else if place > edit.start {
                place = edit.start + (place - edit.start).min(edit.old);
            }
        }
        u32::try_from(self.base + place).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_behind_a_replacement_are_moved_back() {
        let mut offsets = Offsets::new(100);
        offsets.replace(10, 3, 4);
        offsets.replace(2, 0, 1);
        let places: Vec<u32> = [0, 2, 3, 11, 15, 16]
            .map(|at| offsets.original(at))
            .to_vec();
        assert_eq!(places, [100, 102, 102, 110, 113, 114]);
    }
}
