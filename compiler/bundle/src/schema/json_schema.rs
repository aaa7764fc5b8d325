//! The JSON Schema of a type (draft 2020-12), for tool manifests and structured output.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::check::bounds;
use super::{Case, Declarations, EMAIL_MAX, Field, Shape, Type, URL_MAX, formats};

/// How much of JSON Schema the reader knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// All of it.
    Full,
    /// What providers accept for constrained output: every field is required, an optional one is
    /// nullable, and bounds are said in the description. The checker decides them afterwards.
    Strict,
}

/// Most schemas that are written in place before named types move to `$defs`.
const INLINE: usize = 1000;

impl Type {
    /// The schema of the type.
    #[must_use]
    pub fn json_schema(&self, declarations: &Declarations, dialect: Dialect) -> Value {
        write(declarations, dialect, |writer| writer.schema(self, None))
    }
}

/// The schema of an object with some fields: the arguments of a tool, the inputs of a behaviour.
#[must_use]
pub fn fields_schema(fields: &[Field], declarations: &Declarations, dialect: Dialect) -> Value {
    write(declarations, dialect, |writer| {
        Value::Object(writer.object(fields, None))
    })
}

/// Writes in place what does not contain itself; when that grows too large, every named type
/// once.
fn write(
    declarations: &Declarations,
    dialect: Dialect,
    schema: impl Fn(&mut Writer<'_>) -> Value,
) -> Value {
    let mut writer = Writer::new(declarations, dialect, false);
    let mut written = schema(&mut writer);
    if writer.written > INLINE {
        writer = Writer::new(declarations, dialect, true);
        written = schema(&mut writer);
    }
    if let (false, Some(root)) = (writer.defs.is_empty(), written.as_object_mut()) {
        root.insert("$defs".to_owned(), Value::Object(writer.defs));
    }
    written
}

struct Writer<'a> {
    declarations: &'a Declarations,
    dialect: Dialect,
    /// Whether every named type stands in `$defs`.
    all_in_defs: bool,
    open: Vec<&'a str>,
    /// Types that were met inside themselves.
    recursive: BTreeSet<&'a str>,
    defs: Map<String, Value>,
    written: usize,
}

impl<'a> Writer<'a> {
    fn new(declarations: &'a Declarations, dialect: Dialect, all_in_defs: bool) -> Self {
        Self {
            declarations,
            dialect,
            all_in_defs,
            open: Vec::new(),
            recursive: BTreeSet::new(),
            defs: Map::new(),
            written: 0,
        }
    }

    /// The schema with the description of the field, or of the type itself.
    fn schema(&mut self, ty: &Type, field: Option<&Field>) -> Value {
        self.written += 1;
        let (mut schema, said) = self.bare(ty);
        let doc = field
            .map(|field| field.doc.as_str())
            .filter(|doc| !doc.is_empty());
        let own = schema
            .get("description")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let mut lines: Vec<String> = vec![doc.unwrap_or(own).to_owned(), said];
        if let (Dialect::Strict, Some(default)) =
            (self.dialect, field.and_then(|field| field.default.as_ref()))
        {
            lines.push(format!("When nothing else fits: {default}."));
        }
        lines.retain(|line| !line.is_empty());
        if !lines.is_empty() {
            schema.insert("description".to_owned(), Value::String(lines.join(" ")));
        }
        if let (Dialect::Full, Some(default)) =
            (self.dialect, field.and_then(|field| field.default.as_ref()))
        {
            schema.insert("default".to_owned(), default.clone());
        }
        Value::Object(schema)
    }

    /// A schema, and what must be said about it in words.
    fn bare(&mut self, ty: &Type) -> (Map<String, Value>, String) {
        let full = self.dialect == Dialect::Full;
        let mut said = String::new();
        let schema = match ty {
            Type::Text {
                min, max, pattern, ..
            } => {
                let mut schema = json!({ "type": "string" });
                if full {
                    limits(
                        &mut schema,
                        "minLength",
                        "maxLength",
                        min.as_ref(),
                        max.as_ref(),
                    );
                } else if min.is_some() || max.is_some() {
                    said = format!("{} characters.", bounds(min.as_ref(), max.as_ref()));
                }
                match pattern {
                    // Flags are not in the syntax of JSON Schema.
                    Some(pattern) if full && !pattern.contains("(?") => {
                        schema["pattern"] = json!(pattern)
                    }
                    Some(pattern) => {
                        said = format!("{said} Matches /{pattern}/.").trim().to_owned()
                    }
                    None => {}
                }
                schema
            }
            Type::Bool => json!({ "type": "boolean" }),
            Type::Int { min, max } => self.number("integer", min.as_ref(), max.as_ref(), &mut said),
            Type::Float { min, max } => {
                self.number("number", min.as_ref(), max.as_ref(), &mut said)
            }
            Type::Email if full => {
                json!({ "type": "string", "format": "email", "maxLength": EMAIL_MAX })
            }
            Type::Email => json!({ "type": "string", "format": "email" }),
            Type::Url if full => json!({ "type": "string", "format": "uri", "maxLength": URL_MAX }),
            Type::Url => {
                said = in_words(ty).to_owned();
                json!({ "type": "string" })
            }
            Type::Date => json!({ "type": "string", "format": "date" }),
            Type::Datetime => json!({ "type": "string", "format": "date-time" }),
            Type::Time | Type::Duration if full => {
                let shape = if *ty == Type::Time {
                    formats::TIME
                } else {
                    formats::DURATION
                };
                json!({ "type": "string", "pattern": shape })
            }
            Type::Time | Type::Duration | Type::Timezone => {
                said = in_words(ty).to_owned();
                json!({ "type": "string" })
            }
            Type::List { of, min, max } => {
                let mut schema = json!({ "type": "array", "items": self.schema(of, None) });
                if full {
                    limits(
                        &mut schema,
                        "minItems",
                        "maxItems",
                        min.as_ref(),
                        max.as_ref(),
                    );
                } else if min.is_some() || max.is_some() {
                    said = format!("{} items.", bounds(min.as_ref(), max.as_ref()));
                }
                schema
            }
            Type::Optional(inner) => {
                let (inner, words) = self.bare(inner);
                said = words;
                nullable(inner)
            }
            Type::Named(name) => self.named(name),
        };
        (into_map(schema), said)
    }

