//! `links(text)`: the http and https URLs of a text.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::{Function, Param, Place, Returns, Sample, Taint, Takes, text};
use crate::expr::{EvalError, Scope};

pub(super) static FUNCTION: Function = Function {
    name: "links",
    doc: "The http and https URLs in the text, in their order, without the punctuation of the sentence around.",
    params: &[Param::required("text", Takes::Text)],
    returns: Returns::Urls,
    taint: Taint::Untrusted,
    place: Place::Expressions,
    samples: &[
        Sample {
            args: r#"["See (https://aleik.example/a_(b)) and HTTP://x.example/?q=1."]"#,
            gives: r#"["https://aleik.example/a_(b)","HTTP://x.example/?q=1"]"#,
        },
        Sample {
            args: r#"["no link: ftp://x.example https://"]"#,
            gives: "[]",
        },
    ],
    eval,
};

/// None when the pattern does not compile, which the samples above would show.
static URL: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?i)\bhttps?://[^\s<>"`{}|\\^\p{Cc}]+"#).ok());

fn eval(args: &[Cow<'_, Value>], _: &Scope<'_>) -> Result<Value, EvalError> {
    let text = text(&FUNCTION, &args[0])?;
    let found = URL.iter().flat_map(|url| url.find_iter(text));
    let links = found
        .map(|link| trim(link.as_str()))
        .filter(|link| !link.ends_with("//"));
    Ok(links.map(Value::from).collect())
}

/// Takes the punctuation off that a sentence puts behind a link; a `)` stays when it closes one
/// inside.
fn trim(mut link: &str) -> &str {
    loop {
        let shorter =
            link.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '’', '”', '*', ']']);
        let open = shorter.matches('(').count();
        let shorter = match shorter.strip_suffix(')') {
            Some(inside) if shorter.matches(')').count() > open => inside,
            _ => shorter,
        };
        if shorter.len() == link.len() {
            return link;
        }
        link = shorter;
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;

    #[test]
    fn markdown_and_angle_brackets_end_a_link() {
        check(
            "links",
            r#"["[a](https://a.example/x), <https://b.example>, **https://c.example**"]"#,
            r#"["https://a.example/x","https://b.example","https://c.example"]"#,
        );
    }
}
