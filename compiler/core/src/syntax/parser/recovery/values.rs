//! Numbers, durations, dates and ranges as people write them.

use super::repair::accept;
use super::site::Site;
use super::{Failure, Piece};
use crate::diagnostic::Diagnostic;
use crate::syntax::lexer::TokenKind;
use crate::syntax::parser::grammar::Rule;

/// A value that is written in another way here, with the way it is.
pub(super) fn value(piece: &mut Piece, site: &Site, failure: &Failure) -> Option<Diagnostic> {
    let (start, end) = stretch(piece, site)?;
    let start = day_before(&piece.text, start).unwrap_or(start);
    let text = piece.text[start..end].to_owned();
    let expects = |rule: Rule| failure.expected.contains(&rule);
    let mut tries: Vec<(usize, String)> = Vec::new();
    if expects(Rule::percent) {
        tries.extend(percent(&text).map(|with| (end, with)));
        let unit =
            next_word(piece, site, end).filter(|(word, _)| *word == "percent" || *word == "%");
        if let Some((_, behind)) = unit {
            tries.insert(0, (behind, format!("{text}%")));
        }
    }
    if let Some((word, behind)) = next_word(piece, site, end) {
        tries.extend(unit(word).map(|unit| (behind, format!("{text}{unit}"))));
    }
    if expects(Rule::duration) && text.bytes().all(|byte| byte.is_ascii_digit()) {
        tries.push((end, format!("{text}s")));
    }
    tries.extend(
        [
            range(&text),
            grouped(&text),
            date(&text),
            time(&text),
            with_unit(&text),
        ]
        .into_iter()
        .flatten()
        .map(|with| (end, with)),
    );
    tries.extend(moment(&piece.text, start, end));
    tries.extend(with_slashes(&piece.text, start));
    if piece.text[end..].starts_with('%') && !expects(Rule::percent) {
        tries.push((end + 1, text.clone()));
    }
    tries.extend(decimal(&piece.text, start, end));
    if expects(Rule::time) {
        tries.extend(time(&text.replace('.', ":")).map(|with| (end, with)));
    }
    if expects(Rule::number)
        && let Some(thousands) = text.strip_suffix('k')
    {
        tries.push((end, format!("{thousands}000")));
    }
    if expects(Rule::range) || expects(Rule::dots) {
        tries.push((end, format!("..{text}")));
    }
    for (end, with) in tries {
        let behind = site.tokens.iter().find(|token| token.start >= end);
        let goal = behind.map_or(piece.text.len().saturating_sub(1), |next| next.start);
        let was = piece.text[start..end].to_owned();
        let span = piece.span(start, end);
        if accept(piece, start, end, &with, goal) {
            return Some(
                Diagnostic::error("value", span, format!("`{was}` is written `{with}`")).fix(
                    span,
                    with.clone(),
                    format!("write `{with}`"),
                ),
            );
        }
    }
    None
}

/// `03/05/2027`: a date with the year last, the month first where that can be.
fn with_slashes(text: &str, start: usize) -> Option<(usize, String)> {
    let rest = text.get(start..)?;
    let is_part = |sign: char| sign.is_ascii_digit() || sign == '/';
    let written = &rest[..rest.find(|sign| !is_part(sign)).unwrap_or(rest.len())];
    let parts: Option<Vec<u32>> = written.split('/').map(|part| part.parse().ok()).collect();
    let &[first, second, year] = parts?.as_slice() else {
        return None;
    };
    let (month, day) = match first > 12 {
        true => (second, first),
        false => (first, second),
    };
    let is_date = (1..=12).contains(&month) && (1..=31).contains(&day) && year > 999;
    is_date.then(|| (start + written.len(), format!("{year}-{month:02}-{day:02}")))
}

/// Where the day starts that stands with a blank before a time.
fn day_before(text: &str, start: usize) -> Option<usize> {
    let day = start.checked_sub(11)?;
    let written = text.get(day..start)?.strip_suffix(' ')?;
    (date(written).as_deref() == Some(written)).then_some(day)
}

