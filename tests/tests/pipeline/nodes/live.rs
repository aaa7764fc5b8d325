//! What a model says on one node is read on every node while it says it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use silex_tests::stub_model::{Reply, Said, Seen};

use super::{Cluster, Way, database};
use crate::desk::clerk;
use crate::streams::{hear, listen};

/// Between two bytes of the answer.
const SLOWLY: Duration = Duration::from_millis(5);

/// The texts that a page shows that was told so.
fn shown(heard: &str) -> Vec<String> {
    let mut texts: BTreeMap<(i64, i64), String> = BTreeMap::new();
    for line in heard.lines().filter_map(|line| line.strip_prefix("data: ")) {
        // The last line may have come in part.
        let Ok(said) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        let number = |name: &str| said[name].as_i64().unwrap_or_default();
        let text = texts.entry((number("turn"), number("step"))).or_default();
        if let Some(more) = said["text"].as_str() {
            text.truncate(usize::try_from(number("from")).unwrap());
            text.push_str(more);
        }
    }
    texts.into_values().collect()
}

#[test]
fn a_page_on_any_node_reads_along() {
    let Some(database) = database() else { return };
    let slow = |seen: &Seen| match seen.results().is_empty() {
        true => clerk(seen),
        false => Reply::Drip {
            said: Said::text("Dear writer, it is noted as T-1."),
            every: SLOWLY,
        },
    };
    let mut cluster = Cluster::new(&database, 2, Way::Folder, slow);
    cluster.serve();
    let nodes = cluster.nodes.iter();
    let mut pages: Vec<_> = nodes
        .map(|node| listen(node, "/threads/1/live", ""))
        .collect();
    cluster.post(0, "one@a.example");
    for page in &mut pages {
        let begun = |heard: &str| {
            shown(heard)
                .iter()
                .any(|text| text.starts_with("Dear writer"))
        };
        let heard = hear(page, begun);
        assert!(heard.contains("event: said"), "{heard}");
    }
    cluster.until_answered(&["one@a.example".to_owned()]);
}
