//! A club that writes to its members every day, and how they end that with one click.

use std::collections::BTreeMap;

use serde_json::json;
use silex_bundle::Bundle;
use silex_runtime::store::entities::{self, Evidence, NewEntity};
use silex_runtime::store::events::{self, Event};
use silex_runtime::store::{Access, Connection, Store, campaigns};
use silex_tests::package::{compiled, of_text};
use silex_tests::silexd::Silexd;
use silex_tests::wait::until;

use crate::desk::{Answer, Peers, SILEXD, clerk, client};

/// Writes tips to members every day, and has its answers read by a person.
const CLUB: &str = r#"//! A club that writes to its members.

model clerk { provider anthropic name "claude-haiku-4-5" timeout 20s }

/// A member.
entity Member key address { address: email, name: text 0..80 = "" }

/// Answers a mail.
behaviour answer(member: Member, mail: Mail) -> Reply {
  model clerk
  role "You are the desk."
}

/// Writes to a member.
behaviour tip(member: Member) -> Reply {
  model clerk
  role "You write tips."
}

agent club {
  inbox "desk@desk.example"
  contact member: Member by address
  route answer(member, mail)
  review { hold when mail is some otherwise pass due 1h then reassign }
  deliver { from "The club <desk@desk.example>" }
  campaign tips {
    to member: Member
    every day at 00:00 in "UTC"
    send tip(member)
  }
}
"#;

const AGENT: &str = "club.club";
const DAY_MS: i64 = 86_400_000;

/// The club.
pub(crate) fn club() -> Bundle {
    compiled(&of_text("club", CLUB))
}

/// The address of a member.
pub(crate) fn member(number: usize) -> String {
    format!("member-{number}@a.example")
}

/// Makes members, and a campaign that was last looked at three days ago: the newest day is to be made
/// up for, the two before it are not.
pub(crate) async fn prepare(database: &str, members: usize, now: i64) {
    let database = database.parse().unwrap();
    let store = Store::open(&database, Access::Own, now).await.unwrap();
    let prepared = store.write("", move |tx| {
        Box::pin(async move {
            for number in 0..members {
                let address = member(number);
                let member = NewEntity {
                    kind: "club.Member".to_owned(),
                    key: address.clone(),
                    owner: None,
                    value: json!({ "address": address, "name": "" }),
                };
                entities::save(tx, &member, None, &Evidence::of("test"), now).await?;
            }
            campaigns::keep_round(tx, AGENT, "tips", now - 3 * DAY_MS, now).await
        })
    });
    assert!(prepared.await.unwrap());
    store.close().await;
}

/// How often each kind of event happened.
pub(crate) async fn counted(db: &mut Connection) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    for Event { kind, .. } in events::after(db, 0, 10_000).await.unwrap() {
        *counted.entry(kind).or_default() += 1;
    }
    counted
}

/// The value of a field of a mail, its lines put together.
pub(crate) fn field(mail: &str, name: &str) -> String {
    let start = format!("{name}:");
    let mut lines = mail.lines().skip_while(|line| !line.starts_with(&start));
    let first = lines.next().unwrap().trim_start_matches(&start);
    let more = lines.take_while(|line| line.starts_with([' ', '\t']));
    [first].into_iter().chain(more).map(str::trim).collect()
}

/// How often somebody has unsubscribed.
fn unsubscribed(peers: &Peers, silexd: &Silexd) -> usize {
    let counted = peers.read(silexd, counted);
    counted.get("contact.unsubscribed").copied().unwrap_or(0)
}

#[test]
fn one_click_ends_the_campaigns_of_a_contact_and_a_look_does_not() {
    let peers = Peers::new(clerk);
    let now = silex_runtime::clock::Clock::system().now_ms();
    let mut settings = peers.settings();
    settings["public_url"] = json!("https://club.example/");
    settings["outbound"] = json!({ "late_hours": 48 });
    let mut silexd = Silexd::new(SILEXD, &club(), &settings);
    peers.wait(prepare(silexd.database(), 1, now));
    silexd.serve();
    let sent = until("the tip", || silexd.outbox().pop());
    assert_eq!(
        field(&sent, "List-Unsubscribe-Post"),
        "List-Unsubscribe=One-Click"
    );
    let link = field(&sent, "List-Unsubscribe");
    let token = link
        .strip_prefix("<https://club.example/unsubscribe/")
        .and_then(|rest| rest.strip_suffix('>'))
        .unwrap();
    let at = |token: &str| format!("{}/unsubscribe/{token}", silexd.address());
    let look = |token: &str| peers.ask(client().get(at(token)));
    let click = |token: &str| -> Answer {
        let click = client().post(at(token));
        let click = click.header("content-type", "application/x-www-form-urlencoded");
        peers.ask(click.body("List-Unsubscribe=One-Click"))
    };
    let shown = look(token);
    assert_eq!(shown.status, 200);
    assert!(
        shown.body.contains("<form method=\"post\">"),
        "{}",
        shown.body
    );
    let (number, signature) = token.split_once('-').unwrap();
    let turned: String = signature.chars().rev().collect();
    let wrong = [
        format!("{number}-{turned}"),
        format!("2-{signature}"),
        number.to_owned(),
        format!("{token}0"),
    ];
    for wrong in &wrong {
        assert_eq!(
            (look(wrong).status, click(wrong).status),
            (404, 404),
            "{wrong}"
        );
    }
    assert_eq!(unsubscribed(&peers, &silexd), 0, "nobody has clicked");
    for _ in 0..2 {
        let done = click(token);
        assert_eq!(done.status, 200, "{done:?}");
        assert!(done.body.contains("You are unsubscribed."), "{}", done.body);
        assert_eq!(unsubscribed(&peers, &silexd), 1);
    }
}
