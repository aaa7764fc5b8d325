//! Inputs for which a witness holds: valid by their types, defaults for all that it leaves open.

use serde_json::{Map, Number, Value as Json};
use silex_bundle::Type;
use silex_bundle::schema::{Case, Field, Shape};

use super::world::{Root, without_none};
use super::{Subject, Unit, Value, Witness, World, moment};

/// Most levels of a value that is made up; a type that needs more has no value at all.
const DEPTH: usize = 32;

impl World<'_> {
    /// A value for every name: what the witness says, and where it says nothing the default or the
    /// plainest value of the type.
    #[must_use]
    pub fn context(&self, witness: &Witness) -> Map<String, Json> {
        let maker = Maker {
            world: self,
            witness,
        };
        let mut context = Map::new();
        for (name, root) in self.roots() {
            let value = match root {
                Root::Value(of) => maker.value(of, name, 0),
                Root::OneOf(cases) => match maker.said(name) {
                    Some(Value::Is(case)) => Json::from(case.as_str()),
                    _ => cases
                        .first()
                        .map_or(Json::Null, |case| Json::from(case.as_str())),
                },
            };
            if !context.contains_key(*name) {
                context.insert((*name).to_owned(), value);
            }
        }
        context
    }
}

struct Maker<'m> {
    world: &'m World<'m>,
    witness: &'m Witness,
}

impl Maker<'_> {
    fn said(&self, name: &str) -> Option<&Value> {
        let found = self.witness.values.iter().find(|(of, _)| of.name == name);
        found.map(|(_, value)| value)
    }

    /// Whether the witness says anything about a value or what is in it.
    fn speaks_of(&self, name: &str) -> bool {
        let is_inside = |of: &Subject| {
            of.name
                .strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.witness
            .values
            .iter()
            .any(|(of, _)| of.path.is_some() && is_inside(of))
    }

    /// Whether something in a value must be there.
    fn needs(&self, name: &str) -> bool {
        let is_inside = |of: &Subject| {
            of.name
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('.'))
        };
        self.witness
            .values
            .iter()
            .any(|(of, value)| *value != Value::Absent && is_inside(of))
    }

    fn value(&self, of: &Type, name: &str, depth: usize) -> Json {
        let (optional, base) = without_none(of);
        let said = self.said(name);
        let absent = match said {
            Some(value) => *value == Value::Absent,
            None => optional && !self.needs(name),
        };
        if absent || depth > DEPTH {
            return Json::Null;
        }
        match base {
            Type::Bool => Json::Bool(matches!(said, Some(Value::Is(text)) if text == "true")),
            Type::Int { min, max } => whole(said, *min, *max),
            Type::Float { min, max } => fraction(said, *min, *max),
            Type::Text {
                min, max, pattern, ..
            } => Json::String(text(
                said,
                &["text", "other"],
                min.unwrap_or(0),
                *max,
                pattern.as_deref(),
            )),
            Type::Email => Json::String(text(
                said,
                &["someone@example.org", "other@example.org"],
                0,
                None,
                None,
            )),
            Type::Url => Json::String(text(
                said,
                &["https://example.org", "https://example.com"],
                0,
                None,
                None,
            )),
            Type::Timezone => Json::String(text(
                said,
                &["UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo"],
                0,
                None,
                None,
            )),
            Type::Date => instant(said, Unit::Date, "2027-03-01"),
            Type::Time => instant(said, Unit::Time, "09:00"),
            Type::Datetime => instant(said, Unit::Datetime, "2027-03-01T09:00:00Z"),
            Type::Duration => instant(said, Unit::Duration, "1h"),
            Type::List { of, min, .. } => {
                let count = match said {
                    Some(Value::Number(count)) => *count,
                    _ => f64::from(min.unwrap_or(0)),
                };
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a count of the type"
                )]
                let count = count as usize;
                Json::Array(vec![self.value(of, "", depth + 1); count])
            }
            Type::Optional(_) => Json::Null,
            Type::Named(declared) => {
                match self.world.declarations().get(declared).map(|it| &it.shape) {
                    Some(Shape::Record { fields } | Shape::Entity { fields, .. }) => {
                        Json::Object(self.fields(fields, name, depth))
                    }
                    Some(Shape::Enum { cases }) => self.case(cases, said, name, depth),
                    None => Json::Null,
                }
            }
        }
    }

    fn fields(&self, fields: &[Field], name: &str, depth: usize) -> Map<String, Json> {
        let made = fields.iter().map(|field| {
            // Items of a list have no path, and nothing is said of them.
            let inner = if name.is_empty() {
                String::new()
            } else {
                format!("{name}.{}", field.name)
            };
            let value = match &field.default {
                Some(default) if inner.is_empty() || !self.speaks_of(&inner) => default.clone(),
                Some(_) | None => self.value(&field.of, &inner, depth + 1),
            };
            (field.name.clone(), value)
        });
        made.collect()
    }

    fn case(&self, cases: &[Case], said: Option<&Value>, name: &str, depth: usize) -> Json {
        let named = |wanted: &str| cases.iter().find(|case| case.name == wanted);
        let chosen = match said {
            Some(Value::Is(case)) => named(case),
            _ => cases
                .iter()
                .find(|case| case.fields.is_empty())
                .or(cases.first()),
        };
        let Some(case) = chosen else {
            return Json::Null;
        };
        if cases.iter().all(|case| case.fields.is_empty()) {
            return Json::from(case.name.as_str());
        }
        let mut object = Map::new();
        object.insert("kind".to_owned(), Json::from(case.name.as_str()));
        object.extend(self.fields(&case.fields, name, depth));
        Json::Object(object)
    }
}

