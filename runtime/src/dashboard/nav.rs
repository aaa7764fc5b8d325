//! The way between the pages, with how much waits behind each.

use serde::Serialize;

use crate::store::census::Waiting;

/// A page that the frame leads to.
struct Entry {
    group: &'static str,
    path: &'static str,
    word: &'static str,
    icon: &'static str,
    /// The second of the two keys that lead there; the first is `g`.
    key: &'static str,
    /// How much waits there, and how much that presses.
    count: fn(&Waiting) -> (i64, &'static str),
}

/// All of them, in order.
static ENTRIES: &[Entry] = &[
    Entry {
        group: "Mail",
        path: "/",
        word: "Threads",
        icon: "inbox",
        key: "t",
        count: |_| (0, ""),
    },
    Entry {
        group: "Mail",
        path: "/drafts",
        word: "Review",
        icon: "review",
        key: "r",
        count: |it| (it.held, "warn"),
    },
    Entry {
        group: "Mail",
        path: "/questions",
        word: "Questions",
        icon: "question",
        key: "q",
        count: |it| (it.questions, "warn"),
    },
    Entry {
        group: "Mail",
        path: "/aside",
        word: "Put aside",
        icon: "shield",
        key: "a",
        count: |it| (it.aside, ""),
    },
    Entry {
        group: "Work",
        path: "/jobs",
        word: "Jobs",
        icon: "jobs",
        key: "j",
        count: |it| (it.stuck, "bad"),
    },
    Entry {
        group: "Work",
        path: "/campaigns",
        word: "Campaigns",
        icon: "campaign",
        key: "c",
        count: |_| (0, ""),
    },
    Entry {
        group: "Work",
        path: "/numbers",
        word: "Numbers",
        icon: "chart",
        key: "n",
        count: |_| (0, ""),
    },
    Entry {
        group: "Work",
        path: "/audit",
        word: "Audit",
        icon: "log",
        key: "l",
        count: |_| (0, ""),
    },
    Entry {
        group: "Knowledge",
        path: "/behaviours/",
        word: "Behaviours",
        icon: "book",
        key: "b",
        count: |_| (0, ""),
    },
    Entry {
        group: "People",
        path: "/contacts",
        word: "Contacts",
        icon: "person",
        key: "p",
        count: |_| (0, ""),
    },
    Entry {
        group: "People",
        path: "/reviewers",
        word: "Reviewers",
        icon: "people",
        key: "v",
        count: |_| (0, ""),
    },
];

/// Links that belong together, as the template shows them.
#[derive(Debug, Serialize)]
pub(super) struct Group {
    name: &'static str,
    links: Vec<Link>,
}

#[derive(Debug, Serialize)]
struct Link {
    path: &'static str,
    word: &'static str,
    icon: &'static str,
    key: &'static str,
    count: i64,
    tone: &'static str,
    here: bool,
}

/// The links of the frame around the page at `path`.
pub(super) fn groups(path: &str, waiting: &Waiting) -> Vec<Group> {
    let link = |entry: &Entry| {
        let (count, tone) = (entry.count)(waiting);
        Link {
            path: entry.path,
            word: entry.word,
            icon: entry.icon,
            key: entry.key,
            count,
            tone,
            here: leads_to(entry.path, path),
        }
    };
    ENTRIES
        .chunk_by(|one, other| one.group == other.group)
        .map(|entries| Group {
            name: entries[0].group,
            links: entries.iter().map(link).collect(),
        })
        .collect()
}

/// Whether a page is behind a link of the frame. Threads are at the root, and some pages are shown from
/// others: a mail from its thread, a rule from its behaviour, the addresses without mail from contacts.
fn leads_to(entry: &str, path: &str) -> bool {
    let below = |entry: &str| {
        let rest = path.strip_prefix(entry);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    match entry {
        "/" => path == "/" || below("/threads") || below("/mails"),
        "/behaviours/" => below("/behaviours") || below("/rules"),
        "/contacts" => below("/contacts") || below("/suppressed"),
        entry => below(entry.trim_end_matches('/')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_shows_where_one_is_and_what_waits() {
        let waiting = Waiting {
            held: 3,
            ..Waiting::default()
        };
        let groups = groups("/threads/4", &waiting);
        let links: Vec<_> = groups.iter().flat_map(|group| &group.links).collect();
        let here: Vec<_> = links
            .iter()
            .filter(|link| link.here)
            .map(|link| link.word)
            .collect();
        assert_eq!(here, ["Threads"]);
        let review = links.iter().find(|link| link.word == "Review").unwrap();
        assert_eq!((review.count, review.tone), (3, "warn"));
        assert!(!leads_to("/drafts", "/draftsmen"));
        assert!(leads_to("/behaviours/", "/rules/desk.answer.be_brief"));
        assert!(leads_to("/contacts", "/suppressed"));
    }
}
