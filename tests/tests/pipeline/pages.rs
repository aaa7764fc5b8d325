//! The pages, as a browser and as an attacker would ask for them.

use reqwest::RequestBuilder;
use silex_tests::silexd::Silexd;
use silex_tests::wait::until;

use crate::desk::{Answer, Peers, clerk, client, desk, mail};

const HOSTILE: &str = "</pre></textarea><script>alert(1)</script><img src=x onerror=alert(2)>";

/// Every page, of what [`holding`] has.
const PAGES: [&str; 24] = [
    "/",
    "/threads/1",
    "/drafts",
    "/drafts/1",
    "/drafts/1/why",
    "/rules/desk.answer.open_first",
    "/drafts?whose=all",
    "/drafts?whose=decided",
    "/?state=held&q=script",
    "/aside",
    "/jobs",
    "/jobs/1",
    "/mails/1",
    "/contacts",
    "/contacts/ada@a.example",
    "/suppressed",
    "/campaigns",
    "/reviewers",
    "/numbers",
    "/audit",
    "/questions",
    "/behaviours/",
    "/behaviours/changes",
    "/you",
];

/// A desk that holds the draft of one mail, which is as hostile as mail can be.
fn holding() -> (Peers, Silexd) {
    let peers = Peers::new(clerk);
    let mut silexd = peers.silexd(&desk("otherwise hold"));
    let letter = mail("evil@a.example", "ada@a.example", "", HOSTILE)
        .replace(
            "From: ada@a.example",
            "From: \"<script>alert(3)</script>\" <ada@a.example>",
        )
        .replace(
            "Subject: About evil@a.example",
            "Subject: <script>alert(4)</script>",
        );
    silexd.drop_mail("evil", &letter);
    let stray = letter
        .replace("desk@desk.example", "nobody@else.example")
        .replace("evil@a", "stray@a");
    silexd.drop_mail("stray", &stray);
    silexd.serve();
    until("the mails to be read", || {
        silexd.path("in/taken/stray.eml").exists().then_some(())
    });
    until("the draft", || {
        silexd
            .prints(&["drafts", "list"])
            .contains("held")
            .then_some(())
    });
    peers.until_idle(&silexd);
    (peers, silexd)
}

fn get(peers: &Peers, silexd: &Silexd, path: &str) -> Answer {
    peers.ask(client().get(format!("{}{path}", silexd.address())))
}

/// The form of the draft, filled in.
fn form(silexd: &Silexd, revision: i64, act: &str, body: &str) -> RequestBuilder {
    let encoded: String = body.bytes().map(|byte| format!("%{byte:02x}")).collect();
    client()
        .post(format!("{}/drafts/1/decide", silexd.address()))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!(
            "act={act}&revision={revision}&subject=Re%3A+it&body={encoded}&note="
        ))
}

#[test]
fn every_page_answers_with_a_policy_and_shows_a_strangers_words_as_text() {
    let (peers, silexd) = holding();
    let assets = ["/assets/style.css", "/assets/live.js"];
    for path in PAGES.into_iter().chain(assets) {
        let page = get(&peers, &silexd, path);
        assert_eq!(page.status, 200, "{path}: {}", page.body);
        for guard in [
            "content-security-policy",
            "default-src 'none'",
            "frame-ancestors 'none'",
            "nosniff",
            "no-referrer",
        ] {
            assert!(
                page.headers.contains(guard),
                "{path} lacks {guard}: {}",
                page.headers
            );
        }
        for forged in ["<script>alert", "<img", "</textarea><", "<script>\n"] {
            assert!(
                !page.body.contains(forged),
                "{path} holds {forged}: {}",
                page.body
            );
        }
    }
    for path in ["/drafts/1", "/threads/1", "/aside"] {
        assert!(
            get(&peers, &silexd, path)
                .body
                .contains("&lt;script&gt;alert"),
            "{path} shows the mail"
        );
    }
    assert_eq!(get(&peers, &silexd, "/drafts/99").status, 404);
    assert_eq!(get(&peers, &silexd, "/threads/99").status, 404);
    assert_eq!(get(&peers, &silexd, "/healthz").body, "ok\n");
}

