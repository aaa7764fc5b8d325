//! The same notice of SNS at two nodes, a hundred times at once.

use futures_util::future::join_all;
use serde_json::json;
use silex_runtime::store::drafts;
use silex_tests::stub_aws::sns::{Sns, TOPIC};

use super::{Cluster, Way, database};
use crate::desk::{clerk, client, desk};
use crate::notices::{inline, letter};

#[test]
fn a_hundred_identical_webhooks_on_two_nodes_make_one_draft() {
    let Some(database) = database() else { return };
    let mut cluster = Cluster::empty(&[], clerk);
    let sns = cluster.peers.wait(Sns::start()).unwrap();
    let inbound = json!({ "inbound": { "sns": { "topics": [TOPIC] } } });
    for _ in 0..2 {
        cluster.join(&desk("otherwise pass"), &database, Way::Server, &inbound);
    }
    for node in &mut cluster.nodes {
        let (name, value) = sns.variable(&node.path(""));
        node.set(name, &value);
    }
    cluster.serve();
    let body = inline("sns-1", "ses-1", &letter("one@a.example"), &json!({})).body();
    let posts = (0..100).map(|number| {
        let url = format!("{}/sns", cluster.nodes[number % 2].address());
        let post = client().post(url).header("content-type", "text/plain");
        let post = post.body(body.clone());
        async move { post.send().await.unwrap().status().as_u16() }
    });
    let statuses = cluster.peers.wait(join_all(posts));
    assert!(
        statuses.iter().all(|status| *status == 200),
        "SNS does not send it again: {statuses:?}"
    );
    cluster.until_answered(&["one@a.example".to_owned()]);
    cluster.check(&["one@a.example".to_owned()]);
    let drafts = cluster.peers.read(&cluster.nodes[0], async |db| {
        drafts::list(db, None, 99).await.unwrap()
    });
    assert_eq!(drafts.len(), 1, "{drafts:?}");
    assert_eq!(cluster.peers.tickets.calls().len(), 1);
}
