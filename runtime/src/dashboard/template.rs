//! The templates, and what all of them say in the same way: states, times, money, drawings.
//!
//! Whatever a template puts in is escaped, unless it is made here of words that are ours.

use std::sync::OnceLock;

use minijinja::value::Value;
use minijinja::{Environment, HtmlEscape, State};
use silex_bundle::site;

use super::{assets, icons, paging};

static TEMPLATES: &[(&str, &str)] = &[
    ("page.html", include_str!("page.html")),
    ("frame.html", include_str!("frame.html")),
    ("alone.html", include_str!("alone.html")),
    ("error.html", include_str!("error.html")),
    ("threads.html", include_str!("threads.html")),
    ("thread.html", include_str!("thread.html")),
    ("compared.html", include_str!("compared.html")),
    ("drafts.html", include_str!("drafts.html")),
    ("draft.html", include_str!("draft.html")),
    ("questions.html", include_str!("questions.html")),
    ("aside.html", include_str!("aside.html")),
    ("jobs.html", include_str!("jobs.html")),
    ("why.html", include_str!("why.html")),
    ("rule.html", include_str!("rule.html")),
    ("changes.html", include_str!("changes.html")),
    (
        "behaviour_in_use.html",
        include_str!("behaviour_in_use.html"),
    ),
    ("sign_in.html", include_str!("sign_in.html")),
    ("link.html", include_str!("link.html")),
    ("account.html", include_str!("account.html")),
    ("mail.html", include_str!("mail.html")),
    ("mail_frame.html", include_str!("mail_frame.html")),
    ("job.html", include_str!("job.html")),
    ("campaigns.html", include_str!("campaigns.html")),
    ("campaign.html", include_str!("campaign.html")),
    ("contacts.html", include_str!("contacts.html")),
    ("contact.html", include_str!("contact.html")),
    ("suppressed.html", include_str!("suppressed.html")),
    ("reviewers.html", include_str!("reviewers.html")),
    ("numbers.html", include_str!("numbers.html")),
    ("audit.html", include_str!("audit.html")),
    ("verified.html", include_str!("verified.html")),
    ("csrf.html", include_str!("csrf.html")),
    ("older.html", include_str!("older.html")),
];

/// A template with what it shows.
pub(super) fn render(name: &str, content: Value) -> Result<String, minijinja::Error> {
    environment().get_template(name)?.render(content)
}

fn environment() -> &'static Environment<'static> {
    static ENVIRONMENT: OnceLock<Environment<'static>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let mut environment = Environment::new();
        for (name, text) in TEMPLATES.iter().chain(&site::TEMPLATES) {
            if let Err(error) = environment.add_template(name, text) {
                tracing::error!(%error, name, "a page does not parse");
            }
        }
        environment.add_function("asset", assets::address);
        environment.add_function("icon", |name: &str| {
            icons::svg(name).map(Value::from_safe_string)
        });
        environment.add_function("pieces", pieces);
        environment.add_filter("short", |text: &str| {
            text.chars().take(12).collect::<String>()
        });
        environment.add_filter("badge", badge);
        environment.add_filter("when", when);
        environment.add_filter("ago", ago);
        environment.add_filter("due", due);
        environment.add_filter("money", money);
        environment.add_filter("lasted", lasted);
        environment.add_filter("bytes", bytes);
        environment.add_filter("urlencode", paging::part);
        environment.add_filter("pretty", pretty);
        environment.add_filter("begins", |text: &str| {
            text.chars().take(160).collect::<String>()
        });
        environment
    })
}

/// A state as a coloured word. The colour says no more than the word does.
fn badge(state: &str) -> Value {
    let tone =
        match state {
            "held" | "changed" | "missed" | "quarantined" | "waiting" | "stale" | "unknown"
            | "open" | "review" | "bounced_for_now" | "delayed" => "warn",
            "stuck" | "dead" | "rejected" | "failed" | "gone" | "block" | "bounced"
            | "complained" => "bad",
            "delivered" | "sent" | "done" | "approved" | "accepted" | "answered" | "allow"
            | "new" => "good",
            "working" | "rewriting" | "running" | "ready" | "scheduled" | "sending" | "queued" => {
                "busy"
            }
            _ => "plain",
        };
    let word = match state {
        "quarantined" => "put aside".to_owned(),
        state => state.replace('_', " "),
    };
    let word = HtmlEscape(&word);
    Value::from_safe_string(format!("<span class=\"badge {tone}\">{word}</span>"))
}

/// Pieces of a text of which some came and some went.
fn pieces(pieces: &Value) -> Value {
    let mut html = String::new();
    for piece in pieces.try_iter().into_iter().flatten() {
        let part = |name: &str| piece.get_attr(name).unwrap_or_default().to_string();
        let text = part("text");
        let text = HtmlEscape(&text);
        let marked = match part("tag").as_str() {
            "insert" => format!("<ins>{text}</ins>"),
            "delete" => format!("<del>{text}</del>"),
            _ => text.to_string(),
        };
        html.push_str(&marked);
    }
    Value::from_safe_string(html)
}

/// A time in a form of its own, in UTC.
pub(super) fn written(ms: i64, form: &str) -> String {
    instant(ms).strftime(form).to_string()
}

/// A time for people, in UTC; with its year where that is not the one of the page.
fn when(state: &State, ms: i64) -> String {
    let year = |ms| written(ms, "%Y");
    match year(ms) == year(now(state)) {
        true => written(ms, "%b %-d, %H:%M:%S"),
        false => written(ms, "%b %-d %Y, %H:%M"),
    }
}

