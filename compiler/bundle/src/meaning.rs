//! What a bundle means, apart from where its lines stand.
//!
//! Two specs that differ in white space and comments alone have the same meaning: the formatter
//! proves with it that it changed nothing, and a comparison begins with it.

use serde::Serialize;
use serde_json::{Serializer, Value};
use sha2::{Digest, Sha256};

use crate::behaviour::Kind;
use crate::{Behaviour, Bundle, Span};

impl Bundle {
    /// SHA-256 of the bundle without its sources, the places in them and the compiler that wrote
    /// it, as hexadecimal digits.
    #[must_use]
    pub fn meaning_digest(&self) -> String {
        // INVARIANT: all maps have text as keys, so a bundle is always a JSON value.
        let mut value = serde_json::to_value(self).unwrap_or_default();
        if let Value::Object(bundle) = &mut value {
            bundle.remove("sources");
            bundle.remove("compiler");
        }
        let mut hash = Hash(Sha256::new());
        leave_places_out(&mut value);
        // Hashing never fails.
        let _ = value.serialize(&mut Serializer::new(&mut hash));
        hex::encode(hash.0.finalize())
    }
}

impl Behaviour {
    /// Whether it means what another does, wherever the lines of both stand.
    #[must_use]
    pub fn means_what(&self, other: &Self) -> bool {
        self == other || self.without_places() == other.without_places()
    }

    fn without_places(&self) -> Self {
        let mut anywhere = self.clone();
        let Self {
            observe,
            stages,
            conditions,
            segments,
            span,
            ..
        } = &mut anywhere;
        forget(span);
        observe.iter_mut().for_each(|it| forget(&mut it.span));
        conditions.iter_mut().for_each(|it| forget(&mut it.span));
        for stage in stages {
            forget(&mut stage.span);
            let transitions = stage.transitions.iter_mut();
            transitions.for_each(|it| forget(&mut it.span));
        }
        for segment in segments {
            forget(&mut segment.span);
            if let Kind::Rule(rule) = &mut segment.kind {
                rule.samples.iter_mut().for_each(|it| forget(&mut it.span));
            }
        }
        anywhere
    }
}

/// Makes a place that of nothing.
fn forget(place: &mut Span) {
    *place = Span {
        source: 0,
        start: 0,
        end: 0,
    };
}

/// A value of an example cannot be taken for a place unless it has the key and all its numbers.
fn leave_places_out(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            entries.retain(|key, value| key != "span" || !is_place(value));
            entries.values_mut().for_each(leave_places_out);
        }
        Value::Array(items) => items.iter_mut().for_each(leave_places_out),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn is_place(value: &Value) -> bool {
    serde_json::from_value::<Span>(value.clone()).is_ok()
}

/// Takes what is written into a digest.
struct Hash(Sha256);

impl std::io::Write for Hash {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::render::tests::bundle;

    #[track_caller]
    fn check(change: impl FnOnce(&mut Bundle), same: bool) {
        let mut changed = bundle();
        change(&mut changed);
        assert_ne!(changed, bundle(), "nothing was changed");
        let digests = (changed.meaning_digest(), bundle().meaning_digest());
        assert_eq!(digests.0 == digests.1, same);
    }

    #[test]
    fn places_sources_and_the_compiler_mean_nothing() {
        check(
            |bundle| {
                bundle.compiler = "9.9.9".into();
                bundle.sources.clear();
                for behaviour in bundle.behaviours_mut() {
                    behaviour.span.start += 7;
                    for segment in &mut behaviour.segments {
                        segment.span.end += 7;
                    }
                }
            },
            true,
        );
    }

    #[test]
    fn no_place_in_a_behaviour_means_anything() {
        for behaviour in bundle().behaviours.values() {
            let places = |it: &Behaviour| {
                let text = serde_json::to_string(it).unwrap();
                text.matches(r#""span":{"source""#).count()
                    - text
                        .matches(r#""span":{"source":0,"start":0,"end":0}"#)
                        .count()
            };
            assert!(places(behaviour) > 1);
            assert_eq!(places(&behaviour.without_places()), 0);
            let mut moved = Behaviour::clone(behaviour);
            moved.span.start += 7;
            assert!(moved.means_what(behaviour));
            moved.segments[0].span.start += 7;
            assert!(moved.means_what(behaviour));
            moved.segments[0].text.clear();
            assert!(!moved.means_what(behaviour));
        }
    }

    #[test]
    fn names_and_words_mean_something() {
        check(|bundle| bundle.package.push('b'), false);
        check(
            |bundle| {
                let behaviour = bundle.behaviours_mut().next().unwrap();
                behaviour.doc.push('!');
            },
            false,
        );
    }

    #[test]
    fn a_field_of_an_author_that_is_called_span_is_no_place() {
        let mut value = json!({ "span": 3, "a": { "span": { "start": 1, "end": 2 } } });
        let before = value.clone();
        leave_places_out(&mut value);
        assert_eq!(value, before);
    }
}
