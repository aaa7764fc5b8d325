//! Answers of models that are not in the journal yet: where they are heard, and where they are kept.
//!
//! Between the last word of an answer and the commit of its step lies a moment in which the process may
//! end, or the database be away. The answer is paid for, and would be asked for and paid once more. So it
//! is heard on threads of their own, however much the jobs have to do, and written down there, in a file
//! beside the database: a line for each, given to the system before anything else is done with it, which
//! outlives a kill and costs microseconds. The loss of power it may not outlive: then the call is made again,
//! as it would have been.
//!
//! The file is a hint and no truth. An answer counts only for the very question that it answered, and once:
//! one that comes to nothing is asked for anew. When none waits the file is empty; one that nobody came back
//! for, since its time was over, waits until its job is.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

use super::spend::Reserved;
use crate::clock::Clock;
use crate::model::{Completion, ModelError};
use crate::store::{Store, StoreError, jobs, turns};
use crate::telemetry::event;

/// The file is written anew when it is longer, bytes, and four times what still waited the last time.
const LONG: u64 = 1 << 20;

/// So much at its end is read of a file that an earlier process left, bytes.
const LONGEST: u64 = 64 << 20;

/// How long an answer is looked for, milliseconds: by then its job was tried again or given up.
const KEPT_MS: i64 = 24 * 60 * 60 * 1000;

/// The step that an answer is for: its turn, and its place in it.
pub(super) type Place = (i64, i64);

/// The answers of this process, and those that the one before it left. Clones are the same answers.
/// The default keeps none, and hears them where they are asked for.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    kept: Arc<Mutex<Option<Kept>>>,
    heard_on: Option<Handle>,
}

/// An answer that has waited for so long may be one that nobody comes back for, milliseconds.
const LONG_MS: i64 = 5 * 60 * 1000;

/// A question of a job: the step that its answer is for, and its digest.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) place: Place,
    pub(super) job: i64,
    pub(super) digest: String,
}

#[derive(Debug)]
struct Kept {
    waiting: BTreeMap<Place, Answer>,
    file: File,
    length: u64,
    /// The length at which it is written anew.
    longest: u64,
}

/// A line of the file.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Answer {
    turn: i64,
    step: i64,
    /// The job that asked.
    #[serde(default)]
    job: i64,
    /// Of the question.
    digest: String,
    /// When it came.
    at: i64,
    /// What was reserved for the call.
    reserved: Reserved,
    said: Completion,
    /// Whether it was found before.
    #[serde(skip)]
    is_tried: bool,
}

