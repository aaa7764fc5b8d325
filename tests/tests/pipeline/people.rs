//! Signing in, as people do it and as attackers would.

use reqwest::{Method, RequestBuilder};
use serde_json::json;
use silex_runtime::dashboard;
use silex_runtime::people::Role;
use silex_tests::silexd::Silexd;
use silex_tests::wait::until;

use crate::browser::{self, Browser, PAGES, cookie, form, use_link};
use crate::desk::{Peers, SILEXD, clerk, client, desk};

const PASSWORD: &str = "vier blaue Pferde";

/// A `silexd` whose pages are for those who sign in.
fn guarded() -> (Peers, Silexd) {
    let (peers, mut silexd) = prepared();
    silexd.serve();
    (peers, silexd)
}

fn prepared() -> (Peers, Silexd) {
    let peers = Peers::new(clerk);
    let silexd = browser::guarded(&peers, &desk("otherwise hold"));
    (peers, silexd)
}

fn say_password(silexd: &Silexd, name: &str, password: &str, next: &str) -> RequestBuilder {
    let fields = [("name", name), ("password", password), ("next", next)];
    form(
        client().post(format!("{}/sign-in", silexd.address())),
        &fields,
    )
}

#[test]
fn every_route_is_for_its_role_and_nobody_below_it() {
    let (peers, silexd) = guarded();
    let browsers = [
        (Role::Viewer, "vera"),
        (Role::Reviewer, "rita"),
        (Role::Operator, "otto"),
    ];
    let browsers = browsers.map(|(role, name)| (role, name, Browser::of(&peers, &silexd, name)));
    let mut routes = dashboard::routes();
    // Whoever signs out everywhere is gone from all that comes after.
    routes.sort_by_key(|route| route.path.starts_with("/sign-out"));
    assert!(routes.len() > 40, "{}", routes.len());
    let stranger = client();
    for route in &routes {
        let path = route
            .path
            .replace("{id}", "999")
            .replace("{place}", "0")
            .replace(['{', '}'], "");
        let all = |method: &Method| {
            routes
                .iter()
                .find(|it| it.path == route.path && it.method == *method)
        };
        for method in [
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::DELETE,
            Method::PATCH,
        ] {
            let needed = all(&method).map(|route| route.role);
            let nobody = format!("{}{path}", silexd.address());
            let nobody = browsers[0]
                .2
                .status(stranger.request(method.clone(), nobody));
            let refused = if method == Method::GET { 303 } else { 401 };
            assert_eq!(nobody, refused, "{method} {path} by nobody");
            for (role, name, browser) in &browsers {
                // Whoever signs out is gone.
                let own = path
                    .starts_with("/sign-out")
                    .then(|| Browser::of(&peers, &silexd, name));
                let browser = own.as_ref().unwrap_or(browser);
                let request = browser.request(method.clone(), &path);
                let fields = [("csrf", browser.csrf.as_str())];
                let status = browser.status(form(request, &fields));
                let told = format!("{method} {path} by {name}: {status}");
                match needed {
                    None => assert_eq!(status, 405, "{told}"),
                    Some(needed) if *role < needed => assert_eq!(status, 403, "{told}"),
                    Some(_) => assert!(!matches!(status, 401 | 403 | 405 | 500..), "{told}"),
                }
            }
        }
    }
}

