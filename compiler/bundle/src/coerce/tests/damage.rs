//! Any value of any type, printed and damaged in every way and pair of ways, is read as itself.

use proptest::prelude::*;
use serde_json::Map;

use super::*;
use crate::schema::tests::any_type;

/// A way in which a model's answer is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Damage {
    Fence,
    Prose,
    Tags,
    SingleQuotes,
    CurlyQuotes,
    BareNames,
    TrailingCommas,
    MissingCommas,
    Comments,
    Python,
    RawLineBreaks,
    NumbersAsText,
    TextAsNumbers,
    YesAndNo,
    NamesInCapitals,
    CasesInCapitals,
    ExtraFields,
    ValueForList,
    ListOfOne,
    UnderItsName,
    JsonInText,
    CutBrackets,
}

pub(super) const ALL: [Damage; 22] = [
    Damage::Fence,
    Damage::Prose,
    Damage::Tags,
    Damage::SingleQuotes,
    Damage::CurlyQuotes,
    Damage::BareNames,
    Damage::TrailingCommas,
    Damage::MissingCommas,
    Damage::Comments,
    Damage::Python,
    Damage::RawLineBreaks,
    Damage::NumbersAsText,
    Damage::TextAsNumbers,
    Damage::YesAndNo,
    Damage::NamesInCapitals,
    Damage::CasesInCapitals,
    Damage::ExtraFields,
    Damage::ValueForList,
    Damage::ListOfOne,
    Damage::UnderItsName,
    Damage::JsonInText,
    Damage::CutBrackets,
];

/// Prints a value as a model with these habits would.
struct Printer<'a> {
    damages: &'a [Damage],
    declarations: &'a Declarations,
}

impl Printer<'_> {
    fn has(&self, damage: Damage) -> bool {
        self.damages.contains(&damage)
    }

    fn print(&self, ty: &Type, value: &Value) -> String {
        match (ty, value) {
            (_, Value::Null) => if self.has(Damage::Python) {
                "None"
            } else {
                "null"
            }
            .to_owned(),
            (Type::Optional(inner), value) => self.print(inner, value),
            (Type::Bool, Value::Bool(yes)) => match (self.has(Damage::YesAndNo), yes) {
                (true, true) => self.quoted("Yes"),
                (true, false) => self.quoted("no"),
                (false, yes) if self.has(Damage::Python) => {
                    if *yes { "True" } else { "False" }.to_owned()
                }
                (false, yes) => yes.to_string(),
            },
            (_, Value::Number(number)) if self.has(Damage::NumbersAsText) => {
                self.quoted(&number.to_string())
            }
            (Type::Text { .. }, Value::String(text))
                if self.has(Damage::TextAsNumbers)
                    && text
                        .parse::<u8>()
                        .is_ok_and(|number| number.to_string() == *text) =>
            {
                text.clone()
            }
            (Type::Named(_), Value::String(case)) if self.has(Damage::CasesInCapitals) => {
                self.quoted(&case.to_uppercase())
            }
            (Type::List { of, .. }, Value::Array(items)) => self.list(of, items),
            (Type::Named(name), Value::Object(fields)) => self.record(name, fields),
            (_, Value::String(text)) => self.quoted(text),
            (_, other) => other.to_string(),
        }
    }

    fn quoted(&self, text: &str) -> String {
        let mut inside = Value::from(text).to_string();
        inside = inside[1..inside.len() - 1].to_owned();
        if self.has(Damage::RawLineBreaks) {
            inside = inside.replace("\\n", "\n").replace("\\t", "\t");
        }
        if self.has(Damage::SingleQuotes) {
            return format!("'{}'", inside.replace("\\\"", "\"").replace('\'', "\\'"));
        }
        if self.has(Damage::CurlyQuotes) {
            let inside = inside.replace('”', "\\”").replace('“', "\\“");
            return format!("“{inside}”");
        }
        format!("\"{inside}\"")
    }

    fn list(&self, of: &Type, items: &[Value]) -> String {
        let plain = |text: &str| text.chars().all(char::is_alphanumeric) && !text.is_empty();
        if let ([only], true) = (items, self.has(Damage::ValueForList)) {
            let fits = match only {
                Value::String(text) => plain(text),
                Value::Object(_) | Value::Number(_) | Value::Bool(_) => true,
                Value::Null | Value::Array(_) => false,
            };
            if fits {
                return self.print(of, only);
            }
        }
        let items = items.iter().map(|item| self.print(of, item));
        self.between('[', &items.collect::<Vec<_>>(), ']')
    }

    fn record(&self, name: &str, fields: &Map<String, Value>) -> String {
        let mut entries: Vec<String> = fields
            .iter()
            .map(|(field, value)| {
                let ty = field_type(self.declarations, name, fields, field);
                let mut printed = self.print(&ty, value);
                let scalar = !value.is_object() && !value.is_array() && !value.is_null();
                if self.has(Damage::JsonInText) && (value.is_object() || value.is_array()) {
                    printed = Value::from(value.to_string()).to_string();
                } else if self.has(Damage::ListOfOne) && scalar {
                    printed = format!("[{printed}]");
                }
                format!("{}: {printed}", self.name(field))
            })
            .collect();
        if self.has(Damage::ExtraFields) {
            entries.push(format!("{}: [1, {{}}]", self.name("zzz")));
        }
        self.between('{', &entries, '}')
    }

    fn name(&self, name: &str) -> String {
        let name = if self.has(Damage::NamesInCapitals) {
            name.to_uppercase()
        } else {
            name.to_owned()
        };
        if self.has(Damage::BareNames) {
            name
        } else {
            self.quoted(&name)
        }
    }

    fn between(&self, open: char, entries: &[String], close: char) -> String {
        let comma = if self.has(Damage::MissingCommas) {
            "\n"
        } else {
            ", "
        };
        let comment = if self.has(Damage::Comments) {
            " // as asked\n"
        } else {
            ""
        };
        let last = if self.has(Damage::TrailingCommas) && !entries.is_empty() {
            ","
        } else {
            ""
        };
        format!("{open}{comment}{}{last}{close}", entries.join(comma))
    }
}

