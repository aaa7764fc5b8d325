//! Hears when a file of a package changes.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::Duration;

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::Notice;
use crate::{Failure, files};

/// How long a package must be quiet: an editor writes a file in several steps.
const QUIET: Duration = Duration::from_millis(100);

/// Sends a notice after each burst of changes, as long as the watcher lives.
pub(super) fn start(folder: &Path, notices: Sender<Notice>) -> Result<RecommendedWatcher, Failure> {
    let failure =
        |error: notify::Error| Failure::new(format!("watching {}: {error}", folder.display()));
    let (heard, changes) = mpsc::channel::<()>();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        if event.is_ok_and(|event| concerns(&event)) {
            let _ = heard.send(());
        }
    })
    .map_err(failure)?;
    for (path, mode) in places(folder)? {
        watcher.watch(&path, mode).map_err(failure)?;
    }
    std::thread::spawn(move || {
        while changes.recv().is_ok() {
            loop {
                match changes.recv_timeout(QUIET) {
                    Ok(()) => {}
                    Err(RecvTimeoutError::Timeout) => break,
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            }
            if notices.send(Notice::Changed).is_err() {
                return;
            }
        }
    });
    Ok(watcher)
}

/// The folders of a package, and of the packages that it uses. The package's own folder is not
/// watched as a whole: what `silex dev` writes lies below it.
fn places(folder: &Path) -> Result<Vec<(PathBuf, RecursiveMode)>, Failure> {
    let manifest = files::manifest(&String::from_utf8_lossy(&files::bytes(
        &folder.join("silex.yaml"),
    )?));
    let mut places = vec![(folder.to_owned(), RecursiveMode::NonRecursive)];
    let used = manifest
        .dependencies
        .iter()
        .map(|dependency| folder.join(&dependency.path));
    let inside = [folder.join(&manifest.specs), folder.join(&manifest.layouts)];
    let deep = inside.into_iter().chain(used).filter(|path| path.is_dir());
    places.extend(deep.map(|path| (path, RecursiveMode::Recursive)));
    Ok(places)
}

fn concerns(event: &Event) -> bool {
    let read = matches!(event.kind, EventKind::Access(_));
    let ours = |path: &PathBuf| {
        path.extension().is_some_and(|extension| {
            extension == "silex" || extension == "jinja" || extension == "yaml"
        })
    };
    // A folder that moved has no extension and may hold anything.
    let folder = event.paths.iter().any(|path| {
        path.extension().is_none() && path.file_name().is_some_and(|name| name != ".silex")
    });
    !read && (folder || event.paths.iter().any(ours))
}
