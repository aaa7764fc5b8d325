//! The watched folder: `.eml` files that are put there are taken in.
//!
//! A file is taken when it was the same at two looks, so that one that is still being copied is not
//! taken in by half. It is moved to `taken/` when its mail is on the disk. A crash before that takes
//! the same bytes in again, which is the same mail.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecursiveMode, Watcher};
use tokio::sync::mpsc;

use crate::agent::{Deployment, receive};
use crate::mail::inbound::{Source, raw};

/// How often the folder is looked at although nothing was heard of it.
const LOOK: Duration = Duration::from_secs(2);

/// How long a file must have stayed as it is.
const SETTLE: Duration = Duration::from_millis(250);

/// Files with their length and the time of their last change.
type Seen = BTreeMap<PathBuf, (u64, Option<SystemTime>)>;

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
    let mut seen = Seen::new();
    loop {
        let most = deployment.config.inbound.max_bytes;
        let looked = folder.clone();
        // A folder can be large, and its disk slow.
        let there = tokio::task::spawn_blocking(move || waiting(&looked, most)).await;
        let there = there.unwrap_or_default();
        let settled = settled(&seen, &there);
        let all_settled = settled.len() == there.len();
        take_in(&deployment, &folder, settled).await;
        seen = there;
        tokio::select! {
            () = deployment.stop.cancelled() => return,
            _ = changes.recv(), if watcher.is_some() && all_settled => {}
            () = tokio::time::sleep(if all_settled { LOOK } else { SETTLE }) => {}
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

/// Those that are as they were at the look before, by name.
fn settled(before: &Seen, now: &Seen) -> Vec<PathBuf> {
    let same = now
        .iter()
        .filter(|(path, state)| before.get(*path) == Some(*state));
    same.map(|(path, _)| path.clone()).collect()
}

async fn take_in(deployment: &Deployment, folder: &Path, settled: Vec<PathBuf>) {
    for path in settled {
        if deployment.stop.is_cancelled() {
            return;
        }
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

/// The `.eml` files of a folder. One that is too large is left for a person.
fn waiting(folder: &Path, most: usize) -> Seen {
    let listed = fs::read_dir(folder).into_iter().flatten().flatten();
    let mails = listed.filter(|entry| {
        let path = entry.path();
        path.extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("eml"))
    });
    mails
        .filter_map(|entry| {
            let data = entry.metadata().ok()?;
            let fits = data.is_file() && data.len() > 0 && data.len() <= most as u64;
            fits.then(|| (entry.path(), (data.len(), data.modified().ok())))
        })
        .collect()
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
    fn a_file_that_still_grows_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let (growing, whole) = (folder.path().join("a.eml"), folder.path().join("b.EML"));
        let look = || waiting(folder.path(), 6);
        fs::write(&growing, "Fr").unwrap();
        fs::write(&whole, "From").unwrap();
        fs::write(folder.path().join("c.txt"), "no").unwrap();
        fs::write(folder.path().join("d.eml"), "too large").unwrap();
        let first = look();
        assert!(settled(&Seen::new(), &first).is_empty());
        fs::write(&growing, "From:").unwrap();
        let second = look();
        assert_eq!(settled(&first, &second), std::slice::from_ref(&whole));
        assert_eq!(settled(&second, &look()), [growing, whole]);
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