/// `2027-03-01 09:00`, and the same without a zone.
fn moment(text: &str, start: usize, end: usize) -> Option<(usize, String)> {
    let day = text.get(start..start + 10)?;
    let clock = text.get(start + 11..start + 16)?;
    let joined = matches!(text.as_bytes().get(start + 10), Some(b' ' | b'T'));
    let is_day = day.len() == 10 && date(day).as_deref() == Some(day);
    let is_clock = time(clock).as_deref() == Some(clock);
    let end = end.max(start + 16);
    (joined && is_day && is_clock && end == start + 16).then(|| (end, format!("{day}T{clock}Z")))
}

/// `0,5`
fn decimal(text: &str, start: usize, end: usize) -> Option<(usize, String)> {
    let rest = text.get(end..)?.strip_prefix(',')?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let whole = text.get(start..end)?;
    let is_number = digits > 0 && whole.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| (end + 1 + digits, format!("{whole}.{}", &rest[..digits])))
}

/// Numbers that are written as words.
const NUMBERS: [&str; 13] = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve",
];

/// `three`, and `day` for `1d`.
pub(super) fn in_words(piece: &mut Piece, site: &Site, failure: &Failure) -> Option<Diagnostic> {
    let found = site.found().filter(|it| it.kind == TokenKind::Word)?;
    let was = piece.text.get(found.start..found.end)?.to_owned();
    let expects = |rule: Rule| failure.expected.contains(&rule);
    let number = NUMBERS.iter().position(|word| *word == was);
    let number = number.filter(|_| expects(Rule::number) || expects(Rule::numeral));
    let duration = unit(&was).filter(|_| expects(Rule::duration));
    let with = match (number, duration) {
        (Some(number), _) => number.to_string(),
        (None, Some(unit)) => format!("1{unit}"),
        (None, None) => return None,
    };
    let next = site.tokens.get(site.index + 1);
    let goal = next.map_or(piece.text.len().saturating_sub(1), |next| next.start);
    let span = piece.span(found.start, found.end);
    accept(piece, found.start, found.end, &with, goal).then(|| {
        Diagnostic::error("value", span, format!("`{was}` is written `{with}`")).fix(
            span,
            with.clone(),
            format!("write `{with}`"),
        )
    })
}

/// What stands without a blank around the number at which the parser stopped, or before it.
fn stretch(piece: &Piece, site: &Site) -> Option<(usize, usize)> {
    let joined = |c: char| c.is_ascii_alphanumeric() || "_.:/-'".contains(c);
    let inside = |from: usize| {
        let rest = &piece.text[from..];
        let digits = |at: usize| rest.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
        let length = rest
            .char_indices()
            .find(|(at, c)| {
                let grouped = *c == ',' && digits(at + 1) && digits(at + 3);
                rest[*at..].starts_with("..") || !joined(*c) && !grouped
            })
            .map_or(rest.len(), |(at, _)| at);
        from + length
    };
    for steps in [0, 1, 2] {
        let token = site.before(steps)?;
        let starts = token.kind == TokenKind::Number;
        let before = &piece.text[..token.start];
        let free = before.ends_with("..") || !before.ends_with(joined);
        if starts && free {
            let end = inside(token.start);
            // The stretch must reach what could not be read.
            return (end >= site.at || steps == 0 || steps == 1).then_some((token.start, end));
        }
    }
    None
}

/// The word straight behind, and its end.
fn next_word<'a>(piece: &'a Piece, site: &Site, end: usize) -> Option<(&'a str, usize)> {
    let token = site.tokens.iter().find(|token| token.start >= end)?;
    let text = piece.text.get(token.start..token.end)?;
    let same_line = !piece.text[end..token.start].contains('\n');
    same_line.then_some((text, token.end))
}

/// `0.95` and `95`.
fn percent(text: &str) -> Option<String> {
    let share: f64 = text.parse().ok()?;
    let share = if share <= 1.0 { share * 100.0 } else { share };
    (0.0..=100.0)
        .contains(&share)
        .then(|| format!("{}%", share.round()))
}

/// `1,000`, `1.000.000`, `1_000` and `1'000`.
fn grouped(text: &str) -> Option<String> {
    let mut groups = text.split([',', '.', '_', '\'']);
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    let digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let all = (1..=3).contains(&first.len()) && digits(first) && !rest.is_empty();
    (all && rest.iter().all(|group| group.len() == 3 && digits(group)))
        .then(|| format!("{first}{}", rest.concat()))
}

