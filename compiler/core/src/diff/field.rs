//! Fields: inputs, parameters, and what records, entities and cases hold.

use silex_bundle::Span;
use silex_bundle::schema::Field;

use super::change::{Change, Sides};
use super::fit;
use super::kind::{self, Kind, Opposites};
use super::paired::{Pairing, paired};
use crate::typeck::ty;

/// Two lists of fields under comparison: whose they are, and what one of them is called.
#[derive(Clone, Copy)]
pub(super) struct Compared<'a> {
    pub(super) sides: Sides<'a>,
    pub(super) subject: &'a str,
    pub(super) noun: &'a str,
    pub(super) places: (Span, Span),
}

/// The kinds for values that pass one way.
struct Way {
    reach: Opposites,
    changed: Kind,
}

/// Values that others give: to take fewer breaks them.
const GIVEN: Way = Way {
    reach: kind::TYPE_REACH,
    changed: kind::TYPE_CHANGED,
};

/// Values that others get: to send more breaks them.
const PASSED_ON: Way = Way {
    reach: kind::PARAMETER_REACH,
    changed: kind::PARAMETER_CHANGED,
};

impl Compared<'_> {
    /// Fields whose values are given by others, or were stored before.
    pub(super) fn given(&self, old: &[Field], new: &[Field], found: &mut Vec<Change>) {
        for (_, pairing) in paired(by_name(old), by_name(new)) {
            let kinds = if needs_value(pairing.latest()) {
                kind::REQUIRED_FIELD
            } else {
                kind::OPTIONAL_FIELD
            };
            self.presence(kinds, &pairing, found);
            if let Pairing::Both(old, new) = pairing {
                self.types(&GIVEN, old, new, found);
                self.defaults(old, new, found);
                self.descriptions(old, new, found);
            }
        }
    }

    /// Fields whose values are passed on to others.
    pub(super) fn passed_on(&self, old: &[Field], new: &[Field], found: &mut Vec<Change>) {
        for (_, pairing) in paired(by_name(old), by_name(new)) {
            self.presence(kind::PARAMETER, &pairing, found);
            if let Pairing::Both(old, new) = pairing {
                self.types(&PASSED_ON, old, new, found);
                if old.default != new.default {
                    self.tell(
                        kind::DEFAULT_CHANGED,
                        default_message(self.noun, old, new),
                        found,
                    );
                }
                self.descriptions(old, new, found);
            }
        }
    }

    fn presence(&self, kinds: Opposites, pairing: &Pairing<&Field>, found: &mut Vec<Change>) {
        let Some(kind) = kinds.of(pairing) else {
            return;
        };
        let field = pairing.latest();
        let of = ty::name(&field.of);
        let (noun, name) = (self.noun, &field.name);
        let message = match pairing {
            Pairing::Removed(_) => format!("the {noun} `{name}: {of}` is gone"),
            Pairing::Added(_) | Pairing::Both(..) if needs_value(field) => {
                format!("there is a new {noun} `{name}: {of}`, which must be given")
            }
            Pairing::Added(_) | Pairing::Both(..) => {
                format!("there is a new {noun} `{name}: {of}`, which may be left out")
            }
        };
        self.tell(kind, message, found);
    }

    fn types(&self, way: &Way, old: &Field, new: &Field, found: &mut Vec<Change>) {
        let (noun, name) = (self.noun, &new.name);
        let words = (ty::name(&old.of), ty::name(&new.of));
        let relation = fit::relate(&old.of, &new.of);
        if let Some(kind) = way.reach.by(relation, way.changed) {
            let message = format!("the {noun} `{name}` was `{}` and is `{}`", words.0, words.1);
            self.tell(kind, message, found);
        }
        let trust = match (fit::is_trusted(&old.of), fit::is_trusted(&new.of)) {
            (false, true) => (kind::TRUSTED_TYPE.more, "is now declared trusted"),
            (true, false) => (kind::TRUSTED_TYPE.less, "is no longer declared trusted"),
            (true, true) | (false, false) => return,
        };
        self.tell(trust.0, format!("the {noun} `{name}` {}", trust.1), found);
    }

    fn defaults(&self, old: &Field, new: &Field, found: &mut Vec<Change>) {
        let kind = match (needs_value(old), needs_value(new)) {
            // A value may be missing in other ways than by a default, so that is of the type.
            (false, true) if old.default.is_some() => kind::DEFAULT.less,
            (true, false) if new.default.is_some() => kind::DEFAULT.more,
            _ if old.default == new.default => return,
            _ => kind::DEFAULT_CHANGED,
        };
        self.tell(kind, default_message(self.noun, old, new), found);
    }

    fn descriptions(&self, old: &Field, new: &Field, found: &mut Vec<Change>) {
        if old.doc == new.doc {
            return;
        }
        let message = format!(
            "the description of the {} `{}` is another",
            self.noun, new.name
        );
        let change = Change::new(kind::DESCRIPTION_REWORDED, self.subject, message);
        found.push(change.between(
            self.sides.was(self.places.0, old.doc.as_str()),
            self.sides.is(self.places.1, new.doc.as_str()),
        ));
    }

    fn tell(&self, kind: Kind, message: String, found: &mut Vec<Change>) {
        let places = (
            self.sides.was(self.places.0, ""),
            self.sides.is(self.places.1, ""),
        );
        found.push(Change::new(kind, self.subject, message).between(places.0, places.1));
    }
}

fn by_name(fields: &[Field]) -> impl Iterator<Item = (&str, &Field)> {
    fields.iter().map(|field| (field.name.as_str(), field))
}

/// Whether a value must be there.
fn needs_value(field: &Field) -> bool {
    field.default.is_none() && !matches!(field.of, silex_bundle::Type::Optional(_))
}

fn default_message(noun: &str, old: &Field, new: &Field) -> String {
    let name = &new.name;
    match (&old.default, &new.default) {
        (Some(old), Some(new)) => {
            format!("the {noun} `{name}` is `{new}` and no longer `{old}` when it is left out")
        }
        (Some(old), None) => {
            format!("the {noun} `{name}` is no longer `{old}` when it is left out")
        }
        (None, Some(new)) => format!("the {noun} `{name}` is `{new}` when it is left out"),
        (None, None) => format!("the {noun} `{name}` may be left out or no longer"),
    }
}
