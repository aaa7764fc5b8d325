//! Answers of models that have come and are not in the journal yet.
//!
//! Between the last word of an answer and the commit of its step lies a moment in which the process may
//! end, or the database be away. The answer is paid for, and would be asked for and paid once more. So it
//! is written down first, in a file beside the database: a line for each, given to the system before
//! anything else is done with it, which outlives a kill and costs microseconds. The loss of power it may
//! not outlive: then the call is made again, as it would have been.
//!
//! The file is a hint and no truth. An answer counts only for the very question that it answered, and what
//! is in the journal is no longer looked for here.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::model::Completion;
use crate::telemetry::event;

/// The file is written anew when it is longer, and three times what was still looked for the last time.
const LONG: usize = 1 << 20;

/// What a file may have that was left by an earlier process, bytes. More was never written here.
const LONGEST: u64 = 256 << 20;

/// How long an answer is looked for, milliseconds: by then its job was tried again or given up.
const KEPT_MS: i64 = 24 * 60 * 60 * 1000;

/// The step that an answer is for: its turn, and its place in it.
pub(super) type Place = (i64, i64);

/// The answers of this process, and those that the one before it left. Clones are the same answers.
#[derive(Debug, Clone, Default)]
pub struct Answers(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    waiting: BTreeMap<Place, Answer>,
    file: Option<Kept>,
}

/// A line of the file.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Answer {
    turn: i64,
    step: i64,
    /// Of the question.
    digest: String,
    /// When it came.
    at: i64,
    said: Completion,
}

#[derive(Debug)]
struct Kept {
    path: PathBuf,
    file: File,
    length: usize,
    /// The length at which it is written anew.
    longest: usize,
}

impl Answers {
    /// Takes up what an earlier process left in a file, and goes on with it. It is this process' own until
    /// it ends.
    ///
    /// # Errors
    /// When it cannot be read or written, or another process has it.
    pub fn open(path: &Path, now: i64) -> io::Result<Self> {
        let mut file = private(
            path,
            OpenOptions::new().read(true).append(true).create(true),
        )?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let why = "another silexd has it";
                return Err(io::Error::new(io::ErrorKind::ResourceBusy, why));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let mut text = Vec::new();
        (&mut file).take(LONGEST).read_to_end(&mut text)?;
        // The last line is cut if the process ended in it; what power loss left of others is no line either.
        let lines = text.split(|byte| *byte == b'\n');
        let answers = lines.filter_map(|line| serde_json::from_slice::<Answer>(line).ok());
        let waiting = answers
            .filter(|answer| answer.is_fresh(now))
            .map(|answer| ((answer.turn, answer.step), answer))
            .collect();
        let mut known = Known {
            waiting,
            file: Some(Kept {
                path: path.to_owned(),
                file,
                length: text.len(),
                longest: LONG,
            }),
        };
        known.write_anew(now)?;
        Ok(Self(Arc::new(Mutex::new(known))))
    }

    /// What was answered to this question before its step could be journaled.
    pub(super) fn find(&self, (turn, step): Place, digest: &str) -> Option<Completion> {
        let known = self.known();
        let answer = known.waiting.get(&(turn, step))?;
        (answer.digest == digest).then(|| answer.said.clone())
    }

    /// Writes an answer down. One that cannot be is an answer all the same.
    pub(super) fn keep(&self, (turn, step): Place, digest: &str, said: &Completion, now: i64) {
        let answer = Answer {
            turn,
            step,
            digest: digest.to_owned(),
            at: now,
            said: said.clone(),
        };
        let mut known = self.known();
        if let Err(error) = known.keep(answer, now) {
            tracing::warn!(%error, "{}", event::ANSWER_UNKEPT);
        }
    }

    /// Leaves the file to another process, with what is not in the journal and nothing else.
    pub fn close(&self, now: i64) {
        let mut known = self.known();
        if let Err(error) = known.write_anew(now) {
            tracing::warn!(%error, "{}", event::ANSWER_UNKEPT);
        }
        known.file = None;
    }

    /// Forgets an answer whose step is in the journal.
    pub(super) fn journaled(&self, place: Place) {
        self.known().waiting.remove(&place);
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Answer {
    fn is_fresh(&self, now: i64) -> bool {
        now.saturating_sub(self.at) < KEPT_MS
    }

    fn line(&self) -> io::Result<Vec<u8>> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        Ok(line)
    }
}

impl Known {
    fn keep(&mut self, answer: Answer, now: i64) -> io::Result<()> {
        let line = answer.line();
        self.waiting.insert((answer.turn, answer.step), answer);
        let Some(kept) = &mut self.file else {
            return Ok(());
        };
        let line = line?;
        kept.file.write_all(&line)?;
        kept.length += line.len();
        match kept.length > kept.longest {
            true => self.write_anew(now),
            false => Ok(()),
        }
    }