impl Answers {
    /// Takes up what an earlier process left in a file, and goes on with it. It is this process' own until
    /// it ends.
    ///
    /// # Errors
    /// When it cannot be read or written, or another process has it.
    pub fn open(path: &Path, now: i64) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        // Answers are about people.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let why = "another silexd has it";
                return Err(io::Error::new(io::ErrorKind::ResourceBusy, why));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(LONGEST)))?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        // The last line is cut if the process ended in it; what power loss left of others is no line either.
        let lines = text.split(|byte| *byte == b'\n');
        let answers = lines.filter_map(|line| serde_json::from_slice::<Answer>(line).ok());
        let mut kept = Kept {
            waiting: answers.map(|answer| (answer.place(), answer)).collect(),
            file,
            length,
            longest: LONG,
        };
        kept.write_anew(now)?;
        Ok(Self {
            kept: Arc::new(Mutex::new(Some(kept))),
            heard_on: None,
        })
    }

    /// The same answers, heard on the threads of a runtime.
    #[must_use]
    pub fn heard_on(self, runtime: &Handle) -> Self {
        Self {
            heard_on: Some(runtime.clone()),
            ..self
        }
    }

    /// Forgets what is in the journal: the process may have ended behind the commit.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn compare(&self, store: &Store) -> Result<(), StoreError> {
        let places: Vec<Place> = self.with(|kept| kept.waiting.keys().copied().collect());
        let mut reader = store.read().await?;
        for (turn, step) in places {
            if turns::has_step(&mut reader, turn, step).await? {
                self.forget((turn, step));
            }
        }
        Ok(())
    }

    /// Forgets what nobody will come back for: the job that asked is over.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn forget_left(&self, store: &Store, now: i64) -> Result<(), StoreError> {
        let has_waited = |answer: &&Answer| now.saturating_sub(answer.at) > LONG_MS;
        let asked = |answer: &Answer| (answer.place(), answer.job);
        let long: Vec<_> = self.with(|kept| {
            kept.waiting
                .values()
                .filter(has_waited)
                .map(asked)
                .collect()
        });
        if long.is_empty() {
            return Ok(());
        }
        let mut reader = store.read().await?;
        for (place, job) in long {
            let job = jobs::find(&mut reader, job).await?;
            if job.is_none_or(|job| job.state.is_over()) {
                self.forget(place);
            }
        }
        Ok(())
    }

    /// What was answered to this question before its step could be journaled, with what was reserved for it.
    pub(super) fn find(&self, question: &Question) -> Option<(Completion, Reserved)> {
        self.with(|kept| {
            let waiting = kept.waiting.get_mut(&question.place);
            let answer = waiting.filter(|it| it.digest == question.digest && !it.is_tried)?;
            answer.is_tried = true;
            Some((answer.said.clone(), answer.reserved))
        })
    }

    /// Hears the answer to a question, for which so much was reserved, and writes it down. It is heard no
    /// further when nobody waits for it.
    ///
    /// # Errors
    /// The call's own, or the process is about to end.
    pub(super) async fn hear(
        &self,
        question: Question,
        reserved: Reserved,
        clock: Clock,
        call: BoxFuture<'static, Result<Completion, ModelError>>,
    ) -> Result<Completion, ModelError> {
        let answers = self.clone();
        let heard = async move {
            let said = call.await?;
            answers.keep(question, &said, reserved, clock.now_ms());
            Ok(said)
        };
        let Some(runtime) = &self.heard_on else {
            return heard.await;
        };
        let heard = AbortOnDropHandle::new(runtime.spawn(heard.in_current_span()));
        heard
            .await
            .unwrap_or_else(|ended| match ended.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(ended) => {
                    let why = format!("the answer was not heard: {ended}");
                    let mut error = ModelError::retry(None, why);
                    error.fault_mut().charged = true;
                    Err(error)
                }
            })
    }

    /// Writes an answer down. One that cannot be is an answer all the same.
    fn keep(&self, question: Question, said: &Completion, reserved: Reserved, now: i64) {
        if self.kept().is_none() {
            return;
        }
        let Question { place, job, digest } = question;
        let answer = Answer {
            turn: place.0,
            step: place.1,
            job,
            digest,
            at: now,
            reserved,
            said: said.clone(),
            is_tried: false,
        };
        let line = answer.line();
        self.with(|kept| told(line.and_then(|line| kept.keep(answer, &line, now))));
    }

    /// Forgets an answer: its step is in the journal, or cannot be.
    pub(super) fn forget(&self, place: Place) {
        self.with(|kept| {
            if kept.waiting.remove(&place).is_some() && kept.waiting.is_empty() {
                told(kept.cut(0));
            }
        });
    }

    /// The reservations of what waits: they belong to calls that were answered.
    #[must_use]
    pub fn reservations(&self) -> Vec<i64> {
        let of = |answer: &Answer| answer.reserved.id;
        self.with(|kept| kept.waiting.values().filter_map(of).collect())
    }

    /// Leaves the file to another process.
    pub fn close(&self) {
        *self.kept() = None;
    }

    fn with<T: Default>(&self, work: impl FnOnce(&mut Kept) -> T) -> T {
        self.kept().as_mut().map(work).unwrap_or_default()
    }

    fn kept(&self) -> MutexGuard<'_, Option<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn told(written: io::Result<()>) {
    if let Err(error) = written {
        tracing::warn!(%error, "{}", event::ANSWER_UNKEPT);
    }
}

impl Answer {
    fn place(&self) -> Place {
        (self.turn, self.step)
    }

    fn line(&self) -> io::Result<Vec<u8>> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        Ok(line)
    }
}

impl Kept {
    fn keep(&mut self, answer: Answer, line: &[u8], now: i64) -> io::Result<()> {
        self.waiting.insert(answer.place(), answer);
        self.write(line)?;
        match self.length > self.longest {
            true => self.write_anew(now),
            false => Ok(()),
        }
    }

