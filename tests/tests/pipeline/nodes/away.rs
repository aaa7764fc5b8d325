//! A server that is stopped, held up by somebody else, or in the middle of a quarrel: mail is refused in
//! time, pages answer, and when it is over everything is answered once.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use silex_tests::own_server::OwnServer;
use silex_tests::postgres;
use silex_tests::stub_aws::sns::{Sns, TOPIC};
use silex_tests::wait::until;

use super::{Cluster, Way, database, ids};
use crate::desk::{clerk, client, desk, mail};
use crate::notices::{inline, letter};

/// Whoever is held up is told so before. It bounds a broken test.
const IN_TIME: Duration = Duration::from_secs(30);

#[test]
fn a_server_that_is_stopped_under_load_lets_no_mail_in_and_loses_none() {
    if postgres::server().is_none() {
        return;
    }
    let server = OwnServer::start();
    let mut cluster = Cluster::empty(&[], clerk);
    let sns = cluster.peers.wait(Sns::start()).unwrap();
    let inbound = json!({ "inbound": { "sns": { "topics": [TOPIC] } } });
    for _ in 0..2 {
        cluster.join(&desk("otherwise pass"), server.url(), Way::Server, &inbound);
    }
    for node in &mut cluster.nodes {
        let (name, value) = sns.variable(&node.path(""));
        node.set(name, &value);
    }
    cluster.serve();
    let mut ids = ids(12);
    let (before, meanwhile) = ids.split_at(8);
    for (number, id) in before.iter().enumerate() {
        cluster.post(number % 2, id);
    }
    server.stop();
    let notice = inline("sns-1", "ses-1", &letter("notice@a.example"), &json!({})).body();
    let notify = |node: usize| {
        let post = client().post(format!("{}/sns", cluster.nodes[node].address()));
        cluster.peers.ask(post.body(notice.clone())).status
    };
    for (number, id) in meanwhile.iter().enumerate() {
        assert_eq!(cluster.post_once(number % 2, id), 503, "{id}");
    }
    for node in [0, 1] {
        assert_eq!(notify(node), 503);
        assert_eq!(cluster.look(node, "/readyz"), 503);
        assert_eq!(cluster.look(node, "/"), 503);
        assert_eq!(cluster.look(node, "/healthz"), 200);
    }
    server.start_again();
    for (number, id) in meanwhile.iter().enumerate() {
        cluster.post(number % 2, id);
    }
    until("the notice to be taken", || {
        (notify(0) == 200).then_some(())
    });
    ids.push("notice@a.example".to_owned());
    cluster.until_answered(&ids);
    cluster.check(&ids);
}

/// Were each of those that come together to wait for the lock after the other, it would take minutes.
#[test]
fn whoever_needs_what_somebody_locked_is_told_in_time_and_nobody_else_waits() {
    let Some(database) = database() else { return };
    let mut cluster = Cluster::new(&database, 1, Way::Folder, clerk);
    cluster.serve();
    let ids = ids(48);
    let lock = cluster
        .peers
        .wait(postgres::lock(&database, "raw_mail"))
        .unwrap();
    std::thread::scope(|scope| {
        let cluster = &cluster;
        let post = |id: &str| {
            cluster
                .peers
                .ask(cluster.letter(0, id).timeout(IN_TIME))
                .status
        };
        let posts = ids.iter().map(|id| scope.spawn(move || post(id)));
        let posts: Vec<_> = posts.collect();
        for path in ["/", "/drafts", "/jobs"] {
            assert_eq!(cluster.look(0, path), 200, "{path}");
        }
        assert!(posts.iter().all(|post| !post.is_finished()));
        for post in posts {
            assert_eq!(post.join().unwrap(), 503);
        }
    });
    cluster.peers.wait(lock.let_go()).unwrap();
    for id in &ids[..4] {
        cluster.post(0, id);
    }
    cluster.until_answered(&ids[..4]);
    cluster.check(&ids[..4]);
}

#[test]
fn a_page_that_needs_what_somebody_locked_says_so_in_time() {
    let Some(database) = database() else { return };
    let mut cluster = Cluster::new(&database, 1, Way::Folder, clerk);
    cluster.serve();
    let lock = cluster
        .peers
        .wait(postgres::lock(&database, "job"))
        .unwrap();
    let page = client().get(cluster.nodes[0].address()).timeout(IN_TIME);
    assert_eq!(cluster.peers.ask(page).status, 503);
    cluster.peers.wait(lock.let_go()).unwrap();
    let ids = ids(1);
    cluster.post(0, &ids[0]);
    cluster.until_answered(&ids);
    cluster.check(&ids);
}

/// Each of these tables refuses its first row, as when two transactions want what the other has.
#[test]
fn a_transaction_that_the_server_takes_back_is_made_again() {
    let Some(database) = database() else { return };
    let mut cluster = Cluster::new(&database, 1, Way::Folder, clerk);
    cluster.serve();
    let quarrel = "create function quarrel() returns trigger language plpgsql as $$ begin
        if nextval(tg_table_name || '_quarrel') = 1 then
            raise exception 'a quarrel in %', tg_table_name using errcode = tg_argv[0];
        end if;
        return new;
    end $$";
    postgres::run(&database, quarrel.to_owned());
    let (serialisation, deadlock) = ("40001", "40P01");
    for (table, code) in [
        ("raw_mail", serialisation),
        ("mail", deadlock),
        ("turn", serialisation),
        ("step", deadlock),
        ("draft", serialisation),
        ("delivery", deadlock),
    ] {
        let refuse = format!(
            "create sequence {table}_quarrel;
             create trigger quarrel before insert on {table} for each row execute function quarrel('{code}')"
        );
        postgres::run(&database, refuse);
    }
    let ids = ids(2);
    assert_eq!(cluster.post_once(0, &ids[0]), 503, "nothing was kept");
    for id in &ids {
        cluster.post(0, id);
    }
    cluster.until_answered(&ids);
    for job in cluster.jobs() {
        assert_eq!(job.attempt, 1, "it did nothing wrong: {job:?}");
    }
    cluster.check(&ids);
}

/// The connection on which a node hears from the others is ended again and again, and another process puts
/// work there.
#[test]
fn a_node_that_hears_nothing_looks_by_itself_and_listens_again() {
    let Some(database) = database() else { return };
    let mut cluster = Cluster::new(&database, 1, Way::Folder, clerk);
    cluster.serve();
    let ids = ids(1);
    let letter = mail(&ids[0], "ada@a.example", "", "Please note this.");
    cluster.nodes[0].put("letter.eml", letter.as_bytes());
    let (cuts, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::SeqCst) {
                let cut = cluster.peers.wait(postgres::deafen(&database)).unwrap();
                cuts.fetch_add(cut, Ordering::SeqCst);
            }
        });
        until("nobody to listen", || {
            (cuts.load(Ordering::SeqCst) > 0).then_some(())
        });
        cluster.nodes[0].prints(&["ingest", "letter.eml"]);
        cluster.until_answered(&ids);
        stop.store(true, Ordering::SeqCst);
    });
    let jobs = cluster.jobs();
    let receive = jobs.iter().find(|job| job.kind == "receive").unwrap();
    let waited = receive.started_at.unwrap() - receive.created_at;
    assert!(waited < 2_500, "it looks once a second: {waited} ms");
    until("it to listen again", || {
        let listening = cluster.peers.wait(postgres::listeners(&database));
        (listening.unwrap() > 0).then_some(())
    });
    cluster.check(&ids);
}
