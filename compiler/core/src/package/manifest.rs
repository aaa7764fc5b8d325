//! `silex.yaml`: what a package is called and where its parts lie.
//!
//! The document is read into a tree that knows the place of every key and value, and the tree is
//! walked by hand: a wrong value does not hide the next, so every problem of the file is told in
//! one run.

use serde_yaml::Spanned;

use super::node::Node;
use crate::diagnostic::Diagnostic;
use crate::edit_distance::nearest;
use crate::source::{FileId, Span};

/// The version of this compiler.
pub const COMPILER: &str = env!("CARGO_PKG_VERSION");

const KEYS: [&str; 9] = [
    "name",
    "version",
    "silex",
    "specs",
    "layouts",
    "use",
    "lints",
    "limits",
    "snapshots",
];

/// What `silex.yaml` says, defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Name of the package.
    pub name: String,
    /// Its version, semantic.
    pub version: String,
    /// Folder of the modules.
    pub specs: String,
    /// Folder of layout templates.
    pub layouts: String,
    /// Other packages, in the author's order.
    pub dependencies: Vec<Dependency>,
    /// Levels of lints, in the author's order; `all` comes first.
    pub lints: Vec<LintLevel>,
    /// Cap of the enumeration of variants.
    pub variants: u32,
    /// Default of `limit tokens`.
    pub tokens: u32,
    /// Folder of the prompt snapshots.
    pub snapshots: String,
}

/// `NAME: { path: … }` under `use`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The name under which its modules are in scope.
    pub name: String,
    /// Its folder, from that of the manifest.
    pub path: String,
    /// Where its name stands.
    pub span: Span,
}

/// `CODE: LEVEL` under `lints`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LintLevel {
    /// The lint's code, or `all`.
    pub code: String,
    /// Its level.
    pub level: Level,
    /// Where the code stands.
    pub span: Span,
}

/// The level of a lint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Not told.
    Allow,
    /// Told.
    Warn,
    /// Told, and the check fails.
    Deny,
}

impl Level {
    /// The word in a manifest.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }
}

impl Default for Manifest {
    fn default() -> Self {
        Self {
            name: String::new(),
            version: "0.1.0".to_owned(),
            specs: "specs".to_owned(),
            layouts: "layouts".to_owned(),
            dependencies: Vec::new(),
            lints: Vec::new(),
            variants: 4096,
            tokens: 8000,
            snapshots: "snapshots".to_owned(),
        }
    }
}

impl Manifest {
    /// Reads a manifest. What is wrong keeps its default; there is none only when the text is not
    /// a YAML mapping.
    #[must_use]
    pub fn parse(text: &str, file: FileId) -> (Option<Self>, Vec<Diagnostic>) {
        let mut walk = Walk {
            file,
            text,
            diagnostics: Vec::new(),
        };
        let manifest = walk.document();
        (manifest, walk.diagnostics)
    }
}

struct Walk<'a> {
    file: FileId,
    text: &'a str,
    diagnostics: Vec<Diagnostic>,
}