    fn number<N: std::fmt::Display + serde::Serialize>(
        &self,
        kind: &str,
        min: Option<&N>,
        max: Option<&N>,
        said: &mut String,
    ) -> Value {
        let mut schema = json!({ "type": kind });
        if self.dialect == Dialect::Full {
            limits(&mut schema, "minimum", "maximum", min, max);
        } else if min.is_some() || max.is_some() {
            *said = format!("{}.", bounds(min, max));
        }
        schema
    }

    fn named(&mut self, name: &str) -> Value {
        let reference = json!({ "$ref": format!("#/$defs/{name}") });
        let Some((name, declaration)) = self.declarations.get_key_value(name) else {
            return json!({ "not": {} });
        };
        if self.open.contains(&name.as_str()) {
            self.recursive.insert(name);
            return reference;
        }
        if self.defs.contains_key(name) {
            return reference;
        }
        // An answer that is cut off here is thrown away, see `write`.
        if self.written > INLINE && !self.all_in_defs {
            return json!({});
        }
        self.open.push(name);
        let mut schema = match &declaration.shape {
            Shape::Record { fields } | Shape::Entity { fields, .. } => self.object(fields, None),
            Shape::Enum { cases } => self.cases(cases),
        };
        self.open.pop();
        describe(&mut schema, &declaration.doc);
        if self.all_in_defs || self.recursive.contains(name.as_str()) {
            self.defs.insert(name.clone(), Value::Object(schema));
            return reference;
        }
        Value::Object(schema)
    }

    fn object(&mut self, fields: &[Field], kind: Option<&str>) -> Map<String, Value> {
        let mut properties = Map::new();
        let mut required = Vec::new();
        if let Some(kind) = kind {
            properties.insert(
                "kind".to_owned(),
                json!({ "type": "string", "const": kind }),
            );
            required.push("kind");
        }
        for field in fields {
            properties.insert(field.name.clone(), self.schema(&field.of, Some(field)));
            let needed = field.default.is_none() && !matches!(field.of, Type::Optional(_));
            if needed || self.dialect == Dialect::Strict {
                required.push(&field.name);
            }
        }
        into_map(json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        }))
    }

    fn cases(&mut self, cases: &[Case]) -> Map<String, Value> {
        if cases.iter().all(|case| case.fields.is_empty()) {
            let names: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
            let mut schema = into_map(json!({ "type": "string", "enum": names }));
            let documented = cases.iter().filter(|case| !case.doc.is_empty());
            let docs: Vec<String> = documented
                .map(|case| format!("`{}`: {}", case.name, case.doc))
                .collect();
            describe(&mut schema, &docs.join(" "));
            return schema;
        }
        let cases = cases.iter().map(|case| {
            let mut schema = self.object(&case.fields, Some(&case.name));
            describe(&mut schema, &case.doc);
            Value::Object(schema)
        });
        into_map(json!({ "anyOf": cases.collect::<Vec<_>>() }))
    }
}

/// A format that a schema cannot name.
fn in_words(ty: &Type) -> &'static str {
    match ty {
        Type::Url => "An http or https URL.",
        Type::Time => "A time of day such as 09:00.",
        Type::Duration => "A duration such as 4h or 200ms.",
        Type::Timezone => "An IANA time zone such as Europe/Berlin.",
        Type::Text { .. }
        | Type::Bool
        | Type::Int { .. }
        | Type::Float { .. }
        | Type::Email
        | Type::Date
        | Type::Datetime
        | Type::List { .. }
        | Type::Optional(_)
        | Type::Named(_) => "",
    }
}

/// Puts a description before the one that is there.
fn describe(schema: &mut Map<String, Value>, doc: &str) {
    let own = schema
        .get("description")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let text = format!("{doc} {own}");
    if !text.trim().is_empty() {
        schema.insert(
            "description".to_owned(),
            Value::String(text.trim().to_owned()),
        );
    }
}

fn limits<N: serde::Serialize>(
    schema: &mut Value,
    least: &str,
    most: &str,
    min: Option<&N>,
    max: Option<&N>,
) {
    if let Some(min) = min {
        schema[least] = json!(min);
    }
    if let Some(max) = max {
        schema[most] = json!(max);
    }
}

fn nullable(mut schema: Map<String, Value>) -> Value {
    if let (Some(Value::String(kind)), false) = (schema.get("type"), schema.contains_key("enum")) {
        schema["type"] = json!([kind, "null"]);
        return Value::Object(schema);
    }
    // The description goes to the outer schema, where a field's own replaces it.
    let doc = schema.remove("description");
    let mut either = json!({ "anyOf": [schema, { "type": "null" }] });
    if let Some(doc) = doc {
        either["description"] = doc;
    }
    either
}

fn into_map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    }
}