    /// Writes a file of those that are still looked for, in the place of the one there is.
    fn write_anew(&mut self, now: i64) -> io::Result<()> {
        self.waiting.retain(|_, answer| answer.is_fresh(now));
        let Some(kept) = &mut self.file else {
            return Ok(());
        };
        let mut text = Vec::new();
        for answer in self.waiting.values() {
            text.extend(answer.line()?);
        }
        let beside = kept.path.with_extension("answers-new");
        let mut file = private(&beside, OpenOptions::new().append(true).create(true))?;
        file.set_len(0)?;
        file.try_lock()?;
        file.write_all(&text)?;
        fs::rename(&beside, &kept.path)?;
        (kept.file, kept.length, kept.longest) = (file, text.len(), LONG.max(3 * text.len()));
        Ok(())
    }
}

/// Opens a file that is its owner's alone: answers are about people.
fn private(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Stop, Usage};

    fn said(text: &str) -> Completion {
        Completion {
            text: text.to_owned(),
            calls: Vec::new(),
            malformed: Vec::new(),
            stop: Stop::End,
            usage: Usage::default(),
            model: "m".to_owned(),
            provider: String::new(),
            request_id: None,
        }
    }

    #[test]
    fn an_answer_is_found_after_a_kill_by_its_question_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers");
        let answers = Answers::open(&path, 0).unwrap();
        answers.keep((1, 0), "asked", &said("yes"), 0);
        answers.keep((1, 1), "asked on", &said("no"), 0);
        drop(answers);

        let answers = Answers::open(&path, 1).unwrap();
        assert_eq!(answers.find((1, 0), "asked"), Some(said("yes")));
        assert_eq!(answers.find((1, 1), "asked on"), Some(said("no")));
        assert_eq!(answers.find((1, 1), "asked otherwise"), None);
        assert_eq!(answers.find((2, 0), "asked"), None);
    }

    #[test]
    fn what_is_journaled_is_forgotten_by_a_clean_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers");
        let answers = Answers::open(&path, 0).unwrap();
        answers.keep((1, 0), "asked", &said("yes"), 0);
        answers.keep((2, 0), "asked", &said("no"), 0);
        answers.journaled((1, 0));
        assert_eq!(answers.find((1, 0), "asked"), None);
        answers.close(0);

        let left = fs::read_to_string(&path).unwrap();
        assert_eq!(left.lines().count(), 1, "{left}");
        let answers = Answers::open(&path, 1).unwrap();
        assert_eq!(answers.find((2, 0), "asked"), Some(said("no")));
    }

    #[test]
    fn a_line_that_was_cut_takes_no_other_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers");
        let answers = Answers::open(&path, 0).unwrap();
        answers.keep((1, 0), "asked", &said("yes"), 0);
        drop(answers);
        let mut text = fs::read(&path).unwrap();
        text.extend(b"\0\0\0\n{\"turn\":2,\"step\":0,\"dig");
        fs::write(&path, text).unwrap();

        let answers = Answers::open(&path, 1).unwrap();
        assert_eq!(answers.find((1, 0), "asked"), Some(said("yes")));
        answers.keep((3, 0), "asked", &said("no"), 1);
        drop(answers);
        let answers = Answers::open(&path, 2).unwrap();
        assert_eq!(answers.find((3, 0), "asked"), Some(said("no")));
    }

    #[test]
    fn the_file_stays_short_and_an_answer_is_kept_for_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers");
        let answers = Answers::open(&path, 0).unwrap();
        answers.keep((0, 0), "asked", &said("first"), 0);
        let long = said(&"a".repeat(10_000));
        for turn in 1..1_000 {
            answers.keep((turn, 0), "asked", &long, 0);
            answers.journaled((turn, 0));
        }
        let length = usize::try_from(fs::metadata(&path).unwrap().len()).unwrap();
        assert!(length <= LONG + 11_000, "{length}");
        assert_eq!(answers.find((0, 0), "asked"), Some(said("first")));
        drop(answers);

        let answers = Answers::open(&path, KEPT_MS).unwrap();
        assert_eq!(answers.find((0, 0), "asked"), None);
        assert_eq!(fs::metadata(&path).unwrap().len(), 0);
    }

    #[test]
    fn a_file_is_one_process_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers");
        let answers = Answers::open(&path, 0).unwrap();
        let why = Answers::open(&path, 0).unwrap_err().to_string();
        assert_eq!(why, "another silexd has it");
        drop(answers);
        Answers::open(&path, 0).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers");
        let answers = Answers::open(&path, 0).unwrap();
        answers.keep((1, 0), "asked", &said("yes"), 0);
        drop(answers);
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}