#[test]
fn a_link_works_once_and_for_a_while() {
    let (peers, silexd) = guarded();
    let link = silexd.prints(&["reviewers", "link", "rita"]);
    let link = link.trim();
    // Programs that look at mail follow its links.
    for _ in 0..3 {
        let path = link.strip_prefix(PAGES).unwrap();
        let page = peers.ask(client().get(format!("{}{path}", silexd.address())));
        assert_eq!(page.status, 200);
        assert!(page.body.contains("Sign in as rita"), "{}", page.body);
    }
    assert_eq!(peers.ask(use_link(&silexd, link)).status, 303);
    let again = peers.ask(use_link(&silexd, link));
    assert_eq!(again.status, 404);
    assert!(again.body.contains("used already"), "{}", again.body);

    let late = silexd.prints(&["reviewers", "link", "rita"]);
    peers.meddle(&silexd, "update sign_in_link set ends_at = 1");
    assert_eq!(peers.ask(use_link(&silexd, late.trim())).status, 404);
    let guessed = format!("{PAGES}/sign-in/{}", "0".repeat(64));
    assert_eq!(peers.ask(use_link(&silexd, &guessed)).status, 404);
    let output = silexd.run(&["reviewers", "link", "nobody"]);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_mailed_link_leads_where_the_settings_say_whatever_a_request_says_of_itself() {
    let (peers, silexd) = guarded();
    let ask = |name: &str| {
        let fields = [("name", name), ("next", "/drafts/7")];
        let request = client().post(format!("{}/sign-in/link", silexd.address()));
        let request = request
            .header("host", "evil.example")
            .header("x-forwarded-host", "evil.example");
        peers.ask(form(request, &fields))
    };
    let known = ask("rita");
    let unknown = ask("nobody@else.example");
    assert_eq!((known.status, unknown.status), (200, 200));
    assert_eq!(
        known.body.replace("rita", "NAME"),
        unknown.body.replace("nobody@else.example", "NAME"),
        "nobody can tell who is known"
    );
    let mail = until("the link", || silexd.outbox().into_iter().next());
    assert!(!mail.contains("evil.example"), "{mail}");
    assert!(mail.contains("rita@house.example"), "{mail}");
    let whole = mail.replace("=\r\n", "").replace("=3D", "=");
    let (_, rest) = whole.split_once(PAGES).unwrap();
    let path = rest.split_whitespace().next().unwrap();
    assert!(path.contains("?next=%2Fdrafts%2F7"), "{path}");
    let page = peers.ask(client().get(format!("{}{path}", silexd.address())));
    assert!(
        page.body.contains("value=\"&#x2f;drafts&#x2f;7\""),
        "{}",
        page.body
    );
    let link = format!("{PAGES}{}", path.split('?').next().unwrap());
    let entered = peers.ask(use_link(&silexd, &link));
    assert_eq!(entered.status, 303);
    peers.until_idle(&silexd);
    assert_eq!(silexd.outbox().len(), 1, "nobody else was mailed");
}

#[test]
fn a_session_ends_when_somebody_signs_out_and_when_its_time_is_over() {
    let (peers, silexd) = guarded();
    let rita = Browser::of(&peers, &silexd, "rita");
    // Somebody who copied the cookie.
    let thief = Browser::with(&peers, &silexd, rita.cookie.clone());
    let elsewhere = Browser::of(&peers, &silexd, "rita");
    let otto = Browser::of(&peers, &silexd, "otto");
    assert_eq!(rita.post("/sign-out", &[]).status, 303);
    for gone in [&rita, &thief] {
        assert_eq!(gone.get("/").status, 303);
        assert_eq!(gone.post("/threads/1/take", &[]).status, 401);
    }
    assert_eq!(elsewhere.get("/").status, 200);
    assert_eq!(elsewhere.post("/sign-out/everywhere", &[]).status, 303);
    assert_eq!(elsewhere.get("/").status, 303);
    assert_eq!(otto.get("/").status, 200, "others stay");

    peers.meddle(&silexd, "update session set seen_at = 1");
    assert_eq!(otto.get("/").status, 303, "idle for too long");
    let otto = Browser::of(&peers, &silexd, "otto");
    peers.meddle(&silexd, "update session set ends_at = 1");
    assert_eq!(otto.get("/").status, 303, "however much it is used");
}

#[test]
fn what_somebody_may_do_changes_at_once() {
    let (peers, silexd) = guarded();
    silexd.prints(&[
        "reviewers",
        "set",
        "cleo",
        "--address",
        "cleo@house.example",
        "--role",
        "operator",
    ]);
    let cleo = Browser::of(&peers, &silexd, "cleo");
    let pause = |browser: &Browser<'_>| browser.post("/jobs/pause", &[("kind", "deliver")]).status;
    assert_eq!(pause(&cleo), 303);
    silexd.prints(&[
        "reviewers",
        "set",
        "cleo",
        "--address",
        "cleo@house.example",
    ]);
    assert_eq!(pause(&cleo), 403);
    silexd.prints(&["reviewers", "remove", "cleo"]);
    assert_eq!(cleo.get("/").status, 303);
    // Whoever comes back under the name is somebody else.
    silexd.prints(&[
        "reviewers",
        "set",
        "cleo",
        "--address",
        "other@house.example",
    ]);
    assert_eq!(cleo.get("/").status, 303);
}

#[test]
fn a_form_needs_the_proof_of_its_own_session() {
    let (peers, silexd) = guarded();
    let otto = Browser::of(&peers, &silexd, "otto");
    let rita = Browser::of(&peers, &silexd, "rita");
    let pause = || otto.request(Method::POST, "/jobs/pause");
    let fields = |csrf: &'static str| [("kind", "deliver"), ("csrf", csrf)];
    let foreign = [("kind", "deliver"), ("csrf", rita.csrf.as_str())];
    let own = [("kind", "deliver"), ("csrf", otto.csrf.as_str())];
    let refused = [
        form(pause(), &[("kind", "deliver")]),
        form(pause(), &fields("")),
        form(
            pause(),
            &fields("0000000000000000000000000000000000000000000000000000000000000000"),
        ),
        form(pause(), &foreign),
        // What a form of another site can send without being asked for leave.
        pause()
            .header("content-type", "text/plain")
            .body(format!("kind=deliver&csrf={}", otto.csrf)),
        form(pause(), &own).header("origin", "https://evil.example"),
        form(pause(), &own).header("origin", "null"),
        form(pause(), &own).header("sec-fetch-site", "cross-site"),
        form(pause(), &own).header("sec-fetch-site", "same-site"),
        otto.request(
            Method::POST,
            &format!("/jobs/pause?kind=deliver&csrf={}", otto.csrf),
        ),
    ];
    for request in refused {
        let answer = peers.ask(request);
        assert_eq!(answer.status, 403, "{}", answer.body);
    }
    assert!(
        !otto
            .get("/jobs")
            .body
            .contains("let jobs of the kind deliver rest")
    );
    let by_script = form(pause(), &[("kind", "deliver")]).header("x-csrf", &otto.csrf);
    for allowed in [
        form(pause(), &own),
        by_script,
        form(pause(), &own).header("origin", &otto.address),
        // The proxy asks under its own name for what the browser has as this.
        form(pause(), &own).header("origin", PAGES),
    ] {
        assert_eq!(peers.ask(allowed).status, 303);
    }
    assert!(
        otto.get("/jobs")
            .body
            .contains("let jobs of the kind deliver rest")
    );
    // Nobody is signed in, or mailed a link, by a form of another site.
    let login =
        say_password(&silexd, "rita", PASSWORD, "").header("origin", "https://evil.example");
    assert_eq!(peers.ask(login).status, 403);
}

#[test]
fn a_password_signs_in_and_leads_to_no_other_site() {
    let (peers, silexd) = guarded();
    let rita = Browser::of(&peers, &silexd, "rita");
    let elsewhere = Browser::of(&peers, &silexd, "rita");
    let short = rita.post("/you/password", &[("new", "short")]);
    assert_eq!(short.status, 422, "{}", short.body);
    let set = rita.post("/you/password", &[("new", PASSWORD)]);
    assert_eq!(set.status, 200, "{}", set.body);
    assert_eq!(elsewhere.get("/").status, 303, "other sessions end");
    assert_eq!(rita.get("/").status, 200);
    let without_old = rita.post("/you/password", &[("new", "fünf rote Pferde")]);
    assert_eq!(without_old.status, 401, "{}", without_old.body);

    for (next, leads) in [
        ("/drafts/7", "/drafts/7"),
        ("", "/"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\r\nx-evil: 1", "/"),
    ] {
        let entered = peers.ask(say_password(&silexd, "rita@house.example", PASSWORD, next));
        assert_eq!(entered.status, 303);
        let location = format!("\"location\": \"{leads}\"");
        assert!(
            entered.headers.contains(&location),
            "{next}: {}",
            entered.headers
        );
        assert!(!entered.headers.contains("evil"), "{}", entered.headers);
    }
    let wanted = peers.ask(client().get(format!("{}/audit?kind=a&thread=3", silexd.address())));
    assert!(
        wanted
            .headers
            .contains("\"location\": \"/sign-in?next=%2Faudit%3Fkind%3Da%26thread%3D3\""),
        "{}",
        wanted.headers
    );
}

#[test]
fn nobody_can_tell_who_is_known_and_nobody_guesses_for_long() {
    let (peers, silexd) = guarded();
    let rita = Browser::of(&peers, &silexd, "rita");
    assert_eq!(rita.post("/you/password", &[("new", PASSWORD)]).status, 200);
    let guess = |name: &str| peers.ask(say_password(&silexd, name, "wrong wrong wrong", ""));
    let (known, unknown) = (guess("rita"), guess("nobody"));
    assert_eq!((known.status, unknown.status), (401, 401));
    assert_eq!(
        known.body.replace("rita", "NAME"),
        unknown.body.replace("nobody", "NAME")
    );
    // Whoever has no password has none that could be guessed.
    assert_eq!(guess("otto").status, 401);
    let too_many = until("an end of the guesses", || {
        let answer = guess("rita");
        (answer.status == 429).then_some(answer)
    });
    assert!(too_many.body.contains("Too many"), "{}", too_many.body);
    // The right one is not let through either: it might be the last guess.
    assert_eq!(
        peers
            .ask(say_password(&silexd, "rita", PASSWORD, ""))
            .status,
        429
    );
    assert_eq!(guess("Rita").status, 429, "another case is no other name");
    assert_eq!(guess("vera").status, 401, "others may try");
    assert_eq!(rita.get("/").status, 200, "who is signed in is not touched");
    until("an end of the links", || {
        let request = client().post(format!("{}/sign-in/link", silexd.address()));
        let answer = peers.ask(form(request, &[("name", "vera")]));
        (answer.status == 429).then_some(())
    });
}

#[test]
fn the_first_operator_is_whoever_started_it() {
    let peers = Peers::new(clerk);
    let mut settings = peers.settings();
    settings["public_url"] = json!(PAGES);
    let mut silexd = Silexd::new(SILEXD, &desk("otherwise hold"), &settings);
    silexd.serve();
    let link = |silexd: &Silexd| {
        let said = silexd.said();
        let (_, link) = said.split_once("once, within an hour: ")?;
        Some(link.lines().next().unwrap().to_owned())
    };
    let first = until("the link", || link(&silexd));
    let enlist = |name: &str, address: &str| {
        let path = first.strip_prefix(PAGES).unwrap();
        let request = client().post(format!("{}{path}", silexd.address()));
        peers.ask(form(request, &[("name", name), ("address", address)]))
    };
    for (name, address) in [
        ("", ""),
        ("two words", "ada@house.example"),
        ("ada", "nowhere"),
        ("policy", "a@b.example"),
    ] {
        let refused = enlist(name, address);
        assert_eq!(refused.status, 422, "{name} {address}: {}", refused.body);
    }
    let entered = enlist("ada", "Ada@house.example");
    assert_eq!(entered.status, 303, "{}", entered.body);
    let ada = Browser::with(&peers, &silexd, cookie(&entered));
    assert!(ada.get("/you").body.contains("Operator"), "an operator");
    assert_eq!(enlist("eve", "eve@house.example").status, 404);
    assert!(silexd.terminate().success());
    silexd.serve();
    assert_eq!(link(&silexd), None, "there is one now");
}

#[test]
fn no_token_and_no_password_is_in_the_log_or_in_the_database() {
    let (peers, mut silexd) = prepared();
    silexd.set("SILEX_LOG", "debug");
    silexd.serve();
    let link = silexd.prints(&["reviewers", "link", "rita"]);
    let entered = peers.ask(use_link(&silexd, link.trim()));
    let cookie = cookie(&entered);
    let rita = Browser::with(&peers, &silexd, cookie.clone());
    assert_eq!(rita.post("/you/password", &[("new", PASSWORD)]).status, 200);
    assert_eq!(
        peers
            .ask(say_password(&silexd, "rita", PASSWORD, ""))
            .status,
        303
    );
    assert_eq!(
        peers
            .ask(say_password(&silexd, "rita", "wrong wrong", ""))
            .status,
        401
    );
    let secrets = [
        link.trim().rsplit('/').next().unwrap(),
        cookie.split_once('=').unwrap().1,
        rita.csrf.as_str(),
        PASSWORD,
        "wrong wrong",
    ];
    assert!(silexd.terminate().success());
    let (log, database) = (
        silexd.said(),
        std::fs::read(silexd.database()).unwrap_or_default(),
    );
    for secret in secrets {
        // The printed link of the first operator is on the output, which is no log.
        assert!(!log.contains(secret), "{secret} is in the log");
        let found = database
            .windows(secret.len())
            .any(|bytes| bytes == secret.as_bytes());
        assert!(!found, "{secret} is in the database");
    }
}