/// `1-10` and `20:00-08:00`.
fn range(text: &str) -> Option<String> {
    let (from, to) = text.split_once('-')?;
    let digits = |side: &str| !side.is_empty() && side.bytes().all(|byte| byte.is_ascii_digit());
    let clock = |side: &str| side.contains(':') && time(side).as_deref() == Some(side);
    (digits(from) && digits(to) || clock(from) && clock(to)).then(|| format!("{from}..{to}"))
}

/// `1.3.2027`, `2027/03/01` and `2027-3-1`.
fn date(text: &str) -> Option<String> {
    let parts: Vec<u32> = text
        .split(['.', '/', '-'])
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let [first, month, last] = parts.as_slice() else {
        return None;
    };
    // `1/3/2027` is the first of March to some and the third of January to others.
    let (year, day) = match (first, last) {
        (1000..=9999, 1..=31) => (first, last),
        (1..=31, 1000..=9999) if !text.contains('/') => (last, first),
        _ => return None,
    };
    (1..=12)
        .contains(month)
        .then(|| format!("{year}-{month:02}-{day:02}"))
}

/// `9:00`, `9am` and `9pm`.
fn time(text: &str) -> Option<String> {
    if let Some((hour, minute)) = text.split_once(':') {
        let hour: u32 = hour.parse().ok()?;
        let minute: u32 = minute.parse().ok()?;
        return (hour < 24 && minute < 60).then(|| format!("{hour:02}:{minute:02}"));
    }
    let hour: u32 = text.get(..text.len().checked_sub(2)?)?.parse().ok()?;
    match (text.get(text.len() - 2..)?, hour) {
        ("am", 12) => Some("00:00".to_owned()),
        ("am", 1..=11) => Some(format!("{hour:02}:00")),
        ("pm", 12) => Some("12:00".to_owned()),
        ("pm", 1..=11) => Some(format!("{}:00", hour + 12)),
        _ => None,
    }
}

/// `5min`.
fn with_unit(text: &str) -> Option<String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, word) = text.split_at(digits);
    let unit = unit(word).filter(|unit| *unit != word && digits > 0)?;
    Some(format!("{number}{unit}"))
}

/// The unit of a word for a time.
fn unit(word: &str) -> Option<&'static str> {
    Some(match word {
        "ms" | "millisecond" | "milliseconds" => "ms",
        "s" | "sec" | "secs" | "second" | "seconds" => "s",
        "m" | "min" | "mins" | "minute" | "minutes" => "m",
        "h" | "hr" | "hrs" | "hour" | "hours" => "h",
        "d" | "day" | "days" => "d",
        "w" | "week" | "weeks" => "w",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_without_their_groups() {
        assert_eq!(grouped("1,000").as_deref(), Some("1000"));
        assert_eq!(grouped("12.345.678").as_deref(), Some("12345678"));
        assert_eq!(grouped("1_0"), None);
        assert_eq!(grouped("1000"), None);
        assert_eq!(decimal("0,35 x", 0, 1), Some((4, "0.35".to_owned())));
        assert_eq!(decimal("0, 35", 0, 1), None);
    }

    #[test]
    fn dates_and_times_are_turned_round_where_they_mean_one_thing() {
        assert_eq!(date("1.3.2027").as_deref(), Some("2027-03-01"));
        assert_eq!(date("2027/3/1").as_deref(), Some("2027-03-01"));
        assert_eq!(date("1/3/2027"), None);
        assert_eq!(date("1.13.2027"), None);
        assert_eq!(time("9:00").as_deref(), Some("09:00"));
        assert_eq!(time("12am").as_deref(), Some("00:00"));
        assert_eq!(time("13pm"), None);
        assert_eq!(range("20:00-08:00").as_deref(), Some("20:00..08:00"));
        assert_eq!(
            moment("2027-03-02 10:00 }", 0, 10),
            Some((16, "2027-03-02T10:00Z".to_owned()))
        );
        assert_eq!(moment("2027-03-02 10:00:30", 0, 19), None);
    }

    #[test]
    fn shares_and_units_are_told() {
        assert_eq!(percent("0.95").as_deref(), Some("95%"));
        assert_eq!(percent("95").as_deref(), Some("95%"));
        assert_eq!(percent("950"), None);
        assert_eq!(with_unit("5min").as_deref(), Some("5m"));
        assert_eq!(with_unit("5m"), None);
    }
}
