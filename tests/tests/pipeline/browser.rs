//! People at their browsers: who is signed in, and what they ask for.

use reqwest::{Client, Method, RequestBuilder};
use serde_json::json;
use silex_bundle::Bundle;
use silex_tests::silexd::Silexd;

use crate::desk::{Answer, Peers, SILEXD, client};

/// Where the settings say that the pages are.
pub(crate) const PAGES: &str = "http://pages.example";

/// A `silexd` whose pages are for those who sign in: vera looks, rita decides, otto operates.
pub(crate) fn guarded(peers: &Peers, bundle: &Bundle) -> Silexd {
    let mut settings = peers.settings();
    settings["public_url"] = json!(PAGES);
    settings["reviewers"] = json!([
        { "name": "vera", "address": "vera@house.example", "role": "viewer" },
        { "name": "rita", "address": "rita@house.example" },
        { "name": "otto", "address": "otto@house.example", "role": "operator" },
    ]);
    Silexd::new(SILEXD, bundle, &settings)
}

/// A browser in which somebody is signed in.
pub(crate) struct Browser<'a> {
    peers: &'a Peers,
    client: Client,
    pub(crate) address: String,
    pub(crate) cookie: String,
    pub(crate) csrf: String,
}

impl<'a> Browser<'a> {
    /// Signs somebody in by a link.
    pub(crate) fn of(peers: &'a Peers, silexd: &Silexd, name: &str) -> Self {
        let link = silexd.prints(&["reviewers", "link", name]);
        let entered = peers.ask(use_link(silexd, link.trim()));
        assert_eq!(entered.status, 303, "{}", entered.body);
        Self::with(peers, silexd, cookie(&entered))
    }

    pub(crate) fn with(peers: &'a Peers, silexd: &Silexd, cookie: String) -> Self {
        let mut browser = Self {
            peers,
            client: client(),
            address: silexd.address(),
            cookie,
            csrf: String::new(),
        };
        let you = browser.get("/you");
        assert_eq!(you.status, 200, "{}", you.body);
        let (_, rest) = you.body.split_once("name=\"csrf\" value=\"").unwrap();
        browser.csrf = rest.split('"').next().unwrap().to_owned();
        assert_eq!(browser.csrf.len(), 64);
        browser
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self
            .client
            .request(method, format!("{}{path}", self.address));
        request.header("cookie", &self.cookie)
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.peers.ask(self.request(Method::GET, path))
    }

    /// Sends a form, with the proof that it is of this session.
    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut fields = fields.to_vec();
        fields.push(("csrf", &self.csrf));
        self.peers
            .ask(form(self.request(Method::POST, path), &fields))
    }

    pub(crate) fn status(&self, request: RequestBuilder) -> u16 {
        self.peers
            .wait(async { request.send().await.unwrap().status().as_u16() })
    }
}

pub(crate) fn form(request: RequestBuilder, fields: &[(&str, &str)]) -> RequestBuilder {
    let encoded = |text: &str| {
        text.bytes()
            .map(|byte| format!("%{byte:02x}"))
            .collect::<String>()
    };
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    request
        .header("content-type", "application/x-www-form-urlencoded")
        .body(fields.join("&"))
}

/// Presses the button of the page that a link leads to.
pub(crate) fn use_link(silexd: &Silexd, link: &str) -> RequestBuilder {
    let path = link.strip_prefix(PAGES).unwrap();
    form(client().post(format!("{}{path}", silexd.address())), &[])
}

pub(crate) fn cookie(answer: &Answer) -> String {
    let (_, rest) = answer.headers.split_once("\"set-cookie\": \"").unwrap();
    let whole = rest.split('"').next().unwrap();
    assert!(
        whole.contains("; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax"),
        "{whole}"
    );
    whole.split(';').next().unwrap().to_owned()
}
