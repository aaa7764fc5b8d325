//! Who writes: posts mail after mail, again until it is taken, and some of it more than once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use silex_tests::house::{House, mail};
use silex_tests::silexd::TOKEN;

/// Between two tries of the same mail.
const AGAIN: Duration = Duration::from_millis(100);

/// Of so many mails one comes more than once.
const DOUBLED: usize = 5;

/// A writer on a thread.
pub(crate) struct Writer {
    stop: Arc<AtomicBool>,
    writing: JoinHandle<Written>,
}

/// What was taken.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// Mails that were answered 2xx: those of the numbers below.
    pub(crate) mails: usize,
    /// How often one was posted though it had been taken.
    pub(crate) again: usize,
    /// How often one was not taken.
    pub(crate) refused: usize,
}

/// Starts to write, so many mails a second on average.
pub(crate) fn start(
    house: &House,
    mut random: fastrand::Rng,
    a_second: f64,
) -> anyhow::Result<Writer> {
    let stop = Arc::new(AtomicBool::new(false));
    let (stopped, client, handle) = (stop.clone(), house.client(), house.handle());
    let address = format!("{}/mail", house.silexd.address());
    let writing = std::thread::Builder::new().spawn(move || {
        let mut written = Written::default();
        let post = |number: usize| {
            let post = client.post(&address).bearer_auth(TOKEN).body(mail(number));
            let post = post.timeout(Duration::from_secs(10));
            let answer = handle.block_on(async { post.send().await }).ok()?;
            answer.status().is_success().then_some(())
        };
        while !stopped.load(Ordering::Relaxed) {
            let number = written.mails;
            while post(number).is_none() {
                written.refused += 1;
                std::thread::sleep(AGAIN);
            }
            written.mails += 1;
            if random.usize(..DOUBLED) == 0 {
                written.again += usize::from(post(random.usize(..=number)).is_some());
            }
            std::thread::sleep(Duration::from_secs_f64(2.0 * random.f64() / a_second));
        }
        written
    })?;
    Ok(Writer { stop, writing })
}

impl Writer {
    /// Lets the mail that is being posted be taken, and ends.
    ///
    /// # Errors
    /// The writer broke, so nobody knows what was taken.
    pub(crate) fn stop(self) -> anyhow::Result<Written> {
        self.stop.store(true, Ordering::Relaxed);
        let written = self.writing.join();
        written.map_err(|_| anyhow::anyhow!("the writer panicked"))
    }
}
