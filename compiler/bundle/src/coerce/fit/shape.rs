//! Dates, times and addresses in their other common forms. What two readers would read differently,
//! `03/04/2027` or a time without a zone, is left alone.

use crate::schema::Type;

/// The one form of a text, if it is in another. The checker decides whether it is one.
pub(super) fn other_form(ty: &Type, text: &str) -> Option<String> {
    match ty {
        Type::Email => email(text),
        Type::Url => url(text),
        Type::Date => date(text),
        Type::Time => time(text),
        Type::Datetime => datetime(text),
        Type::Duration => duration(text),
        Type::Timezone => Some(text.replace(' ', "_")),
        Type::Text { .. }
        | Type::Bool
        | Type::Int { .. }
        | Type::Float { .. }
        | Type::List { .. }
        | Type::Optional(_)
        | Type::Named(_) => None,
    }
}

/// `Ada <ada@example.org>`, `mailto:ada@example.org`, `[…](mailto:…)`.
fn email(text: &str) -> Option<String> {
    let inner = match between(text, '<', '>').or_else(|| linked(text)) {
        Some(inner) => inner,
        None => text,
    };
    let inner = inner.strip_prefix("mailto:").unwrap_or(inner);
    (inner != text).then(|| inner.trim().to_owned())
}

/// `<https://…>`, `[…](https://…)`.
fn url(text: &str) -> Option<String> {
    let inner = linked(text).or_else(|| between(text, '<', '>'))?;
    Some(inner.trim().to_owned())
}

fn between(text: &str, open: char, close: char) -> Option<&str> {
    let (_, rest) = text.split_once(open)?;
    rest.strip_suffix(close)
}

/// The address of a link in Markdown.
fn linked(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('[')?;
    let (_, address) = rest.split_once("](")?;
    address.strip_suffix(')')
}

/// `2027/3/1`, `20270301`, `March 1st, 2027`, `Monday, 1 March 2027`, `25.12.2027`, and an instant at
/// midnight.
fn date(text: &str) -> Option<String> {
    if let Some((day, time)) = text.split_once(['T', ' '])
        && matches!(
            time,
            "00:00" | "00:00Z" | "00:00:00" | "00:00:00Z" | "00:00:00.000Z" | "00:00:00+00:00"
        )
    {
        return Some(day.to_owned());
    }
    if text.len() == 8 && text.bytes().all(|digit| digit.is_ascii_digit()) {
        return Some(format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]));
    }
    if text.contains(char::is_alphabetic) {
        return spelled(text);
    }
    let parts: Vec<&str> = text.split(['-', '/', '.']).map(str::trim).collect();
    let [one, two, three] = parts.as_slice() else {
        return None;
    };
    let number = |part: &str| part.parse::<u32>().ok();
    let (a, b, c) = (number(one)?, number(two)?, number(three)?);
    let (year, month, day) = if one.len() == 4 {
        (a, b, c)
    } else if three.len() == 4 && b > 12 {
        (c, a, b)
    } else if three.len() == 4 && (a > 12 || a == b) {
        (c, b, a)
    } else {
        return None;
    };
    Some(format!("{year:04}-{month:02}-{day:02}"))
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// A date with the name of its month. A weekday that stands there must be the right one.
fn spelled(text: &str) -> Option<String> {
    let text = text.to_lowercase();
    let (mut year, mut month, mut day, mut weekday) = (None, None, None, None);
    for word in text.split(|sign: char| !sign.is_alphanumeric()) {
        let named = |names: &[&str]| {
            names
                .iter()
                .position(|name| name == &word || (word.len() == 3 && name.starts_with(word)))
        };
        let digits = word.trim_end_matches(char::is_alphabetic);
        let ending = &word[digits.len()..];
        let slot = if word.is_empty() || word == "of" || word == "the" {
            continue;
        } else if let Some(found) = named(&MONTHS) {
            month.replace(found + 1)
        } else if let Some(found) = named(&WEEKDAYS) {
            weekday.replace(found + 1)
        } else if digits.len() == 4 && ending.is_empty() {
            year.replace(digits.parse().ok()?)
        } else if digits.len() <= 2 && matches!(ending, "" | "st" | "nd" | "rd" | "th") {
            day.replace(digits.parse().ok()?)
        } else {
            return None;
        };
        if slot.is_some() {
            return None;
        }
    }
    let text = format!("{:04}-{:02}-{:02}", year?, month?, day?);
    let date: jiff::civil::Date = text.parse().ok()?;
    let right = weekday.is_none_or(|weekday| {
        usize::try_from(date.weekday().to_monday_one_offset()).is_ok_and(|is| is == weekday)
    });
    right.then_some(text)
}

/// `9:00`, `9 am`, `09:00:00`.
fn time(text: &str) -> Option<String> {
    let text = text.to_lowercase();
    let (clock, half) = if let Some(clock) = text.strip_suffix("am").or(text.strip_suffix("a.m.")) {
        (clock.trim(), Some(0))
    } else if let Some(clock) = text.strip_suffix("pm").or(text.strip_suffix("p.m.")) {
        (clock.trim(), Some(12))
    } else {
        (text.as_str(), None)
    };
    let mut parts = clock.split(':');
    let hour: u32 = parts.next()?.parse().ok()?;
    let minute: u32 = match parts.next() {
        Some(minute) if minute.len() == 2 => minute.parse().ok()?,
        None if half.is_some() => 0,
        Some(_) | None => return None,
    };
    if !matches!(parts.next(), None | Some("00")) {
        return None;
    }
    let hour = match half {
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(half) => hour % 12 + half,
        None => hour,
    };
    Some(format!("{hour:02}:{minute:02}"))
}

/// `2027-03-01 09:00Z`, `2027-03-01 09:00 UTC`. One without a zone could be anywhere.
fn datetime(text: &str) -> Option<String> {
    let text = text
        .strip_suffix("UTC")
        .or(text.strip_suffix("GMT"))
        .map_or_else(|| text.to_owned(), |clock| format!("{}Z", clock.trim_end()));
    let (day, clock) = text.split_once([' ', 'T'])?;
    let clock = clock.replace(' ', "");
    let day = date(day).unwrap_or_else(|| day.to_owned());
    Some(format!("{day}T{clock}"))
}

/// `4 hours`, `90 min`, `PT4H`.
fn duration(text: &str) -> Option<String> {
    let text = text.to_lowercase();
    let iso = text.strip_prefix("pt").map(|rest| (rest, true));
    let (text, short) = iso
        .or_else(|| text.strip_prefix('p').map(|rest| (rest, true)))
        .unwrap_or((&text, false));
    let end = text.find(|sign: char| !sign.is_ascii_digit())?;
    let (number, unit) = (&text[..end], text[end..].trim());
    let unit = match unit {
        "ms" | "msec" | "millisecond" | "milliseconds" if !short => "ms",
        "s" | "sec" | "secs" | "second" | "seconds" => "s",
        "m" | "min" | "mins" | "minute" | "minutes" if !short || iso.is_some() => "m",
        "h" | "hr" | "hrs" | "hour" | "hours" => "h",
        "d" | "day" | "days" => "d",
        "w" | "week" | "weeks" => "w",
        _ => return None,
    };
    Some(format!("{number}{unit}"))
}
