//! The package's sample mails, put into the watched folder one after the other.
//!
//! In the order of their names, each when the one before was taken in: an answer should not
//! arrive before the mail that it answers.

use std::collections::VecDeque;
use std::path::PathBuf;

use super::state::State;
use crate::{Failure, files};

/// The sample mails that are still to come.
#[derive(Debug)]
pub(super) struct Feeder {
    waiting: VecDeque<PathBuf>,
    folder: PathBuf,
    last: Option<PathBuf>,
}

impl Feeder {
    /// Those that were not taken in by an earlier run.
    pub(super) fn new(state: &State) -> Result<Self, Failure> {
        let folder = state.mail();
        let mut waiting: VecDeque<_> = state.samples()?.into();
        waiting.retain(|path| {
            path.file_name()
                .is_some_and(|name| !folder.join("taken").join(name).exists())
        });
        Ok(Self {
            waiting,
            folder,
            last: None,
        })
    }

    /// Puts the next one there, if there is one and its turn has come.
    pub(super) fn feed(&mut self) -> Result<(), Failure> {
        if self.last.as_ref().is_some_and(|last| last.exists()) {
            return Ok(());
        }
        let Some(sample) = self.waiting.pop_front() else {
            return Ok(());
        };
        let put = self.folder.join(sample.file_name().unwrap_or_default());
        files::write(&put, &files::bytes(&sample)?)?;
        self.last = Some(put);
        Ok(())
    }
}