impl Walk<'_> {
    fn document(&mut self) -> Option<Manifest> {
        let options =
            serde_yaml::options! { duplicate_keys: serde_yaml::DuplicateKeyPolicy::LastWins };
        let root: Spanned<Node> = match serde_yaml::from_str_with_options(self.text, options) {
            Ok(root) => root,
            Err(error) => {
                let message = error.without_snippet().to_string();
                let message = message.lines().next().unwrap_or_default().to_owned();
                let at = || error.location().map(|at| self.span(&at));
                let span = self.said(&message).or_else(at);
                let span = span.unwrap_or_else(|| self.top());
                let message = format!("not valid YAML: {message}");
                let report = Diagnostic::error("manifest-syntax", span, message);
                self.diagnostics.push(report.help(self.layout(span)));
                return None;
            }
        };
        let Node::Map(entries) = &root.value else {
            let message = "the manifest is not a mapping of keys to values".to_owned();
            let keys = "write `name: NAME`, `version: 0.1.0` and `silex: \"0.1\"`, each on a line";
            let top = self.top();
            self.diagnostics
                .push(Diagnostic::error("manifest-syntax", top, message).help(keys));
            return None;
        };
        let mut manifest = Manifest::default();
        let mut seen: Vec<&str> = Vec::new();
        for (key, value) in entries {
            if seen.contains(&key.value.as_str()) {
                let message = format!("the key `{}` stands twice", key.value);
                self.error("duplicate-name", self.span(&key.referenced), message);
            }
            seen.push(&key.value);
            self.entry(&mut manifest, key, value);
        }
        for key in ["name", "version", "silex"] {
            // A key that is nearly this one is told as unknown.
            let misspelt = || seen.iter().any(|it| nearest(it, [key]).is_some());
            if !seen.contains(&key) && !misspelt() {
                self.error(
                    "missing-key",
                    self.top(),
                    format!("the key `{key}` is missing"),
                );
            }
        }
        Some(manifest)
    }

    fn entry(&mut self, manifest: &mut Manifest, key: &Spanned<String>, value: &Spanned<Node>) {
        match key.value.as_str() {
            "name" => self.name(&mut manifest.name, value),
            "version" => self.version(&mut manifest.version, value),
            "silex" => self.compiler(value),
            "specs" => self.folder(&mut manifest.specs, "specs", value),
            "layouts" => self.folder(&mut manifest.layouts, "layouts", value),
            "snapshots" => self.folder(&mut manifest.snapshots, "snapshots", value),
            "use" => {
                for (name, at) in self.entries("use", value) {
                    self.dependency(manifest, name, at);
                }
            }
            "lints" => {
                for (code, level) in self.entries("lints", value) {
                    self.lint(manifest, code, level);
                }
            }
            "limits" => {
                for (name, count) in self.entries("limits", value) {
                    match name.value.as_str() {
                        "variants" => self.count(&mut manifest.variants, "variants", count),
                        "tokens" => self.count(&mut manifest.tokens, "tokens", count),
                        _ => self.unknown(name, &["variants", "tokens"]),
                    }
                }
            }
            _ => self.unknown(key, &KEYS),
        }
    }

    fn name(&mut self, slot: &mut String, value: &Spanned<Node>) {
        let Some(text) = self.text("name", value) else {
            return;
        };
        if is_package_name(text) {
            text.clone_into(slot);
        } else {
            self.wrong(
                "name",
                "lower-case letters, digits, `-` and `_`, a letter first",
                value,
            );
        }
    }

    fn version(&mut self, slot: &mut String, value: &Spanned<Node>) {
        let Some(text) = self.text("version", value) else {
            return;
        };
        if is_semantic(text) {
            text.clone_into(slot);
        } else {
            let message = format!("`{text}` is not a semantic version");
            let problem = Diagnostic::error("wrong-value", self.span(&value.referenced), message);
            self.diagnostics
                .push(problem.help("write three numbers: `0.1.0`"));
        }
    }

    fn compiler(&mut self, value: &Spanned<Node>) {
        let Some(least) = self.text("silex", value) else {
            return;
        };
        match (version_numbers(least), version_numbers(COMPILER)) {
            (Some(wanted), Some(ours)) => {
                if wanted > ours {
                    let message = format!(
                        "this package needs silex {least} or newer, and this is {COMPILER}"
                    );
                    let problem =
                        Diagnostic::error("newer-compiler", self.span(&value.referenced), message);
                    self.diagnostics.push(problem.help("upgrade `silex`"));
                }
            }
            (None, _) | (Some(_), None) => {
                self.wrong("silex", "a version such as `\"0.1\"`", value)
            }
        }
    }

    fn folder(&mut self, slot: &mut String, key: &'static str, value: &Spanned<Node>) {
        let Some(text) = self.text(key, value) else {
            return;
        };
        let clean = text.trim_end_matches('/');
        if clean.is_empty()
            || clean.starts_with('/')
            || clean.contains('\\')
            || clean.split('/').any(|part| part == "..")
        {
            self.wrong(key, "a folder inside the package, written with `/`", value);
        } else {
            clean.clone_into(slot);
        }
    }

    fn dependency(&mut self, manifest: &mut Manifest, name: &Spanned<String>, at: &Spanned<Node>) {
        let span = self.span(&name.referenced);
        if !is_package_name(&name.value) || name.value.contains('-') || name.value == "silex" {
            let message = format!("`{}` cannot be the name of a package in `use`", name.value);
            let problem = Diagnostic::error("wrong-value", span, message);
            self.diagnostics
                .push(problem.help("lower-case letters, digits and `_`; not `silex`"));
        }
        let entries = self.entries("use", at);
        if entries.iter().all(|(key, _)| key.value != "path")
            && matches!(at.value, Node::Map(_) | Node::Null)
        {
            self.error("missing-key", span, "the key `path` is missing".to_owned());
        }
        for (key, value) in entries {
            match key.value.as_str() {
                "path" => {
                    if let Some(path) = self.text("path", value) {
                        let (name, path) = (name.value.clone(), path.to_owned());
                        manifest.dependencies.push(Dependency { name, path, span });
                    }
                }
                _ => self.unknown(key, &["path"]),
            }
        }
    }

    fn lint(&mut self, manifest: &mut Manifest, code: &Spanned<String>, value: &Spanned<Node>) {
        let level = match &value.value {
            Node::Text(text) if text == "allow" => Level::Allow,
            Node::Text(text) if text == "warn" => Level::Warn,
            Node::Text(text) if text == "deny" => Level::Deny,
            Node::Null
            | Node::Bool
            | Node::Int(_)
            | Node::Float
            | Node::Text(_)
            | Node::List
            | Node::Map(_) => {
                return self.wrong("lints", "`allow`, `warn` or `deny`", value);
            }
        };
        let at = if code.value == "all" {
            0
        } else {
            manifest.lints.len()
        };
        let set = LintLevel {
            code: code.value.clone(),
            level,
            span: self.span(&code.referenced),
        };
        manifest.lints.insert(at, set);
    }

    fn count(&mut self, slot: &mut u32, key: &'static str, value: &Spanned<Node>) {
        match &value.value {
            Node::Int(count) if *count > 0 => match u32::try_from(*count) {
                Ok(count) => *slot = count,
                Err(_) => self.wrong(key, "a number below four thousand million", value),
            },
            Node::Null
            | Node::Bool
            | Node::Int(_)
            | Node::Float
            | Node::Text(_)
            | Node::List
            | Node::Map(_) => {
                self.wrong(key, "a whole number above 0", value);
            }
        }
    }

    fn text<'n>(&mut self, key: &'static str, value: &'n Spanned<Node>) -> Option<&'n str> {
        match &value.value {
            Node::Text(text) => Some(text),
            Node::Int(_) | Node::Float => {
                self.wrong(key, "text: put it in quotation marks", value);
                None
            }
            Node::Null | Node::Bool | Node::List | Node::Map(_) => {
                self.wrong(key, "text", value);
                None
            }
        }
    }

    fn entries<'n>(
        &mut self,
        key: &'static str,
        value: &'n Spanned<Node>,
    ) -> &'n [(Spanned<String>, Spanned<Node>)] {
        match &value.value {
            Node::Map(entries) => entries,
            Node::Null => &[],
            Node::Bool | Node::Int(_) | Node::Float | Node::Text(_) | Node::List => {
                let like = match key {
                    "use" => "house: { path: ../house }",
                    "lints" => "vague-words: deny",
                    _ => "tokens: 8000",
                };
                let span = self.span(&value.referenced);
                let message = format!("`{key}` must hold keys with values, as in `{like}`");
                self.error("wrong-value", span, message);
                &[]
            }
        }
    }

    /// What most often breaks a manifest at a place.
    fn layout(&self, span: Span) -> &'static str {
        let before = self.text.get(..span.start as usize).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = self.text.get(start..).unwrap_or_default();
        if line.trim_start_matches(' ').starts_with('\t') {
            "YAML takes no tabs: indent with blanks"
        } else {
            "write `key: value`, a key a line; keys that belong together stand equally deep"
        }
    }

    /// The place that the reader of YAML says in words alone: `… at line 6, column 1`.
    fn said(&self, message: &str) -> Option<Span> {
        let (_, place) = message.rsplit_once(" at line ")?;
        let (line, column) = place.split_once(", column ")?;
        let (line, column): (usize, usize) = (line.parse().ok()?, column.parse().ok()?);
        let before = self.text.split_inclusive('\n').take(line.checked_sub(1)?);
        let start = before.map(str::len).sum::<usize>() + column.checked_sub(1)?;
        let offset = u32::try_from(start.min(self.text.len())).ok()?;
        let top = self.top();
        Some(Span {
            start: offset,
            end: offset,
            ..top
        })
    }

    fn unknown(&mut self, key: &Spanned<String>, known: &[&str]) {
        let message = format!("unknown key `{}`", key.value);
        let mut problem = Diagnostic::error("unknown-key", self.span(&key.referenced), message);
        problem = match nearest(&key.value, known.iter().copied()) {
            Some(name) => problem.did_you_mean(Some(name)),
            None => problem.help(format!("known keys: {}", known.join(", "))),
        };
        self.diagnostics.push(problem);
    }

    fn wrong(&mut self, key: &'static str, wanted: &'static str, value: &Spanned<Node>) {
        let span = self.span(&value.referenced);
        self.error("wrong-value", span, format!("`{key}` must be {wanted}"));
    }

    fn error(&mut self, code: &'static str, span: Span, message: String) {
        self.diagnostics
            .push(Diagnostic::error(code, span, message));
    }

    fn top(&self) -> Span {
        Span {
            file: self.file,
            start: 0,
            end: 0,
        }
    }

    fn span(&self, at: &serde_yaml::Location) -> Span {
        let end = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        let offset = |value: Option<u64>| value.and_then(|n| u32::try_from(n).ok());
        let start = offset(at.span().byte_offset()).unwrap_or_default().min(end);
        let length = offset(at.span().byte_len()).unwrap_or_default();
        Span {
            file: self.file,
            start,
            end: start.saturating_add(length).min(end),
        }
    }
}

