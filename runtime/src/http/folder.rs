//! The watched folder: `.eml` files that are put there are taken in.
//!
//! A file is moved to `taken/` when its mail is on the disk. A crash before that takes the same
//! bytes in again, which is the same mail.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecursiveMode, Watcher};
use tokio::sync::mpsc;

use crate::agent::{Deployment, receive};
use crate::mail::inbound::{Source, raw};

/// How often the folder is looked at although nothing was heard of it.
const LOOK: Duration = Duration::from_secs(2);

/// Takes in what is in the folder and what comes, until the deployment stops.
pub async fn watch(deployment: Deployment) {
    let Some(folder) = deployment.config.inbound.folder.clone() else {
        return;
    };
    let (heard, mut changes) = mpsc::channel(1);
    let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        if event.is_ok_and(|event| is_change(event.kind)) {
            // One notice that waits is enough: the whole folder is looked at.
            let _ = heard.try_send(());
        }
    });
    // INVARIANT: the watcher lives as long as this function; without one the folder is polled.
    let mut watcher = watcher.ok();
    if let Err(error) = fs::create_dir_all(folder.join("taken")) {
        tracing::error!(folder = %folder.display(), %error, "the mail folder cannot be used");
        return;
    }
    if let Some(watcher) = &mut watcher
        && let Err(error) = watcher.watch(&folder, RecursiveMode::NonRecursive)
    {
        tracing::warn!(folder = %folder.display(), %error, "the mail folder is polled");
    }
    loop {
        take_in(&deployment, &folder).await;
        tokio::select! {
            () = deployment.stop.cancelled() => return,
            _ = changes.recv(), if watcher.is_some() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// Whether there may be a mail that was not there. Looking at the folder is noticed too, and must
/// not be a reason to look again.
fn is_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Create(_) | EventKind::Modify(_) | EventKind::Any | EventKind::Other => true,
        EventKind::Access(access) => access == AccessKind::Close(AccessMode::Write),
        EventKind::Remove(_) => false,
    }
}

async fn take_in(deployment: &Deployment, folder: &Path) {
    for path in waiting(folder, deployment.config.inbound.max_bytes) {
        let Ok(bytes) = tokio::fs::read(&path).await else {
            continue;
        };
        match receive::accept(deployment, raw::receive(bytes, Source::File, None, &[])).await {
            Ok(_) => {
                let taken = folder
                    .join("taken")
                    .join(path.file_name().unwrap_or_default());
                if let Err(error) = tokio::fs::rename(&path, &taken).await {
                    tracing::warn!(file = %path.display(), %error, "a mail was taken in but not moved");
                }
            }
            Err(error) => {
                tracing::error!(file = %path.display(), %error, "a mail could not be kept")
            }
        }
    }
}

/// The `.eml` files of a folder in the order of their names. One that is still growing ends in
/// another name by custom; one that is too large is left for a person.
fn waiting(folder: &Path, most: usize) -> Vec<PathBuf> {
    let listed = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut waiting: Vec<_> = listed
        .filter(|entry| {
            entry
                .metadata()
                .is_ok_and(|data| data.is_file() && data.len() > 0 && data.len() <= most as u64)
        })
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension.eq_ignore_ascii_case("eml"))
        })
        .collect();
    waiting.sort();
    waiting
}

#[cfg(test)]
mod tests {
    use notify::event::{CreateKind, ModifyKind, RenameMode};

    use super::*;

    #[test]
    fn what_puts_a_mail_into_the_folder_is_a_change() {
        assert!(is_change(EventKind::Create(CreateKind::File)));
        assert!(is_change(EventKind::Modify(ModifyKind::Name(
            RenameMode::To
        ))));
        assert!(is_change(EventKind::Access(AccessKind::Close(
            AccessMode::Write
        ))));
    }

    #[test]
    fn looking_at_the_folder_is_no_change() {
        assert!(!is_change(EventKind::Access(AccessKind::Open(
            AccessMode::Any
        ))));
        assert!(!is_change(EventKind::Access(AccessKind::Close(
            AccessMode::Read
        ))));
    }
}
