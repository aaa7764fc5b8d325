//! Numbers as people write them, where they have one meaning.

use serde_json::{Number, Value};

use super::{Fit, folded};
use crate::coerce::repair::Kind;
use crate::schema::Type;

/// Numbers that are written as words.
const WORDS: [&str; 13] = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve",
];

impl Fit<'_, '_> {
    pub(super) fn number(&mut self, ty: &Type, text: &str, quoted: bool) -> Value {
        let written = text.trim();
        if let Ok(Value::Number(number)) = serde_json::from_str(written) {
            if quoted {
                self.repaired(Kind::TextAsNumber, text);
            }
            return Value::Number(number);
        }
        if let Some(number) = WORDS
            .iter()
            .position(|word| *word == written.to_lowercase())
        {
            self.repaired(Kind::NumberWord, text);
            return Value::from(number);
        }
        let (digits, unit) = with_unit(written);
        let read = plain(digits)
            .map(|number| (number, Kind::TextAsNumber))
            .or_else(|| separated(digits, ty).map(|number| (number, Kind::Separators)));
        let Some((number, kind)) = read else {
            return Value::from(text);
        };
        if unit.is_empty() {
            self.repaired(kind, text);
            return Value::Number(number);
        }
        match self.in_unit(ty, number, unit) {
            Some(number) => {
                self.repaired(Kind::Unit, text);
                Value::Number(number)
            }
            None => Value::from(text),
        }
    }

    /// The number without its unit: one that the field's name or description says, or a percentage
    /// of something that is at most 1.
    fn in_unit(&self, ty: &Type, number: Number, unit: &str) -> Option<Number> {
        if let (Type::Float { max: Some(max), .. }, "%") = (ty, unit)
            && *max <= 1.0
        {
            return Number::from_f64(number.as_f64()? / 100.0);
        }
        let field = self.field?;
        let said = format!("{} {}", field.name, field.doc).to_lowercase();
        let means: &[&str] = match unit {
            "%" => &["percent", "percentage"],
            "€" => &["euro", "euros", "eur"],
            "$" => &["dollar", "dollars", "usd"],
            "£" => &["pound", "pounds", "gbp"],
            _ => &[],
        };
        let unit = folded(unit);
        let mut words = said.split(|sign: char| !sign.is_alphanumeric());
        words
            .any(|word| {
                means.contains(&word)
                    || !unit.is_empty()
                        && (word == unit
                            || word.trim_end_matches('s') == unit.trim_end_matches('s'))
            })
            .then_some(number)
    }
}

/// A number and the one word or sign beside it.
fn with_unit(text: &str) -> (&str, &str) {
    if let Some(rest) = text.strip_prefix(['€', '$', '£']) {
        return (rest.trim(), &text[..text.len() - rest.len()]);
    }
    let end = text
        .rfind(|sign: char| sign.is_ascii_digit())
        .map_or(0, |last| last + 1);
    let unit = text[end..].trim();
    if unit.contains(char::is_whitespace) {
        return (text, "");
    }
    (&text[..end], unit)
}

/// `+5`, `.5`, `05`, `1_000`.
fn plain(text: &str) -> Option<Number> {
    let text = text.strip_prefix('+').unwrap_or(text);
    let (sign, digits) = text
        .strip_prefix('-')
        .map_or(("", text), |digits| ("-", digits));
    let digits = digits.replace('_', "");
    let dots = digits.matches('.').count();
    let plain = !digits.is_empty()
        && digits.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && digits
            .chars()
            .all(|sign| sign.is_ascii_digit() || sign == '.');
    if !plain || dots > 1 || digits == "." {
        return None;
    }
    let whole = digits.trim_start_matches('0');
    let whole = if whole.is_empty() || whole.starts_with('.') {
        format!("0{whole}")
    } else {
        whole.to_owned()
    };
    let whole = if whole.ends_with('.') {
        format!("{whole}0")
    } else {
        whole
    };
    serde_json::from_str(&format!("{sign}{whole}")).ok()
}

/// A number with separators that can mean one thing only. `1,200` is no whole number but 1200; a
/// number that may have a fraction could be 1.2 as well.
fn separated(text: &str, ty: &Type) -> Option<Number> {
    for blank in [' ', '\u{a0}', '\u{202f}', '\'', '’'] {
        if let Some(joined) = grouped(text, blank) {
            return plain(&joined);
        }
    }
    let whole = matches!(ty, Type::Int { .. });
    for (group, point) in [(',', '.'), ('.', ',')] {
        if let Some((before, fraction)) = text.split_once(point)
            && !fraction.is_empty()
            && fraction.chars().all(|digit| digit.is_ascii_digit())
        {
            let joined = grouped(before, group);
            if let Some(joined) = joined {
                return plain(&format!("{joined}.{fraction}"));
            }
            // `12,5`; three digits could be thousands.
            let bare = !before.contains(group) && point == ',' && fraction.len() != 3;
            if bare && !whole {
                return plain(&format!("{before}.{fraction}"));
            }
        } else if let Some(joined) = grouped(text, group)
            && (whole || text.matches(group).count() > 1)
        {
            return plain(&joined);
        }
    }
    None
}

/// Digits in groups of three, without what stands between.
fn grouped(text: &str, between: char) -> Option<String> {
    let mut groups = text.split(between);
    let first = groups.next()?;
    let digits = first.strip_prefix('-').unwrap_or(first);
    let starts = (1..=3).contains(&digits.len()) && is_digits(digits) && digits != "0";
    let mut rest = groups.peekable();
    let several = rest.peek().is_some();
    let even = rest.all(|group| group.len() == 3 && is_digits(group));
    (starts && several && even).then(|| text.replace(between, ""))
}

fn is_digits(text: &str) -> bool {
    text.chars().all(|sign| sign.is_ascii_digit())
}
