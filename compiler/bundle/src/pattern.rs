//! Regular expressions, compiled once for the process.
//!
//! Patterns come from a bundle, so there are few; the cache is bounded all the same, and starts
//! over when it is full.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use regex::{Regex, RegexBuilder};

/// Most patterns that are kept.
const KEPT: usize = 2048;
/// Most bytes of one compiled pattern, so that `\w{1000}{1000}` is an error and no memory.
const COMPILED_BYTES: usize = 1 << 20;

static COMPILED: RwLock<BTreeMap<String, Arc<Regex>>> = RwLock::new(BTreeMap::new());

/// The compiled pattern. It is shared and not copied: what it learns of itself while it is matched
/// makes the next match cheap, and a copy starts without that.
///
/// # Errors
/// In one line, what is wrong with it.
pub fn compiled(pattern: &str) -> Result<Arc<Regex>, String> {
    // A poisoned lock holds a whole map all the same: insertion is the only write.
    let known = COMPILED
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .get(pattern)
        .cloned();
    if let Some(regex) = known {
        return Ok(regex);
    }
    let regex = RegexBuilder::new(pattern)
        .size_limit(COMPILED_BYTES)
        .build()
        .map_err(|error| reason(&error))?;
    let regex = Arc::new(regex);
    let mut cache = COMPILED.write().unwrap_or_else(PoisonError::into_inner);
    if cache.len() >= KEPT {
        cache.clear();
    }
    cache.insert(pattern.to_owned(), Arc::clone(&regex));
    Ok(regex)
}

/// The last line of the crate's drawing is the reason.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_that_would_grow_without_bound_is_refused() {
        assert!(
            compiled(r"\w{1000}{1000}")
                .unwrap_err()
                .contains("size limit")
        );
    }

    #[test]
    fn the_cache_does_not_grow_without_bound() {
        for n in 0..KEPT + 10 {
            compiled(&format!("a{n}")).unwrap();
        }
        assert!(COMPILED.read().unwrap().len() <= KEPT);
    }
}