/// The type of a field of a record or case.
fn field_type(
    declarations: &Declarations,
    name: &str,
    value: &Map<String, Value>,
    field: &str,
) -> Type {
    let fields: &[Field] = match &declarations[name].shape {
        Shape::Record { fields } | Shape::Entity { fields, .. } => fields,
        Shape::Enum { cases } => {
            let case = cases.iter().find(|case| value["kind"] == case.name);
            &case.unwrap().fields
        }
    };
    match fields.iter().find(|known| known.name == field) {
        Some(known) => known.of.clone(),
        // The `kind` of a case is the name of a case.
        None => Type::Named("a.Tone".to_owned()),
    }
}

/// A value as a model with these habits gives it.
pub(super) fn damaged(
    ty: &Type,
    value: &Value,
    damages: &[Damage],
    declarations: &Declarations,
) -> String {
    let printer = Printer {
        damages,
        declarations,
    };
    let has = |damage| damages.contains(&damage);
    let mut text = printer.print(ty, value);
    if let (Type::Named(name), true, true) = (ty, has(Damage::UnderItsName), value.is_object()) {
        let bare = name.rsplit('.').next().unwrap();
        text = printer.between('{', &[format!("{}: {text}", printer.name(bare))], '}');
    }
    let structure = text.starts_with(['{', '[']);
    if has(Damage::CutBrackets) && structure && !has(Damage::Prose) && !has(Damage::Tags) {
        let kept = text.trim_end_matches(['}', ']', '\n', ' ']).len();
        text.truncate(kept.max(1));
        // Of a number without its end nobody knows whether it is whole.
        if text.ends_with(char::is_alphanumeric) {
            text.push(',');
        }
    }
    if has(Damage::Tags) && structure {
        text = format!("<answer>{text}</answer>");
    }
    if has(Damage::Fence) {
        text = format!("```json\n{text}\n```");
    }
    if has(Damage::Prose) && structure {
        text = format!("Here you are, as {{asked}}:\n\n{text}\n\nIs there anything else?");
    }
    text
}

