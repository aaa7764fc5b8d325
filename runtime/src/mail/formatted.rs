//! The HTML of a mail as people may see it: how it looks, and nothing that acts.
//!
//! What is left has no scripts, no style sheets, no forms, no drawings, no images and no addresses of
//! any kind: nothing in it is ever fetched. A link keeps its words and gets a number; where it leads
//! stands beside the mail, where the mail cannot change it. Whoever shows it still puts it into a
//! sandbox: this is the second lock of the two.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use ammonia::{Builder, UrlRelative};
use serde::Serialize;

use super::clean;
use super::html_cost::costly;

/// Links that are numbered; what is beyond has no number.
const LINKS: usize = 200;
/// Characters of an address that are shown.
const LONGEST: usize = 2_000;

/// What of an inline style is kept: how a text looks, not where it is.
const STYLES: [&str; 33] = [
    "background-color",
    "border",
    "border-bottom",
    "border-collapse",
    "border-color",
    "border-left",
    "border-radius",
    "border-right",
    "border-spacing",
    "border-style",
    "border-top",
    "border-width",
    "color",
    "font-family",
    "font-size",
    "font-style",
    "font-weight",
    "letter-spacing",
    "line-height",
    "margin",
    "margin-bottom",
    "margin-left",
    "margin-right",
    "margin-top",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-right",
    "padding-top",
    "text-align",
    "text-decoration",
    "vertical-align",
    "white-space",
];

/// A mail's HTML that may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formatted {
    /// The content of a page's body.
    pub html: String,
    /// Its links, by their numbers from 1.
    pub links: Vec<Link>,
}

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// The whole address, `http`, `https` or `mailto`.
    pub url: String,
    /// The host that it leads to, or the address that it would write to.
    pub to: String,
}

/// What may be shown of a mail's HTML; nothing when it would cost too much to take it apart.
#[must_use]
pub fn formatted(html: &str) -> Option<Formatted> {
    if costly(html) {
        return None;
    }
    let found: Arc<Mutex<Vec<Link>>> = Arc::default();
    let links = Arc::clone(&found);
    let html = builder()
        .attribute_filter(move |element, name, value| match (element, name) {
            ("a", "href") => {
                let mut links = links.lock().unwrap_or_else(PoisonError::into_inner);
                number(&mut links, value).map(|number| Cow::Owned(format!("#{number}")))
            }
            (_, "style") if fetches(value) => None,
            _ => Some(Cow::Borrowed(value)),
        })
        .clean(html)
        .to_string();
    let links = std::mem::take(&mut *found.lock().unwrap_or_else(PoisonError::into_inner));
    Some(Formatted { html, links })
}

/// Whether a style may name something from elsewhere, in whatever spelling.
fn fetches(style: &str) -> bool {
    let style = style.to_ascii_lowercase();
    ["url", "image", "src", "\\"]
        .iter()
        .any(|sign| style.contains(sign))
}