#[test]
fn no_page_takes_a_second_connection_while_it_has_one() {
    let (peers, mut silexd) = holding();
    assert!(silexd.terminate().success());
    // The bundle of the draft is not in memory then, and has to be read.
    silexd.put("bundle.json", &desk("otherwise pass").to_bytes());
    silexd.set("SILEXD_READERS", "1");
    silexd.serve();
    for path in ["/behaviours/changes", "/drafts/1/why"]
        .into_iter()
        .chain(PAGES)
    {
        let page = get(&peers, &silexd, path);
        assert_eq!(page.status, 200, "{path}: {}", page.body);
    }
    let changed = get(&peers, &silexd, "/behaviours/changes").body;
    assert!(
        changed.contains("otherwise") || changed.contains("review"),
        "{changed}"
    );
    for (revision, status) in [(9, 409), (1, 303)] {
        let saved = peers.ask(form(
            &silexd,
            revision,
            "save",
            "Dear Ada, a person wrote this.",
        ));
        assert_eq!(saved.status, status, "{}", saved.body);
    }
    let own = silexd.address();
    for path in [
        "/jobs/pause",
        "/aside/redrive",
        "/audit/verify",
        "/contacts/ada@a.example/revert",
    ] {
        let request = client()
            .post(format!("{own}{path}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body("kind=deliver&cause=none&version=1");
        let status = peers.ask(request).status;
        assert!(matches!(status, 200 | 303 | 404 | 409), "{path}: {status}");
    }
}

#[test]
fn a_thread_is_found_by_what_its_mails_say() {
    let (peers, silexd) = holding();
    let found = get(&peers, &silexd, "/?q=ALERT(2)");
    assert!(
        found.body.contains("<mark>alert(2)</mark>"),
        "{}",
        found.body
    );
    let none = get(&peers, &silexd, "/?q=nobody%20says%20this");
    assert!(none.body.contains("No mail says so."), "{}", none.body);
    let all = get(&peers, &silexd, "/?q=%25");
    assert!(
        all.body.contains("No mail says so."),
        "a sign of patterns is a letter: {}",
        all.body
    );
}

#[test]
fn a_form_counts_only_from_these_pages_themselves() {
    let (peers, silexd) = holding();
    let own = silexd.address();
    let refused = [
        form(&silexd, 1, "approve", "x").header("origin", "https://evil.example"),
        form(&silexd, 1, "approve", "x").header("origin", "null"),
        form(&silexd, 1, "approve", "x")
            .header("sec-fetch-site", "cross-site")
            .header("origin", &own),
        form(&silexd, 1, "approve", "x").header("sec-fetch-site", "same-site"),
        // A name that was pointed at this machine.
        form(&silexd, 1, "approve", "x").header("host", "evil.example"),
        client().get(&own).header("host", "evil.example"),
    ];
    for request in refused {
        let answer = peers.ask(request);
        assert_eq!(answer.status, 403, "{}", answer.body);
    }
    assert_eq!(silexd.outbox(), Vec::<String>::new());
    assert!(silexd.prints(&["drafts", "list"]).contains("held"));
}

#[test]
fn a_draft_is_edited_and_sent_by_its_form_and_decided_once() {
    let (peers, silexd) = holding();
    let own = silexd.address();
    let saved = peers
        .ask(form(&silexd, 1, "save", "Dear Ada, a person wrote this.").header("origin", &own));
    assert_eq!(saved.status, 303, "{}", saved.body);
    // Who still looks at the first revision does not approve the second.
    let late = peers.ask(form(&silexd, 1, "approve", "Dear Ada, too late.").header("origin", &own));
    assert_eq!(late.status, 409);
    assert!(late.body.contains("role=\"alert\""), "{}", late.body);
    // What they typed is before them again.
    assert!(late.body.contains("Dear Ada, too late."), "{}", late.body);
    assert_eq!(silexd.outbox(), Vec::<String>::new());

    let sent = peers
        .ask(form(&silexd, 2, "approve", "Dear Ada, a person wrote this.").header("origin", &own));
    assert_eq!(sent.status, 303, "{}", sent.body);
    until("the mail to leave", || {
        (silexd.outbox().len() == 1).then_some(())
    });
    assert!(silexd.outbox()[0].contains("a person wrote this"));
    let again = peers.ask(form(&silexd, 2, "reject", "").header("origin", &own));
    assert_eq!(again.status, 409);
    assert!(again.body.contains("role=\"alert\""), "{}", again.body);
    // That it left is noted once it has left.
    until("that to be told", || {
        let page = get(&peers, &silexd, "/drafts/1");
        page.body.contains("delivered").then_some(())
    });
}

/// A mail with everything in it that could act, and two things that hang on it.
const FORMATTED: &str = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n";
const PARTS: &str = "--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
    <p>Hello <b>there</b></p><script>alert(1)</script><img src=\"http://evil.example/a\" alt=\"a cat\">\
    <a href=\"https://evil.example/pay\">bank.example</a><a href=\"javascript:alert(2)\">no</a>\r\n\
    --b\r\nContent-Type: text/html; name=\"../evil.html\"\r\n\
    Content-Disposition: attachment; filename=\"../evil.html\"\r\n\r\n<script>alert(3)</script>\r\n\
    --b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Disposition: attachment\r\n\
    Content-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n--b--\r\n";

#[test]
fn a_mail_is_shown_as_it_looks_and_what_hangs_on_it_is_only_saved() {
    let peers = Peers::new(clerk);
    let mut silexd = peers.silexd(&desk("otherwise hold"));
    silexd.drop_mail(
        "html",
        &mail("html@a.example", "ada@a.example", FORMATTED, PARTS),
    );
    silexd.serve();
    until("the draft", || {
        let listed = silexd.prints(&["drafts", "list"]);
        listed.contains("held").then_some(())
    });
    let page = get(&peers, &silexd, "/mails/1?view=formatted");
    assert!(page.body.contains("sandbox title="), "{}", page.body);
    assert!(
        page.body.contains("<strong>evil.example</strong>"),
        "{}",
        page.body
    );
    let frame = get(&peers, &silexd, "/mails/1/frame");
    assert_eq!(frame.status, 200, "{}", frame.body);
    for shown in [
        "<b>there</b>",
        "alt=\"a cat\"",
        "<a href=\"#1\">bank.example</a>",
    ] {
        assert!(frame.body.contains(shown), "{shown}: {}", frame.body);
    }
    for acts in ["script", "evil.example", "src="] {
        assert!(!frame.body.contains(acts), "{acts}: {}", frame.body);
    }
    for guard in [
        "default-src 'none'; style-src 'unsafe-inline'; sandbox;",
        "SAMEORIGIN",
        "no-store",
    ] {
        assert!(frame.headers.contains(guard), "{guard}: {}", frame.headers);
    }
    assert!(!frame.headers.contains("DENY"), "{}", frame.headers);

    let html = get(&peers, &silexd, "/mails/1/attachments/0");
    assert_eq!(
        (html.status, html.body.as_str()),
        (200, "<script>alert(3)</script>")
    );
    for guard in [
        "\"content-type\": \"application/octet-stream\"",
        "attachment; filename=\\\"_evil.html\\\"",
        "nosniff",
        "sandbox",
    ] {
        assert!(html.headers.contains(guard), "{guard}: {}", html.headers);
    }
    assert_eq!(get(&peers, &silexd, "/mails/1/attachments/1").body, "%PDF");
    assert_eq!(get(&peers, &silexd, "/mails/1/attachments/2").status, 404);
    assert_eq!(get(&peers, &silexd, "/mails/9/frame").status, 404);
}