/// A value of a type, drawn from a number.
pub(super) fn drawn(ty: &Type, seed: u64, declarations: &Declarations) -> Option<Value> {
    let mut draw = Draw {
        state: seed | 1,
        declarations,
    };
    let value = draw.value(ty, 0);
    ty.check(&value, declarations).ok()
}

struct Draw<'a> {
    state: u64,
    declarations: &'a Declarations,
}

const TEXTS: [&str; 22] = [
    "", "a", "abc", "none", "yes", "7", "42", "a,b", "x\ny", "it's", "\"", "a: 1", "{}", "[1]",
    "//", "# b", "```", "</a>", "\\d", "“q”", "🐝é", "- a",
];

impl Draw<'_> {
    fn below(&mut self, most: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state % most as u64).unwrap()
    }

    fn of(&mut self, values: &[&str]) -> Value {
        Value::from(values[self.below(values.len())])
    }

    fn value(&mut self, ty: &Type, depth: usize) -> Value {
        match ty {
            Type::Text {
                pattern: Some(_), ..
            } => self.of(&["a", "b c", "c\n", "a\"b"]),
            Type::Text { min, max, .. } => {
                let text = TEXTS[self.below(TEXTS.len())];
                let mut text: String = text.chars().take(max.unwrap_or(99) as usize).collect();
                while text.chars().count() < min.unwrap_or(0) as usize {
                    text.push('z');
                }
                Value::from(text)
            }
            Type::Bool => Value::from(self.below(2) == 0),
            Type::Int { min, max } => {
                let (min, max) = (min.unwrap_or(-9), max.unwrap_or(9));
                let span = usize::try_from(max - min + 1).unwrap();
                Value::from(min + i64::try_from(self.below(span)).unwrap())
            }
            Type::Float { min, .. } => Value::from(min.unwrap_or(0.0) + self.below(9) as f64 / 4.0),
            Type::Email => self.of(&["ada@example.org", "o'hara+x@b.example"]),
            Type::Url => self.of(&["https://a.example/b?c=d#e", "http://[::1]/"]),
            Type::Date => self.of(&["2027-03-01", "2028-02-29"]),
            Type::Time => self.of(&["09:00", "23:59"]),
            Type::Datetime => self.of(&["2027-03-01T09:00:00Z"]),
            Type::Duration => self.of(&["4h", "200ms"]),
            Type::Timezone => self.of(&["UTC", "Europe/Berlin"]),
            Type::List { of, min, max } => {
                let (min, max) = (min.unwrap_or(0), max.unwrap_or(3).min(3));
                let count = min as usize + self.below((max.max(min) - min + 1) as usize);
                (0..count).map(|_| self.value(of, depth + 1)).collect()
            }
            Type::Optional(_) if depth > 3 || self.below(3) == 0 => Value::Null,
            Type::Optional(inner) => self.value(inner, depth + 1),
            Type::Named(name) => match &self.declarations[name].shape {
                Shape::Record { fields } | Shape::Entity { fields, .. } => {
                    Value::Object(self.fields(fields, depth))
                }
                Shape::Enum { cases } => {
                    let case = &cases[self.below(cases.len())];
                    if cases.iter().all(|case| case.fields.is_empty()) {
                        return Value::from(case.name.as_str());
                    }
                    let mut value = self.fields(&case.fields, depth);
                    value.insert("kind".to_owned(), Value::from(case.name.as_str()));
                    Value::Object(value)
                }
            },
        }
    }

    fn fields(&mut self, fields: &[Field], depth: usize) -> Map<String, Value> {
        let mut drawn = Map::new();
        for field in fields {
            let free = field.default.is_some() || matches!(field.of, Type::Optional(_));
            if !free || depth < 3 && self.below(3) > 0 {
                drawn.insert(field.name.clone(), self.value(&field.of, depth + 1));
            }
        }
        drawn
    }
}