fn whole(said: Option<&Value>, min: Option<i64>, max: Option<i64>) -> Json {
    match said {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a whole number of the type"
        )]
        Some(Value::Number(number)) => Json::from(*number as i64),
        _ => Json::from(
            1.clamp(min.unwrap_or(1).min(1), i64::MAX)
                .max(min.unwrap_or(i64::MIN))
                .min(max.unwrap_or(i64::MAX)),
        ),
    }
}

fn fraction(said: Option<&Value>, min: Option<f64>, max: Option<f64>) -> Json {
    let number = match said {
        Some(Value::Number(number)) => *number,
        _ => 1.0_f64
            .max(min.unwrap_or(f64::MIN))
            .min(max.unwrap_or(f64::MAX)),
    };
    Number::from_f64(number).map_or(Json::Null, Json::Number)
}

fn instant(said: Option<&Value>, unit: Unit, otherwise: &str) -> Json {
    let said = match said {
        Some(Value::Number(number)) => moment::write(*number, unit),
        _ => None,
    };
    Json::String(said.unwrap_or_else(|| otherwise.to_owned()))
}

/// A text that is none of those that are ruled out, as long as it must be.
fn text(
    said: Option<&Value>,
    plain: &[&str],
    min: u32,
    max: Option<u32>,
    pattern: Option<&str>,
) -> String {
    let not: &[String] = match said {
        Some(Value::Is(text)) => return text.clone(),
        Some(Value::Other(named)) => named,
        _ => &[],
    };
    let max = max.unwrap_or(u32::MAX);
    let (least, most) = (min as usize, max as usize);
    let regex = pattern.and_then(|pattern| silex_bundle::pattern::compiled(pattern).ok());
    let fits = |text: &String| {
        let length = text.chars().count();
        (least..=most).contains(&length)
            && !not.contains(text)
            && regex.as_ref().is_none_or(|regex| regex.is_match(text))
    };
    let sized = |text: &str| -> String {
        let padded = text.chars().chain(std::iter::repeat('x'));
        padded
            .take(text.chars().count().max(least).min(most))
            .collect()
    };
    let numbered =
        (2..).map(|number: u32| format!("{number}{}", plain.first().copied().unwrap_or_default()));
    let plain = plain.iter().map(|text| (*text).to_owned());
    let made = super::shortest::texts(pattern.unwrap_or_default());
    // There is one among so many unless the pattern is strange: then the first will have to do.
    made.chain(
        plain
            .chain(numbered.take(not.len() + 1))
            .map(|text| sized(&text)),
    )
    .find(fits)
    .unwrap_or_default()
}
