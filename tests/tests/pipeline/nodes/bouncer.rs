//! Nodes that reach their server through PgBouncer, which gives each transaction another connection.

use std::io::{self, Write as _};

use silex_tests::pgbouncer::PgBouncer;

use super::{Cluster, Way, database, ids};
use crate::desk::clerk;

#[test]
fn behind_pgbouncer_in_transaction_mode_nodes_find_their_work_by_looking() {
    let Some(database) = database() else { return };
    let Some(bouncer) = PgBouncer::start(&database) else {
        // Whoever runs the tests is to know.
        let _ = writeln!(io::stderr(), "left out: PgBouncer is not installed");
        return;
    };
    let mut cluster = Cluster::new(bouncer.url(), 2, Way::Server, clerk);
    cluster.serve();
    let ids = ids(16);
    for (number, id) in ids.iter().enumerate() {
        cluster.post(number % 2, id);
    }
    cluster.until_answered(&ids);
    cluster.check(&ids);
    for node in &cluster.nodes {
        let said = node.said();
        for word in ["prepared statement", "store unreachable", "duty failed"] {
            assert!(!said.contains(word), "{word}:\n{said}");
        }
    }
}