    /// Writes a line, or nothing of it.
    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        if let Err(error) = self.file.write_all(line) {
            self.cut(self.length)?;
            return Err(error);
        }
        self.length += line.len() as u64;
        Ok(())
    }

    /// Writes those that are still looked for, and nothing else. A process that ends in between has lost
    /// hints.
    fn write_anew(&mut self, now: i64) -> io::Result<()> {
        let is_fresh = |answer: &Answer| now.saturating_sub(answer.at) < KEPT_MS;
        self.waiting.retain(|_, answer| is_fresh(answer));
        let mut text = Vec::new();
        for answer in self.waiting.values() {
            text.extend(answer.line()?);
        }
        // Before it is tried, so that it is not tried at every answer where it fails.
        self.longest = LONG.max(4 * text.len() as u64);
        self.cut(0)?;
        self.write(&text)
    }

    /// Ends the file at a length. It is written at its end alone.
    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.file.set_len(length)?;
        self.length = length;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::panic::AssertUnwindSafe;
    use std::time::Duration;

    use futures_util::FutureExt as _;
    use serde_json::json;
    use tokio::sync::oneshot;

    use super::*;
    use crate::model::{Stop, Usage};
    use crate::store::jobs::NewJob;
    use crate::store::tests::Scratch;
    use crate::store::transaction;

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

    fn opened(path: &Path, now: i64) -> Answers {
        Answers::open(path, now).unwrap()
    }

    fn question(place: Place, digest: &str) -> Question {
        Question {
            place,
            job: 1,
            digest: digest.to_owned(),
        }
    }

    fn keep(answers: &Answers, place: Place, text: &str) {
        answers.keep(
            question(place, "asked"),
            &said(text),
            Reserved::default(),
            0,
        );
    }

    fn check_found(answers: &Answers, place: Place, digest: &str, text: Option<&str>) {
        let found = answers.find(&question(place, digest));
        let found = found.map(|(said, _)| said.text);
        assert_eq!(found.as_deref(), text);
    }

    fn length(path: &Path) -> u64 {
        fs::metadata(path).unwrap().len()
    }

    #[test]
    fn an_answer_is_found_after_a_kill_by_its_question_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers");
        let answers = opened(&path, 0);
        for step in 0..3 {
            keep(&answers, (1, step), "yes");
        }
        drop(answers);

        let answers = opened(&path, 1);
        check_found(&answers, (1, 0), "asked", Some("yes"));
        check_found(&answers, (1, 1), "asked otherwise", None);
        check_found(&answers, (2, 0), "asked", None);
        check_found(&answers, (1, 2), "asked", Some("yes"));
    }

    #[tokio::test]
    async fn an_answer_is_heard_and_written_down_while_who_asked_has_no_thread_to_go_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers");
        let models = tokio::runtime::Runtime::new().unwrap();
        let answers = opened(&path, 0).heard_on(models.handle());
        let (say, word) = oneshot::channel();
        let call = async { Ok(said(word.await.unwrap())) }.boxed();
        let asked = question((1, 0), "asked");
        let heard = answers.hear(asked, Reserved::default(), Clock::fixed(0), call);
        let mut heard = Box::pin(heard);
        assert!(heard.as_mut().now_or_never().is_none());
        say.send("yes").unwrap();
        // This thread is the only one of its runtime.
        let written = (0..20_000).any(|_| {
            std::thread::sleep(Duration::from_millis(1));
            length(&path) > 0
        });
        assert!(written);
        assert_eq!(heard.await.unwrap().text, "yes");
        models.shutdown_background();
    }

    #[tokio::test]
    async fn a_call_that_nobody_waits_for_is_heard_no_further() {
        let models = tokio::runtime::Runtime::new().unwrap();
        let answers = Answers::default().heard_on(models.handle());
        let (begin, begun) = oneshot::channel();
        let (until_dropped, dropped) = oneshot::channel::<()>();
        let call = async move {
            let _until_dropped = until_dropped;
            begin.send(()).unwrap();
            std::future::pending().await
        }
        .boxed();
        let asked = question((1, 0), "asked");
        let heard = answers.hear(asked, Reserved::default(), Clock::fixed(0), call);
        let mut heard = Box::pin(heard);
        assert!(heard.as_mut().now_or_never().is_none());
        begun.await.unwrap();
        drop(heard);
        let ended = tokio::time::timeout(Duration::from_secs(20), dropped).await;
        ended.expect("the call to end").unwrap_err();
        models.shutdown_background();
    }

    #[tokio::test]
    async fn a_call_that_panics_panics_where_it_was_asked_for() {
        let models = tokio::runtime::Runtime::new().unwrap();
        let answers = Answers::default().heard_on(models.handle());
        let asked = question((1, 0), "asked");
        let call = async { panic!("the call") }.boxed();
        let heard = answers.hear(asked, Reserved::default(), Clock::fixed(0), call);
        let panicked = AssertUnwindSafe(heard).catch_unwind().await.unwrap_err();
        assert_eq!(*panicked.downcast::<&str>().unwrap(), "the call");
        models.shutdown_background();
    }

    #[tokio::test]
    async fn what_nobody_comes_back_for_is_forgotten_when_its_job_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let answers = opened(&folder.path().join("answers"), 0);
        let scratch = Scratch::new().await;
        for turn in 1..=2 {
            let job = NewJob::new("handle", json!({ "turn": turn }));
            let work =
                transaction(move |tx| async move { jobs::enqueue(tx, &job, 0).await }.boxed());
            let job = scratch.store.write("", work).await.unwrap().id();
            let asked = Question {
                job,
                ..question((turn, 0), "asked")
            };
            let reserved = Reserved {
                id: Some(turn),
                amount: 1,
            };
            answers.keep(asked, &said("yes"), reserved, 0);
        }
        let work = transaction(|tx| jobs::cancel(tx, 2, "of no use", 0).boxed());
        scratch.store.write("", work).await.unwrap();

        answers.forget_left(&scratch.store, LONG_MS).await.unwrap();
        assert_eq!(answers.reservations(), [1, 2], "it has just come");
        answers
            .forget_left(&scratch.store, LONG_MS + 1)
            .await
            .unwrap();
        assert_eq!(answers.reservations(), [1]);
        check_found(&answers, (1, 0), "asked", Some("yes"));
    }

    #[test]
    fn an_answer_that_came_to_nothing_is_asked_for_anew() {
        let folder = tempfile::tempdir().unwrap();
        let answers = opened(&folder.path().join("answers"), 0);
        keep(&answers, (1, 0), "yes");
        check_found(&answers, (1, 0), "asked", Some("yes"));
        check_found(&answers, (1, 0), "asked", None);
        keep(&answers, (1, 0), "no");
        check_found(&answers, (1, 0), "asked", Some("no"));
    }

    #[test]
    fn nothing_is_left_of_what_is_journaled() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers");
        let answers = opened(&path, 0);
        keep(&answers, (1, 0), "yes");
        keep(&answers, (2, 0), "no");
        answers.forget((1, 0));
        check_found(&answers, (1, 0), "asked", None);
        assert!(length(&path) > 0);
        answers.forget((2, 0));
        assert_eq!(length(&path), 0);
    }

    #[test]
    fn a_line_that_was_cut_takes_no_other_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers");
        let answers = opened(&path, 0);
        keep(&answers, (1, 0), "yes");
        drop(answers);
        let mut text = fs::read(&path).unwrap();
        text.extend(b"\0\0\0\n{\"turn\":2,\"step\":0,\"dig");
        fs::write(&path, text).unwrap();

        let answers = opened(&path, 1);
        check_found(&answers, (1, 0), "asked", Some("yes"));
        keep(&answers, (3, 0), "no");
        drop(answers);
        check_found(&opened(&path, 2), (3, 0), "asked", Some("no"));
    }

    #[test]
    fn the_file_stays_short_and_an_answer_is_kept_for_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers");
        let answers = opened(&path, 0);
        keep(&answers, (0, 0), "first");
        let long = "a".repeat(10_000);
        for turn in 1..1_000 {
            keep(&answers, (turn, 0), &long);
            answers.forget((turn, 0));
        }
        assert!(length(&path) <= LONG + 11_000, "{}", length(&path));
        check_found(&answers, (0, 0), "asked", Some("first"));
        drop(answers);

        check_found(&opened(&path, KEPT_MS), (0, 0), "asked", None);
        assert_eq!(length(&path), 0);
    }

    #[test]
    fn a_file_is_one_process_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers");
        let answers = opened(&path, 0);
        keep(&answers, (1, 0), "yes");
        let why = Answers::open(&path, 0).unwrap_err().to_string();
        assert_eq!(why, "another silexd has it");
        answers.close();
        keep(&answers, (2, 0), "kept by nobody");
        let answers = opened(&path, 0);
        check_found(&answers, (1, 0), "asked", Some("yes"));
        check_found(&answers, (2, 0), "asked", None);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers");
        keep(&opened(&path, 0), (1, 0), "yes");
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