/// Whether the answer itself is a text, which no habit of JSON can be told from.
pub(super) fn is_text(ty: &Type) -> bool {
    let mut ty = ty;
    while let Type::Optional(inner) = ty {
        ty = inner;
    }
    matches!(ty, Type::Text { .. })
}

pub(super) fn any_damages() -> impl Strategy<Value = Vec<Damage>> {
    prop::collection::vec(prop::sample::select(&ALL[..]), 0..=2)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_damaged_value_is_read_as_itself(ty in any_type(), seed in any::<u64>(), damages in any_damages()) {
        let declarations = declarations();
        let Some(value) = drawn(&ty, seed, &declarations) else { return Ok(()) };
        prop_assume!(damages.is_empty() || !is_text(&ty));
        let text = damaged(&ty, &value, &damages, &declarations);
        let read = coerce(&text, &ty, &declarations);
        match read {
            Ok(read) => {
                prop_assert_eq!(&read.value, &value, "{}\n{}", text, listed(&read.repairs, "; "));
                prop_assert!(!damages.is_empty() || read.repairs.is_empty(), "{}", listed(&read.repairs, "; "));
            }
            Err(error) => prop_assert!(false, "{error}\n{text}\n{value}"),
        }
    }

    #[test]
    fn a_required_field_that_is_not_there_is_not_made_up(seed in any::<u64>(), damages in any_damages(), which in any::<bool>()) {
        let declarations = declarations();
        let (ty, required) = if which { ("a.Taste", "name") } else { ("a.Verdict", "reason") };
        let ty = Type::Named(ty.to_owned());
        let Some(mut value) = drawn(&ty, seed, &declarations) else { return Ok(()) };
        prop_assume!(value.as_object_mut().unwrap().shift_remove(required).is_some());
        let text = damaged(&ty, &value, &damages, &declarations);
        let read = coerce(&text, &ty, &declarations);
        prop_assert!(read.is_err(), "{text}\n{:?}", read);
    }

    /// The text holds no word that means a value which it does not name.
    #[test]
    fn what_is_read_stands_in_the_text_or_is_a_default(
        text in "(\\{|\\}|\\[|\\]|\"|'|:|,|\n|name|tone|warm|formal|kind|allow|block|reason|topics|bee|words|60|```| ){0,24}",
    ) {
        let declarations = declarations();
        for name in ["a.Taste", "a.Verdict", "a.Tone"] {
            let Ok(read) = coerce(&text, &Type::Named(name.to_owned()), &declarations) else { continue };
            let mut said = Vec::new();
            leaves(&read.value, "", &mut said);
            for (field, leaf) in said {
                let is_default = matches!((field.as_str(), leaf.as_str()), ("tone", "warm") | ("words", "400"));
                prop_assert!(is_default || folded(&text).contains(&folded(&leaf)), "{field}: {leaf} of {text}");
            }
        }
    }
}

fn leaves(value: &Value, field: &str, into: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => fields
            .iter()
            .for_each(|(name, value)| leaves(value, name, into)),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, field, into)),
        Value::String(text) => into.push((field.to_owned(), text.clone())),
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            into.push((field.to_owned(), value.to_string()))
        }
    }
}

/// Every pair of damages on one value that has something of everything: none is left to chance.
#[test]
fn every_pair_of_damages_is_mended() {
    let declarations = declarations();
    let ty = Type::Named("a.Taste".to_owned());
    let value = json!({ "tone": "formal", "words": 60, "topics": ["bee"], "note": "it's \"x\",\ny", "name": "7" });
    for one in ALL {
        for other in ALL {
            let text = damaged(&ty, &value, &[one, other], &declarations);
            let read = coerce(&text, &ty, &declarations);
            let read = read.unwrap_or_else(|error| panic!("{one:?} {other:?}: {error}\n{text}"));
            assert_eq!(
                read.value,
                value,
                "{one:?} {other:?}\n{text}\n{}",
                listed(&read.repairs, "; ")
            );
        }
    }
}