fn builder() -> Builder<'static> {
    let mut builder = Builder::default();
    // The words of an image are read, and without an address it has nothing else.
    let mut attributes: HashMap<&str, HashSet<&str>> = HashMap::new();
    attributes.insert("a", HashSet::from(["href"]));
    attributes.insert("img", HashSet::from(["alt"]));
    attributes.insert("font", HashSet::from(["color", "size"]));
    for table in ["table", "tr", "td", "th"] {
        let looks = [
            "align",
            "bgcolor",
            "border",
            "cellpadding",
            "cellspacing",
            "colspan",
            "rowspan",
            "valign",
            "width",
        ];
        attributes.insert(table, HashSet::from(looks));
    }
    builder
        .add_tags(["font"])
        .rm_tags(["map", "area"])
        .tag_attributes(attributes)
        .generic_attributes(HashSet::from(["style", "dir", "lang"]))
        .filter_style_properties(HashSet::from(STYLES))
        .clean_content_tags(HashSet::from([
            "script", "style", "title", "template", "noscript", "svg", "math", "object", "iframe",
            "textarea", "select",
        ]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        // Only the numbers that links are given are relative: see `number`.
        .url_relative(UrlRelative::PassThrough)
        .link_rel(None);
    builder
}

/// The number of a link, which it is given if it has none.
fn number(links: &mut Vec<Link>, url: &str) -> Option<usize> {
    let url: String = clean::line(url, LONGEST);
    if let Some(known) = links.iter().position(|link| link.url == url) {
        return Some(known + 1);
    }
    if links.len() == LINKS {
        return None;
    }
    let read = reqwest::Url::parse(&url).ok()?;
    let to = match read.scheme() {
        "mailto" => read.path().to_owned(),
        // A host in another alphabet is told as it is asked for: `xn--…`.
        "http" | "https" => read.host_str()?.to_owned(),
        _ => return None,
    };
    links.push(Link {
        url: read.to_string(),
        to,
    });
    Some(links.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(html: &str, expected: &str) {
        assert_eq!(formatted(html).unwrap().html.trim(), expected);
    }

    #[test]
    fn what_a_mail_looks_like_stays() {
        check(
            "<table bgcolor=red><tr><td style='color: red; position: fixed'><b>Hello</b></table>",
            "<table bgcolor=\"red\"><tbody><tr><td style=\"color:red\"><b>Hello</b></td></tr></tbody></table>",
        );
    }

    #[test]
    fn nothing_that_acts_stays() {
        for hostile in [
            "<script>alert(1)</script>",
            "<style>@import url(http://evil.example/a.css); p { background: url(http://evil.example/b) }</style>",
            "<svg><script>alert(1)</script><image href='http://evil.example/c'/></svg>",
            "<svg onload=alert(1)>",
            "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
            "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
            "<meta http-equiv=refresh content='0;url=http://evil.example/d'>",
            "<base href='http://evil.example/'>",
            "<link rel=stylesheet href=http://evil.example/e.css>",
            "<form action=http://evil.example/f><input name=a autofocus onfocus=alert(1)><button>Pay</button></form>",
            "<iframe src=http://evil.example/g></iframe><object data=http://evil.example/h></object><embed src=http://evil.example/i>",
            "<video src=http://evil.example/j poster=http://evil.example/k></video><audio src=http://evil.example/l></audio>",
            "<p style='background:url(http://evil.example/m)' onclick=alert(1)></p>",
            "<p style='background-color: url(http://evil.example/n)'></p>",
            "<p style='color: red; border: u\\72l(http://evil.example/n)'></p>",
            "<p style='border-color: image-set(\"http://evil.example/n\" 1x)'></p>",
            "<img src=http://evil.example/o srcset=http://evil.example/p onerror=alert(1)>",
            "<img src='data:image/svg+xml,<svg onload=alert(1)>'>",
            "<table background=http://evil.example/q><td background=http://evil.example/r></table>",
            "<a href='javascript:alert(1)'>a</a><a href='JaVaScRiPt:alert(1)'>b</a><a href='data:text/html,<script>alert(1)</script>'>c</a>",
            "<a href='vbscript:x'>d</a><a href='//evil.example/s'>e</a><a href='/you/password'>f</a>",
            "<body background=http://evil.example/t onload=alert(1)>",
            "<div id=main class=notice name=csrf></div>",
        ] {
            let shown = formatted(hostile).unwrap();
            assert_eq!(shown.links, [], "{hostile}");
            let acts = [
                "evil.example",
                "alert(1)",
                "script",
                "<form",
                "<input",
                "<svg",
                "<meta",
                "<base",
                "url(",
                "href",
                "src",
                "onerror",
                "<iframe",
                "class",
                "id=",
            ];
            for acts in acts {
                assert!(
                    !shown.html.contains(acts),
                    "{acts} of {hostile}\n{}",
                    shown.html
                );
            }
        }
    }

    #[test]
    fn a_link_is_a_number_and_tells_beside_the_mail_where_it_leads() {
        let shown = formatted(
            "<a href='https://bank.example@evil.example/pay?a=1'>bank.example</a> \
             <a href='https://bänk.example/'>bank</a> <a href=mailto:ada@a.example>write</a> \
             <a href='https://bank.example@evil.example/pay?a=1'>again</a>",
        )
        .unwrap();
        assert_eq!(
            shown.html,
            "<a href=\"#1\">bank.example</a> <a href=\"#2\">bank</a> <a href=\"#3\">write</a> \
             <a href=\"#1\">again</a>"
        );
        let to: Vec<_> = shown.links.iter().map(|link| link.to.as_str()).collect();
        assert_eq!(to, ["evil.example", "xn--bnk-qla.example", "ada@a.example"]);
    }

    #[test]
    fn what_would_cost_too_much_is_not_taken_apart() {
        assert_eq!(formatted(&"<div>".repeat(20_000)), None);
    }
}
