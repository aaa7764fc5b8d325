//! The nearest of some names, for "did you mean".

/// The candidate that is most likely meant: at most two slips away, or a third of the longer
/// name's length. Of equally near ones the first wins.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let longest = name.chars().count().max(candidate.chars().count());
        // In short words two slips make any word of any other.
        let limit = if longest <= 3 {
            1
        } else {
            (longest / 3).max(2)
        };
        let limit = best.map_or(limit, |(found, _)| limit.min(found.saturating_sub(1)));
        if candidate == name {
            continue;
        }
        let distance = distance(name, candidate);
        if distance <= limit {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// How many letters must be put in, left out, changed or swapped with their neighbour.
#[must_use]
pub fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let changed = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = changed.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_nearest(name: &str, candidates: &[&str], wanted: Option<&str>) {
        assert_eq!(nearest(name, candidates.iter().copied()), wanted);
    }

    #[test]
    fn two_swapped_letters_are_one_slip() {
        assert_eq!(distance("wehn", "when"), 1);
    }

    #[test]
    fn a_missing_an_extra_and_a_changed_letter_are_one_slip_each() {
        assert_eq!(distance("mst", "must"), 1);
        assert_eq!(distance("musst", "must"), 1);
        assert_eq!(distance("mast", "must"), 1);
        assert_eq!(distance("", "must"), 4);
    }

    #[test]
    fn the_nearest_name_wins() {
        check_nearest("shuold", &["would", "should", "avoid"], Some("should"));
    }

    #[test]
    fn long_names_may_differ_by_a_third() {
        check_nearest(
            "writing_preference_of",
            &["writing_preferences"],
            Some("writing_preferences"),
        );
    }

    #[test]
    fn far_names_are_not_offered() {
        check_nearest("banana", &["must", "role"], None);
        check_nearest("ab", &["on"], None);
    }
}