fn is_package_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_')
}

fn is_semantic(text: &str) -> bool {
    let (core, build) = text
        .split_once('+')
        .map_or((text, None), |(core, build)| (core, Some(build)));
    let (numbers, pre) = core
        .split_once('-')
        .map_or((core, None), |(numbers, pre)| (numbers, Some(pre)));
    let identifiers = |part: Option<&str>| {
        part.is_none_or(|part| {
            part.split('.').all(|id| {
                !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            })
        })
    };
    let parts: Vec<&str> = numbers.split('.').collect();
    parts.len() == 3
        && parts.iter().all(|part| is_number(part))
        && identifiers(pre)
        && identifiers(build)
}

/// `0.1` and `0.1.2`, as three numbers.
fn version_numbers(text: &str) -> Option<[u32; 3]> {
    let parts: Vec<&str> = text.split('.').collect();
    if !(1..=3).contains(&parts.len()) || !parts.iter().all(|part| is_number(part)) {
        return None;
    }
    let mut numbers = [0; 3];
    for (slot, part) in numbers.iter_mut().zip(parts) {
        *slot = part.parse().ok()?;
    }
    Some(numbers)
}

fn is_number(part: &str) -> bool {
    !part.is_empty()
        && part.chars().all(|c| c.is_ascii_digit())
        && (part == "0" || !part.starts_with('0'))
}
