//! The names of several tools in one list: valid for its reader, and each only once.
//!
//! A behaviour's tools have names of their own already. All tools of a package may not: two modules
//! can have a `find`.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::Reader;
use crate::Tool;

/// Letters of the digest that tell two long names apart.
const DIGEST: usize = 8;

impl Reader {
    /// Most characters of a tool's name.
    #[must_use]
    pub const fn name_max(self) -> usize {
        match self {
            Self::Anthropic | Self::Mcp => 128,
            Self::OpenAi => 64,
        }
    }

    /// Whether it accepts a tool's name.
    #[must_use]
    pub fn accepts(self, name: &str) -> bool {
        !name.is_empty() && name.len() <= self.name_max() && name.bytes().all(|byte| self.has(byte))
    }

    fn has(self, byte: u8) -> bool {
        byte.is_ascii_alphanumeric()
            || byte == b'_'
            || byte == b'-'
            || self == Self::Mcp && byte == b'.'
    }
}

/// Whether every reader accepts a tool's name.
#[must_use]
pub fn is_name(name: &str) -> bool {
    [Reader::Anthropic, Reader::OpenAi, Reader::Mcp]
        .iter()
        .all(|reader| reader.accepts(name))
}

/// The name of each tool by its qualified name: its own where only one has it, else with its module.
#[must_use]
pub fn names(reader: Reader, tools: &BTreeMap<String, Tool>) -> BTreeMap<String, String> {
    let mut own: BTreeMap<&str, usize> = BTreeMap::new();
    for tool in tools.values() {
        *own.entry(tool.name.as_str()).or_default() += 1;
    }
    let mut taken = BTreeSet::new();
    let mut named = BTreeMap::new();
    // Who keeps its own name goes first, so that no made name takes it away.
    for alone in [true, false] {
        for (qualified, tool) in tools {
            if (own[tool.name.as_str()] == 1) != alone {
                continue;
            }
            let wanted = if alone { &tool.name } else { qualified };
            let mapped: String = wanted
                .chars()
                .map(|sign| {
                    let plain = u8::try_from(sign).is_ok_and(|byte| reader.has(byte));
                    if plain { sign } else { '_' }
                })
                .collect();
            let free = reader.accepts(&mapped) && !taken.contains(&mapped);
            let name = if free {
                mapped
            } else {
                marked(reader, &mapped, qualified)
            };
            taken.insert(name.clone());
            named.insert(qualified.clone(), name);
        }
    }
    named
}

/// The beginning of a name, and a mark of the qualified one that no other has.
fn marked(reader: Reader, name: &str, qualified: &str) -> String {
    let digest = hex::encode(Sha256::digest(qualified.as_bytes()));
    let kept: String = name.chars().take(reader.name_max() - DIGEST - 1).collect();
    format!("{kept}_{}", &digest[..DIGEST])
}
