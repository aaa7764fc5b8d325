//! Records: names that are nearly right, fields too many, records around records.

use serde_json::{Map, Value};

use super::{Fit, is_literal, json_inside, plain};
use crate::coerce::folded;
use crate::coerce::node::{Node, What};
use crate::coerce::repair::Kind;
use crate::schema::{Field, Type};

/// Names of records that models put around their answer.
const WRAPPERS: [&str; 10] = [
    "answer",
    "arguments",
    "data",
    "input",
    "json",
    "output",
    "parameters",
    "response",
    "result",
    "value",
];

impl<'a> Fit<'a, '_> {
    /// A record of a type of this name; empty for the arguments of a tool.
    pub(super) fn record(&mut self, name: &str, fields: &'a [Field], node: &Node) -> Value {
        match &node.what {
            What::Record(entries) => match unwrapped(name, fields, entries) {
                Some(inner) => {
                    self.repaired(Kind::Unwrapped, &entries[0].0);
                    self.record(name, fields, inner)
                }
                None => Value::Object(self.fields(fields, entries)),
            },
            What::List(items) => match items.as_slice() {
                [only] => {
                    self.repaired(Kind::ListOfOne, "");
                    self.record(name, fields, only)
                }
                _ => self.joined(fields, items).unwrap_or_else(|| plain(node)),
            },
            What::Text(text) => match json_inside(text) {
                Some(inner) => {
                    self.repaired(Kind::JsonInText, "");
                    self.record(name, fields, &inner)
                }
                None => self.only_field(fields, node),
            },
            What::Word(word) if is_literal(word) => self.only_field(fields, node),
            What::Word(_) => plain(node),
        }
    }

    /// The fields that are known. Of two that read as one, the first counts.
    pub(super) fn fields(
        &mut self,
        fields: &'a [Field],
        entries: &[(String, Node)],
    ) -> Map<String, Value> {
        let mut fitted = Map::new();
        for (name, node) in entries {
            let Some(field) = field_of(fields, name) else {
                self.repaired(Kind::UnknownField, name);
                continue;
            };
            if node.is_half() {
                self.repaired(Kind::LeftOutCut, name);
                continue;
            }
            if fitted.contains_key(&field.name) {
                self.repaired(Kind::RepeatedField, name);
                continue;
            }
            if *name != field.name {
                self.repaired(Kind::FieldName, name);
            }
            let around = self.field.replace(field);
            let value = self.value(&field.of, node);
            self.field = around;
            let absent = value.is_null() && !matches!(field.of, Type::Optional(_));
            if absent && field.default.is_some() {
                self.repaired(Kind::NullAsAbsent, name);
                continue;
            }
            fitted.insert(field.name.clone(), value);
        }
        fitted
    }

    /// Records that share no field are one that was written in pieces.
    fn joined(&mut self, fields: &'a [Field], items: &[Node]) -> Option<Value> {
        let mut entries: Vec<(String, Node)> = Vec::new();
        for item in items {
            let What::Record(more) = &item.what else {
                return None;
            };
            for (name, node) in more {
                let field = field_of(fields, name)?;
                let known = |(known, _): &(String, Node)| {
                    field_of(fields, known).is_some_and(|known| known.name == field.name)
                };
                if entries.iter().any(known) {
                    return None;
                }
                entries.push((name.clone(), node.clone()));
            }
        }
        if entries.is_empty() {
            return None;
        }
        self.repaired(Kind::JoinedRecords, "");
        Some(Value::Object(self.fields(fields, &entries)))
    }

    /// A bare value where a record with one required field is meant.
    fn only_field(&mut self, fields: &'a [Field], node: &Node) -> Value {
        let mut required = fields
            .iter()
            .filter(|field| field.default.is_none() && !matches!(field.of, Type::Optional(_)));
        let (Some(field), None) = (required.next(), required.next()) else {
            return plain(node);
        };
        self.repaired(Kind::OnlyField, &field.name);
        let around = self.field.replace(field);
        let value = self.value(&field.of, node);
        self.field = around;
        Value::Object(Map::from_iter([(field.name.clone(), value)]))
    }
}

/// The field of a name, also written in another way. A name that two could mean is neither's.
pub(in crate::coerce) fn field_of<'a>(fields: &'a [Field], name: &str) -> Option<&'a Field> {
    if let Some(exact) = fields.iter().find(|field| field.name == name) {
        return Some(exact);
    }
    let wanted = folded(name);
    let mut alike = fields.iter().filter(|field| folded(&field.name) == wanted);
    alike.next().filter(|_| alike.next().is_none())
}

/// What stands inside of a record that only carries another: under the name of the type, or a
/// name that models use for it. Its first field decides.
pub(in crate::coerce) fn unwrapped<'n>(
    name: &str,
    fields: &[Field],
    entries: &'n [(String, Node)],
) -> Option<&'n Node> {
    let (outer, inner) = entries.first()?;
    let named = !name.is_empty() && folded(outer) == folded(name);
    let holds = !matches!(inner.what, What::Word(_));
    let carries = (named || carries(outer)) && field_of(fields, outer).is_none();
    (carries && holds).then_some(inner)
}

/// Whether models use this name for what they answer.
pub(in crate::coerce) fn carries(name: &str) -> bool {
    WRAPPERS.contains(&folded(name).as_str())
}
