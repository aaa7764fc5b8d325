//! What is done to `silexd`: killed, asked to stop, paused for longer than a lease.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use silex_tests::house::House;

/// Longer than a lease, which is 30 s.
const PAUSE: Duration = Duration::from_secs(32);

/// Of so many harms one is a pause, which takes long.
const PAUSES: u32 = 60;

/// What was done.
#[derive(Debug, Default)]
pub(crate) struct Harm {
    pub(crate) kills: usize,
    pub(crate) stops: usize,
    pub(crate) pauses: usize,
    /// From the start of a program until it listened, the longest.
    pub(crate) slowest_start: Duration,
}

/// How much is done.
#[derive(Debug)]
pub(crate) struct Plan {
    /// How long.
    pub(crate) limit: Duration,
    /// How many kills at most.
    pub(crate) kills: Option<usize>,
    /// Seconds between two harms, on average.
    pub(crate) every: f64,
}

impl Harm {
    /// Harms until the time is over, or the kills are done. Afterwards it runs.
    pub(crate) fn until(house: &mut House, random: &mut fastrand::Rng, plan: &Plan) -> Self {
        let (mut harm, began) = (Self::default(), Instant::now());
        let is_over = |harm: &Self| plan.kills.is_some_and(|kills| harm.kills >= kills);
        while began.elapsed() < plan.limit && !is_over(&harm) {
            // Often at once, now and then after thrice the average.
            let wait = Duration::from_secs_f64(3.0 * plan.every * random.f64().powi(2));
            std::thread::sleep(wait);
            match random.u32(..PAUSES) {
                0 if plan.limit > 4 * PAUSE => {
                    house.silexd.signal(Signal::STOP);
                    std::thread::sleep(PAUSE);
                    house.silexd.signal(Signal::CONT);
                    harm.pauses += 1;
                }
                0..8 => {
                    house.silexd.terminate();
                    harm.stops += 1;
                    harm.start(house);
                }
                _ => {
                    house.silexd.kill();
                    harm.kills += 1;
                    harm.start(house);
                }
            }
        }
        harm
    }

    fn start(&mut self, house: &mut House) {
        let began = Instant::now();
        house.silexd.serve();
        self.slowest_start = self.slowest_start.max(began.elapsed());
    }
}
