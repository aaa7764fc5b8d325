//! `silexd serve`: runs until it is told to stop.

use std::sync::Arc;

use rustix::process::Signal;
use silex_runtime::Running;
use silex_runtime::bundle::Loaded;
use silex_runtime::config::Config;
use silex_runtime::people::link;
use silex_runtime::tools::Natives;
use tokio::signal::unix::{SignalKind, signal};

use super::print;

pub(crate) fn run((config, loaded): (Config, Arc<Loaded>)) -> anyhow::Result<()> {
    let running = Running::start(config, loaded, Natives::standard())?;
    // Whoever listens to this signal is not ended by it: a write beyond a limit fails like one on a full disk.
    let beyond_limit = SignalKind::from_raw(Signal::XFSZ.as_raw());
    let _heard = running.block_on(async { signal(beyond_limit) })?;
    // Heard from here on: whoever reads where it listens may stop it at once.
    let (mut terminated, mut interrupted) = running.block_on(async {
        let terminated = signal(SignalKind::terminate())?;
        std::io::Result::Ok((terminated, signal(SignalKind::interrupt())?))
    })?;
    running.follow_bundle()?;
    let here = format!("http://{}", running.address());
    // The log is for others, too: what signs somebody in is for whoever started it.
    if let Some(link) = running.block_on(link::first(running.deployment(), &here))? {
        print(&format!(
            "the first operator signs in once, within an hour: {link}"
        ));
    }
    print(&format!("silexd listens on {here}"));
    let ended = running.deployment().stop.clone();
    running.block_on(async {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
            // A part of it ended by itself: the others stop too, and `stop` says why.
            () = ended.cancelled() => {}
        }
    });
    running.stop()?;
    Ok(())
}
