//! A folder that vanishes, and the program run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// A folder that vanishes.
pub(crate) struct Place(tempfile::TempDir);

/// How a run ended.
pub(crate) struct Outcome {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    code: Option<i32>,
}

impl Place {
    pub(crate) fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder with the package `hello` of the examples in it.
    pub(crate) fn hello() -> Self {
        Self::example("hello")
    }

    /// A folder with the package `desk` of the examples in it.
    pub(crate) fn desk() -> Self {
        Self::example("desk")
    }

    /// A folder with a package of the examples in it.
    pub(crate) fn example(name: &str) -> Self {
        let place = Self::empty();
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
        place.copy(&examples, name);
        place
    }

    fn copy(&self, from: &Path, name: &str) {
        let source = from.join(name);
        if source.is_file() {
            self.write(name, &fs::read_to_string(source).unwrap());
            return;
        }
        for entry in fs::read_dir(source).unwrap() {
            let entry = entry.unwrap().file_name();
            let entry = entry.to_str().unwrap();
            // What was made by trying the example out is no part of it.
            if !entry.starts_with('.') {
                self.copy(from, &format!("{name}/{entry}"));
            }
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Puts one text in place of another, which must be there.
    #[track_caller]
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} has no {from:?}");
        self.write(name, &text.replacen(from, to, 1));
    }

    /// The program, in this folder, with nothing of our own environment that it looks at.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_silex"));
        command.args(arguments).current_dir(self.0.path());
        for name in [
            "SILEX_LOG",
            "NO_COLOR",
            "CLICOLOR_FORCE",
            "DISPLAY",
            "ANTHROPIC_API_KEY",
            "OPENAI_API_KEY",
        ] {
            command.env_remove(name);
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        let Output {
            status,
            stdout,
            stderr,
        } = self.command(arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Outcome {
            stdout: text(stdout),
            stderr: text(stderr),
            code: status.code(),
        }
    }
}

impl Outcome {
    #[track_caller]
    fn ended(&self, code: i32) {
        assert_eq!(self.code, Some(code), "{}{}", self.stdout, self.stderr);
    }

    /// The result of a run that had nothing to complain about.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        self.ended(0);
        self.stdout
    }

    /// The result of a run with findings.
    #[track_caller]
    pub(crate) fn findings(self) -> String {
        self.ended(2);
        self.stdout
    }

    /// What a run said that could not do its work.
    #[track_caller]
    pub(crate) fn failed(self) -> String {
        self.ended(1);
        self.stderr
    }
}

/// JSON lines.
pub(crate) fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}
