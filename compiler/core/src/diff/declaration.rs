//! Records, enums and entities: whether what was valid still is, and whose it is.

use silex_bundle::schema::{Case, Shape};
use silex_bundle::{Declaration, Type};

use super::change::{Affects, Change, Sides};
use super::field;
use super::kind::{self, Kind};
use super::paired::{Pairing, paired};

/// Compares all named types.
pub(super) fn compare(sides: Sides<'_>, found: &mut Vec<Change>) {
    for (name, pairing) in paired(&sides.old.declarations, &sides.new.declarations) {
        let before = found.len();
        if let Some(kind) = kind::DECLARATION.of(&pairing) {
            let noun = noun(&pairing.latest().shape);
            let message = match pairing {
                Pairing::Removed(_) => format!("the {noun} `{name}` is gone"),
                Pairing::Added(_) | Pairing::Both(..) => format!("there is a new {noun} `{name}`"),
            };
            found.push(Change::new(kind, name, message).placed(sides, &pairing, |it| it.span));
        }
        if let Pairing::Both(old, new) = pairing {
            let compared = Compared {
                sides,
                name,
                old,
                new,
            };
            compared.shapes(found);
            if old.doc != new.doc {
                let message = "its description is another".to_owned();
                compared.tell(
                    kind::DESCRIPTION_REWORDED,
                    message,
                    (&old.doc, &new.doc),
                    found,
                );
            }
        }
        if before < found.len() {
            let affects = Affects::behaviours(sides, &users(sides, name));
            for change in &mut found[before..] {
                change.affects.clone_from(&affects);
            }
        }
    }
}

struct Compared<'a> {
    sides: Sides<'a>,
    name: &'a str,
    old: &'a Declaration,
    new: &'a Declaration,
}

impl Compared<'_> {
    fn shapes(&self, found: &mut Vec<Change>) {
        let fields = self.fields("field");
        match (&self.old.shape, &self.new.shape) {
            (Shape::Record { fields: old }, Shape::Record { fields: new }) => {
                fields.given(old, new, found)
            }
            (
                Shape::Entity {
                    fields: old,
                    key: old_key,
                    owner: old_owner,
                },
                Shape::Entity {
                    fields: new,
                    key: new_key,
                    owner: new_owner,
                },
            ) => {
                fields.given(old, new, found);
                if old_key != new_key {
                    let message = format!("`{new_key}` identifies it instead of `{old_key}`");
                    self.tell(kind::KEY_CHANGED, message, ("", ""), found);
                }
                let word =
                    |owner: &Option<String>| owner.clone().unwrap_or_else(|| "nobody".to_owned());
                let (was, is) = (word(old_owner), word(new_owner));
                if was != is {
                    let message = format!("it is owned by `{is}` instead of `{was}`");
                    self.tell(kind::ENTITY_OWNER_CHANGED, message, ("", ""), found);
                }
            }
            (Shape::Enum { cases: old }, Shape::Enum { cases: new }) => self.cases(old, new, found),
            (old @ (Shape::Record { .. } | Shape::Entity { .. } | Shape::Enum { .. }), new) => {
                let (was, is) = (noun(old), noun(new));
                let message = format!("it was a kind of {was} and is a kind of {is}");
                self.tell(kind::SHAPE_CHANGED, message, ("", ""), found);
            }
        }
    }

    fn cases(&self, old: &[Case], new: &[Case], found: &mut Vec<Change>) {
        let by_name = |cases: &'_ [Case]| -> Vec<(String, Case)> {
            cases
                .iter()
                .map(|case| (case.name.clone(), case.clone()))
                .collect()
        };
        for (case, pairing) in paired(by_name(old), by_name(new)) {
            if let Some(kind) = kind::CASE.of(&pairing) {
                let message = match pairing {
                    Pairing::Removed(_) => format!("the case `{case}` is gone"),
                    Pairing::Added(_) | Pairing::Both(..) => {
                        format!("there is a new case `{case}`")
                    }
                };
                self.tell(kind, message, ("", ""), found);
            }
            if let Pairing::Both(old, new) = pairing {
                let noun = format!("field of `{case}`");
                self.fields(&noun).given(&old.fields, &new.fields, found);
                if old.doc != new.doc {
                    let message = format!("the description of `{case}` is another");
                    self.tell(
                        kind::DESCRIPTION_REWORDED,
                        message,
                        (&old.doc, &new.doc),
                        found,
                    );
                }
            }
        }
    }

    fn fields<'n>(&'n self, noun: &'n str) -> field::Compared<'n> {
        field::Compared {
            sides: self.sides,
            subject: self.name,
            noun,
            places: (self.old.span, self.new.span),
        }
    }

    fn tell(&self, kind: Kind, message: String, (was, is): (&str, &str), found: &mut Vec<Change>) {
        found.push(Change::new(kind, self.name, message).between(
            self.sides.was(self.old.span, was),
            self.sides.is(self.new.span, is),
        ));
    }
}

fn noun(shape: &Shape) -> &'static str {
    match shape {
        Shape::Record { .. } => "record",
        Shape::Enum { .. } => "enum",
        Shape::Entity { .. } => "entity",
    }
}

/// The behaviours whose inputs or answers hold a type.
fn users(sides: Sides<'_>, name: &str) -> Vec<String> {
    let holders = holders(sides, name);
    let users = sides.new.behaviours.iter().filter(|(_, behaviour)| {
        let inputs = behaviour.inputs.iter().map(|it| &it.of);
        inputs
            .chain([&behaviour.returns])
            .any(|of| mentions(of, &holders))
    });
    users.map(|(user, _)| user.clone()).collect()
}

/// A type and all that hold one, however deep.
fn holders<'a>(sides: Sides<'a>, name: &'a str) -> Vec<&'a str> {
    let mut holders = vec![name];
    loop {
        let more = sides.new.declarations.iter().filter(|(other, it)| {
            !holders.contains(&other.as_str())
                && it.shape.fields().any(|field| mentions(&field.of, &holders))
        });
        let more: Vec<&str> = more.map(|(other, _)| other.as_str()).collect();
        if more.is_empty() {
            return holders;
        }
        holders.extend(more);
    }
}

fn mentions(of: &Type, names: &[&str]) -> bool {
    match of {
        Type::Named(name) => names.contains(&name.as_str()),
        Type::List { of, .. } | Type::Optional(of) => mentions(of, names),
        Type::Text { .. }
        | Type::Bool
        | Type::Int { .. }
        | Type::Float { .. }
        | Type::Email
        | Type::Url
        | Type::Date
        | Type::Time
        | Type::Datetime
        | Type::Duration
        | Type::Timezone => false,
    }
}
