//! Long lists, a page of them at a time.

/// Rows of a page.
pub(super) const ROWS: i64 = 50;

/// Rows that are read: one more tells whether there is another page.
pub(super) const LOOK: i64 = ROWS + 1;

/// Takes off what is of the next page, and gives the key of the last row of this one if there is one.
pub(super) fn cut<T>(rows: &mut Vec<T>, key: impl Fn(&T) -> i64) -> Option<i64> {
    let rows_of_a_page = usize::try_from(ROWS).unwrap_or_default();
    let more = rows.len() > rows_of_a_page;
    rows.truncate(rows_of_a_page);
    rows.last().filter(|_| more).map(key)
}

/// The address of a page, with what was asked for and is not empty.
pub(crate) fn address(path: &str, asked: &[(&str, &str)]) -> String {
    let asked: Vec<_> = asked
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .collect();
    let whole = reqwest::Url::parse_with_params("http://localhost/", asked);
    let query = whole.ok().and_then(|url| url.query().map(str::to_owned));
    match query.filter(|query| !query.is_empty()) {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    }
}

/// A part of a path that holds any text.
pub(super) fn part(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~@".contains(&byte);
    text.bytes()
        .map(|byte| match plain(byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_ends_where_the_next_begins() {
        let mut rows: Vec<i64> = (0..LOOK).rev().collect();
        assert_eq!(cut(&mut rows, |row| *row), Some(1));
        assert_eq!(rows.len(), 50);
        assert_eq!(cut(&mut rows, |row| *row), None);
    }

    #[test]
    fn what_is_asked_for_stands_in_the_address_whatever_it_is() {
        assert_eq!(
            address(
                "/audit",
                &[("kind", "a&b=c"), ("actor", ""), ("before", "7")]
            ),
            "/audit?kind=a%26b%3Dc&before=7"
        );
        assert_eq!(address("/audit", &[]), "/audit");
        assert_eq!(part("a/b?c#d %@x"), "a%2Fb%3Fc%23d%20%25@x");
    }
}
