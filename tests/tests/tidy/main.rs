//! Rules about the code itself. Each is a function from texts to what is wrong with them, held
//! against the repository and against something planted that breaks it.

#![expect(
    clippy::unwrap_used,
    reason = "a check function fails like the test that calls it"
)]

mod arrows;
mod files;
mod metrics;
mod settings;

use std::fs;
use std::path::Path;

use silex_tests::package::{entries, repository};

/// A file of the repository: its path from the root, and its text.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Whether it holds nothing but tests or measurements.
    pub(crate) fn is_test(&self) -> bool {
        let mut parts = self.path.split('/');
        parts.any(|part| matches!(part, "tests" | "tests.rs" | "benches"))
    }

    /// Its text up to its tests.
    pub(crate) fn code(&self) -> &str {
        self.text
            .split("#[cfg(test)]\nmod tests {")
            .next()
            .unwrap_or_default()
    }
}

/// The texts of the repository.
pub(crate) fn repository_files() -> Vec<File> {
    let mut files = Vec::new();
    collect(&repository(), &repository(), &mut files);
    assert!(files.len() > 200, "the repository was not found");
    files
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<File>) {
    for path in entries(folder) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // What is built, and what belongs to other programs.
        if matches!(name.as_str(), "target" | "node_modules" | "outbox") || name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            // A picture has a path and no text.
            let text = fs::read_to_string(&path).unwrap_or_default();
            let path = path
                .strip_prefix(root)
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/");
            files.push(File { path, text });
        }
    }
}

/// Holds a rule against the repository, and against something that breaks it.
pub(crate) fn check(rule: impl Fn(&[File]) -> Vec<String>, planted: &[File], said: &str) {
    let found = rule(&repository_files());
    assert!(found.is_empty(), "{}", found.join("\n"));
    let caught = rule(planted).join("\n");
    assert!(
        caught.contains(said),
        "the rule does not see what breaks it: `{caught}`"
    );
}
