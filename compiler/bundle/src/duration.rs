//! Lengths of time as authors write them, `4h`: read, and written.

/// The units by their lengths in milliseconds, the longest first.
const UNITS: [(u64, &str); 6] = [
    (604_800_000, "w"),
    (86_400_000, "d"),
    (3_600_000, "h"),
    (60_000, "m"),
    (1_000, "s"),
    (1, "ms"),
];

/// The length of a duration in milliseconds; none when it is none or too long to count.
#[must_use]
pub fn read(text: &str) -> Option<u64> {
    let unit_at = text.find(|sign: char| !sign.is_ascii_digit())?;
    let (digits, written) = text.split_at(unit_at);
    let (length, _) = UNITS.iter().find(|(_, unit)| *unit == written)?;
    digits.parse::<u64>().ok()?.checked_mul(*length)
}

/// A length of time in milliseconds, in the largest unit that says it exactly.
#[must_use]
pub fn write(ms: u64) -> String {
    let is_exact = |(length, _): &&(u64, &str)| ms > 0 && ms.is_multiple_of(*length);
    let exact = UNITS.iter().find(is_exact);
    exact.map_or_else(
        || "0s".to_owned(),
        |(length, unit)| format!("{}{unit}", ms / length),
    )
}

#[cfg(test)]
mod tests {
    use super::{read, write};

    #[test]
    fn a_duration_is_said_in_its_largest_whole_unit() {
        let said = [0, 250, 1_500, 90_000, 3_600_000, 172_800_000].map(write);
        assert_eq!(said, ["0s", "250ms", "1500ms", "90s", "1h", "2d"]);
    }

    #[test]
    fn what_is_written_is_read() {
        for ms in [0, 250, 1_500, 90_000, 604_800_000] {
            assert_eq!(read(&write(ms)), Some(ms));
        }
    }

    #[test]
    fn what_is_no_duration_is_not_read() {
        for text in [
            "",
            "4",
            "h",
            "4 h",
            "4y",
            "-4h",
            "99999999999999999999w",
            "30000000000000w",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