fn instant(ms: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}

/// How long ago a time is, with the time itself behind it.
fn ago(state: &State, ms: i64) -> Value {
    let since = now(state) - ms;
    stamped(
        ms,
        &match since {
            ..5_000 => "now".to_owned(),
            since => format!("{} ago", span(since)),
        },
    )
}

/// How long until a time, or for how long it is over.
fn due(state: &State, ms: i64) -> Value {
    let left = ms - now(state);
    stamped(
        ms,
        &match left {
            0.. => format!("in {}", span(left)),
            _ => format!("{} overdue", span(-left)),
        },
    )
}

/// The time that the page is of.
fn now(state: &State) -> i64 {
    let now = state.lookup("now").and_then(|now| i64::try_from(now).ok());
    now.unwrap_or_default()
}

fn stamped(ms: i64, words: &str) -> Value {
    let at = instant(ms);
    let (exact, shown) = (
        at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        at.strftime("%b %-d %Y, %H:%M:%S UTC"),
    );
    Value::from_safe_string(format!(
        "<time datetime=\"{exact}\" title=\"{shown}\">{words}</time>"
    ))
}

/// A span of time, in milliseconds, in its greatest unit.
fn span(ms: i64) -> String {
    const UNITS: [(i64, &str); 4] = [
        (86_400_000, "d"),
        (3_600_000, "h"),
        (60_000, "min"),
        (1_000, "s"),
    ];
    let unit = UNITS.iter().find(|(size, _)| ms >= *size);
    unit.map_or_else(
        || "0 s".to_owned(),
        |(size, word)| format!("{} {word}", ms / size),
    )
}

/// How long a call took, from its milliseconds.
pub(super) fn lasted(ms: i64) -> String {
    match ms {
        ..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        _ => span(ms),
    }
}

/// Millionths of the currency of the prices, as people write money.
pub(super) fn money(millionths: i64) -> String {
    match millionths {
        0 => "0".to_owned(),
        1..10_000 => format!("0.{:06}", millionths)
            .trim_end_matches('0')
            .to_owned(),
        _ => format!(
            "{}.{:02}",
            millionths / 1_000_000,
            millionths % 1_000_000 / 10_000
        ),
    }
}

/// How much a file is, in its greatest unit.
fn bytes(bytes: u64) -> String {
    match bytes {
        ..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{}.{} kB", bytes / 1_000, bytes % 1_000 / 100),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// A value as its text, or as JSON over several lines.
fn pretty(value: &Value) -> String {
    match value.as_str() {
        Some(text) => text.to_owned(),
        None => serde_json::to_string_pretty(value).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use minijinja::context;

    use super::*;

    #[test]
    fn every_template_parses() {
        for (name, _) in TEMPLATES {
            assert!(environment().get_template(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn what_a_stranger_wrote_is_text() {
        let mail = context! { from_name => "<script>alert(1)</script>", state => "quarantined", body => "</pre><img src=x>", received_at => 0 };
        let page = render("aside.html", context! { mails => [mail], now => 0 }).unwrap();
        assert!(
            !page.contains("<script>alert") && !page.contains("<img"),
            "{page}"
        );
        assert!(!badge("<img>").to_string().contains("<img"));
    }

    #[test]
    fn what_came_and_went_is_marked_and_escaped() {
        let two = context! { it => [context! { tag => "delete", text => "<b>" }, context! { tag => "equal", text => "&" }] };
        let shown = environment().render_str("{{ pieces(it) }}", two).unwrap();
        assert_eq!(shown, "<del>&lt;b&gt;</del>&amp;");
    }

    #[test]
    fn times_are_told_as_people_tell_them() {
        let told = |template: &str, now: i64| {
            let text = environment()
                .render_str(template, context! { now })
                .unwrap();
            let (_, rest) = text.split_once('>').unwrap();
            rest.trim_end_matches("</time>").to_owned()
        };
        assert_eq!(told("{{ 0|ago }}", 1_000), "now");
        assert_eq!(told("{{ 0|ago }}", 59_999), "59 s ago");
        assert_eq!(told("{{ 0|ago }}", 7_200_000), "2 h ago");
        assert_eq!(told("{{ 60000|due }}", 0), "in 1 min");
        assert_eq!(told("{{ 0|due }}", 86_400_000), "1 d overdue");
        assert_eq!(
            (lasted(999), lasted(2_340)),
            ("999 ms".to_owned(), "2.3 s".to_owned())
        );
    }

    #[test]
    fn a_time_of_another_year_says_of_which() {
        let told = |now: i64| environment().render_str("{{ 0|when }}", context! { now });
        assert_eq!(told(1_000).unwrap(), "Jan 1, 00:00:00");
        assert_eq!(told(40_000_000_000).unwrap(), "Jan 1 1970, 00:00");
    }

    #[test]
    fn every_form_says_of_which_session_it_is() {
        for (name, text) in TEMPLATES {
            // Whoever signs in has no session yet.
            if matches!(*name, "sign_in.html" | "link.html") {
                continue;
            }
            let forms = text.matches("method=\"post\"").count();
            let proofs = text.matches("{% include \"csrf.html\" %}").count();
            assert_eq!(forms, proofs, "{name}");
        }
    }

    #[test]
    fn money_is_rounded_where_nobody_counts_it() {
        let told = [0, 1, 1_200, 10_000, 2_345_678].map(money);
        assert_eq!(told, ["0", "0.000001", "0.0012", "0.01", "2.34"]);
    }
}
