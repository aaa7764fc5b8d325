//! The bundle file: its bytes, its digest, and the handshake of its format.
//!
//! The first line names format, compiler and digest; the rest is the bundle. The whole is one JSON
//! object, and the same bundle is always the same bytes.

use serde::Serialize;
use serde_json::{Serializer, Value};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::lines::Lines;
use crate::{Bundle, FORMAT, Span, references};

/// Why a bundle cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReadError {
    /// It does not begin as a bundle file does.
    #[error("this is not a bundle file: it does not begin with `{{\"format\":`")]
    NoBundle,
    /// It was written by a newer compiler.
    #[error(
        "the bundle has format {found} and this program reads format {FORMAT}: upgrade the runtime, \
         or build the bundle with the compiler that came with it"
    )]
    Newer {
        /// Its format.
        found: u64,
    },
    /// It was written by an older compiler.
    #[error(
        "the bundle has format {found} and this program reads format {FORMAT}: build it again with this version's compiler"
    )]
    Older {
        /// Its format.
        found: u64,
    },
    /// It ends too early.
    #[error("the bundle file is cut off")]
    CutOff,
    /// Its bytes are not those that the compiler wrote.
    #[error(
        "the bundle was changed after it was built: its digest is {found}, its first line says {said}"
    )]
    Digest {
        /// Of the bytes.
        found: String,
        /// In the file.
        said: String,
    },
    /// It is not of the format that it names.
    #[error("the bundle does not have the shape of format {FORMAT}: {0}")]
    Shape(String),
    /// It names what is not there.
    #[error("the bundle contradicts itself: {}", .0.join("; "))]
    References(Vec<String>),
}

impl Bundle {
    /// The bytes of the bundle file.
    ///
    /// ```
    /// # let empty = serde_json::json!({ "format": silex_bundle::FORMAT, "compiler": "0.1.0", "package": "hello", "version": "1.0.0",
    /// #     "declarations": {}, "models": {}, "behaviours": {}, "tools": {}, "agents": {}, "examples": {},
    /// #     "layouts": {}, "sources": [] });
    /// # let bundle: silex_bundle::Bundle = serde_json::from_value(empty)?;
    /// let bytes = bundle.to_bytes();
    /// let (same, digest) = silex_bundle::Bundle::read(&bytes)?;
    /// assert_eq!(same, bundle);
    /// assert_eq!(digest, bundle.digest());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let body = self.body();
        let compiler = Value::from(self.compiler.as_str());
        let digest = digest(&body);
        let mut bytes = format!(
            "{{\"format\":{},\"compiler\":{compiler},\"digest\":\"{digest}\",\n{BODY}",
            self.format
        )
        .into_bytes();
        bytes.extend(body);
        bytes.extend(b"}\n");
        bytes
    }

    /// SHA-256 of the bundle in the file, as hexadecimal digits.
    #[must_use]
    pub fn digest(&self) -> String {
        digest(&self.body())
    }

    /// Reads a bundle file and its digest.
    ///
    /// # Errors
    /// When the format is another, the bytes were changed or cut off, or a name in it means
    /// nothing.
    pub fn read(bytes: &[u8]) -> Result<(Self, String), ReadError> {
        match format_number(bytes).ok_or(ReadError::NoBundle)? {
            found if found > u64::from(FORMAT) => return Err(ReadError::Newer { found }),
            found if found < u64::from(FORMAT) => return Err(ReadError::Older { found }),
            _ => {}
        }
        let end_of_line = bytes
            .iter()
            .position(|byte| *byte == b'\n')
            .ok_or(ReadError::CutOff)?;
        let (line, rest) = bytes.split_at(end_of_line);
        let said = said_digest(line).ok_or(ReadError::NoBundle)?;
        let body = rest
            .trim_ascii_start()
            .strip_prefix(BODY.as_bytes())
            .ok_or(ReadError::CutOff)?;
        let body = body
            .trim_ascii_end()
            .strip_suffix(b"}")
            .ok_or(ReadError::CutOff)?;
        let found = digest(body);
        if found != said {
            // What does not even end was cut, not changed.
            let cut = serde_json::from_slice::<serde::de::IgnoredAny>(body)
                .is_err_and(|error| error.is_eof());
            return Err(if cut {
                ReadError::CutOff
            } else {
                ReadError::Digest { found, said }
            });
        }
        // Looked over once, the bytes need not be again for every text in them.
        let body =
            std::str::from_utf8(body).map_err(|error| ReadError::Shape(error.to_string()))?;
        let bundle: Self =
            serde_json::from_str(body).map_err(|error| ReadError::Shape(error.to_string()))?;
        let broken = references::broken(&bundle);
        if broken.is_empty() {
            Ok((bundle, found))
        } else {
            Err(ReadError::References(broken))
        }
    }

    /// The text at a place, if it exists.
    #[must_use]
    pub fn text_at(&self, span: Span) -> Option<&str> {
        let source = self.sources.get(span.source as usize)?;
        source.text.get(span.start as usize..span.end as usize)
    }

    /// The path, line and column of a place, counted from one; columns in characters.
    #[must_use]
    pub fn line_at(&self, span: Span) -> Option<(&str, usize, usize)> {
        let source = self.sources.get(span.source as usize)?;
        let before = source.text.get(..span.start as usize)?;
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        Some((&source.path, line, before[line_start..].chars().count() + 1))
    }

    fn body(&self) -> Vec<u8> {
        // INVARIANT: all maps have text as keys, so writing to memory cannot fail.
        let mut bytes = Vec::new();
        let mut writer = Serializer::with_formatter(&mut bytes, Lines::default());
        self.serialize(&mut writer)
            .map_or_else(|_| Vec::new(), |()| bytes)
    }
}

/// What stands before the bundle in the second line.
const BODY: &str = "\"bundle\":";

fn digest(body: &[u8]) -> String {
    hex::encode(Sha256::digest(body))
}

/// The format that a file names, whatever else stands in it.
fn format_number(bytes: &[u8]) -> Option<u64> {
    let rest = bytes
        .trim_ascii_start()
        .strip_prefix(b"{")?
        .trim_ascii_start();
    let rest = rest.strip_prefix(b"\"format\"")?.trim_ascii_start();
    let rest = rest.strip_prefix(b":")?.trim_ascii_start();
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()
}

/// The digest in the first line.
fn said_digest(line: &[u8]) -> Option<String> {
    let line = std::str::from_utf8(line)
        .ok()?
        .trim_end()
        .strip_suffix(',')?;
    let line: Value = serde_json::from_str(&format!("{line}}}")).ok()?;
    line.get("digest")?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::render::tests::bundle;

    /// Reads a changed file and compares the message.
    #[track_caller]
    fn check(change: impl FnOnce(String) -> String, message: &str) {
        let text = change(String::from_utf8(bundle().to_bytes()).unwrap());
        let error = Bundle::read(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }

    /// Changes the bundle and writes it with the right digest.
    #[track_caller]
    fn check_bundle(change: impl FnOnce(&mut Bundle), message: &str) {
        let mut bundle = bundle();
        change(&mut bundle);
        let error = Bundle::read(&bundle.to_bytes()).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }

    #[test]
    fn a_bundle_is_read_as_it_was_written() {
        let bundle = bundle();
        let (read, digest) = Bundle::read(&bundle.to_bytes()).unwrap();
        assert_eq!(read, bundle);
        assert_eq!(read.to_bytes(), bundle.to_bytes());
        assert_eq!((digest.len(), digest), (64, bundle.digest()));
    }

    #[test]
    fn the_file_is_one_json_object() {
        let file: Value = serde_json::from_slice(&bundle().to_bytes()).unwrap();
        assert_eq!(file["format"], FORMAT);
        assert_eq!(file["bundle"]["package"], "a");
    }

    #[test]
    fn another_format_says_which_side_to_upgrade() {
        let said = format!("\"format\":{FORMAT}");
        check(
            |text| text.replacen(&said, &format!("\"format\":{}", FORMAT + 1), 1),
            "upgrade the runtime",
        );
        check(
            |text| text.replacen(&said, &format!("\"format\": {}", FORMAT - 1), 1),
            "build it again",
        );
        check(
            |_| "{\"format\":77, what comes later is unknown".to_owned(),
            "upgrade the runtime",
        );
    }

    #[test]
    fn changed_and_cut_bytes_are_told_apart() {
        check(
            |text| text.replacen("the editor", "the thief", 1),
            "changed after it was built",
        );
        check(|text| text[..text.len() / 2].to_owned(), "cut off");
        check(|text| text[..text.len() - 3].to_owned(), "cut off");
        check(|text| text[..60].to_owned(), "cut off");
        check(|_| "[]".to_owned(), "not a bundle file");
    }

    #[test]
    fn names_that_mean_nothing_are_refused() {
        check_bundle(
            |bundle| bundle.layouts.clear(),
            "`a.assist` has the unknown layout `plain`",
        );
        check_bundle(
            |bundle| bundle.tools.clear(),
            "`a.assist` offers the unknown tool `a.find`",
        );
        let first = |bundle: &mut Bundle, change: fn(&mut crate::Behaviour)| {
            bundle.behaviours_mut().take(1).for_each(change);
        };
        check_bundle(
            |bundle| first(bundle, |it| it.conditions[0].parent = Some(2)),
            "condition 0",
        );
        check_bundle(
            |bundle| first(bundle, |it| it.segments[0].when = Some(9)),
            "segment 0",
        );
        check_bundle(
            |bundle| first(bundle, |it| it.tools[0].when = Some(9)),
            "offer 0",
        );
        let stage = |target: &str, tool: &str| {
            let span = json!({ "source": 0, "start": 0, "end": 0 });
            let way = json!({ "tool": tool, "target": target, "when": 0, "span": span });
            let stage =
                json!([{ "name": "s", "final": false, "transitions": [way], "span": span }]);
            serde_json::from_value::<Vec<crate::behaviour::Stage>>(stage).unwrap()
        };
        check_bundle(
            |bundle| {
                bundle
                    .behaviours_mut()
                    .for_each(|it| it.stages = stage("t", "a.find"))
            },
            "`a.assist` leads to the unknown stage `t`",
        );
        check_bundle(
            |bundle| {
                bundle
                    .behaviours_mut()
                    .for_each(|it| it.stages = stage("s", "a.fnd"))
            },
            "`a.assist` changes the stage after the unknown tool `a.fnd`",
        );
        check_bundle(
            |bundle| first(bundle, |it| it.model = Some("a.m".to_owned())),
            "unknown model `a.m`",
        );
        check_bundle(
            |bundle| {
                first(bundle, |it| {
                    it.returns = crate::Type::Named("a.X".to_owned())
                })
            },
            "unknown type `a.X`",
        );
    }

    #[test]
    fn what_an_agent_names_must_be_there() {
        let call = |name: &str| json!({ "behaviour": format!("a.{name}"), "args": {} });
        let span = json!({ "source": 0, "start": 0, "end": 1 });
        let agent = json!({
            "inbox": [], "contact": { "name": "c", "entity": "a.Nobody", "by": "address" },
            "observe": [{ "name": "mood", "call": call("feel"), "of": { "named": "a.Mood" }, "span": span }],
            "route": { "call": call("answer") },
            "after": [{ "event": "held", "lines": [{ "action": { "run": call("learn") }, "span": span }] }],
            "review": { "assign": "round_robin", "lines": [], "otherwise": "hold" },
            "deliver": { "from": "a@example.org" }, "span": span,
            "campaigns": { "weekly": {
                "to": { "name": "c", "entity": "a.Reader" }, "send": call("pitch"), "span": span,
                "schedule": { "days": { "every": "day" }, "at": "09:00", "zone": { "name": "UTC" } },
            } },
        });
        let agent: crate::Agent = serde_json::from_value(agent).unwrap();
        for missing in [
            "unknown entity `a.Nobody`",
            "unknown behaviour `a.feel`",
            "unknown type `a.Mood`",
            "unknown behaviour `a.answer`",
            "unknown behaviour `a.learn`",
            "unknown entity `a.Reader`",
            "unknown behaviour `a.pitch`",
        ] {
            let insert = |bundle: &mut Bundle| {
                bundle.agents.insert("a.desk".to_owned(), agent.clone());
            };
            check_bundle(insert, missing);
        }
    }

    #[test]
    fn a_place_is_a_line_and_a_column() {
        let mut bundle = bundle();
        bundle.sources[0].text = "one\ntwö three".into();
        let span = Span {
            source: 0,
            start: 9,
            end: 14,
        };
        assert_eq!(bundle.text_at(span), Some("three"));
        assert_eq!(bundle.line_at(span), Some(("a.silex", 2, 5)));
        assert_eq!(
            bundle.text_at(Span {
                source: 3,
                start: 0,
                end: 1
            }),
            None
        );
        assert_eq!(
            bundle.text_at(Span {
                source: 0,
                start: 7,
                end: 99
            }),
            None
        );
    }
}
