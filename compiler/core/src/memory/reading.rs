//! A package as it is read: its texts and their trees. What they mean is [`super::Understood`].

use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::{Before, Changed};
use crate::Lints;
use crate::analysis::layouts;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::lint::{self, Summary};
use crate::package::{self, LayoutFile, Loaded, LoadedModule, Manifest, Package};
use crate::resolve::{Module, ModuleId};
use crate::source::{FileId, Sources};
use crate::syntax::{self, ast};

/// The texts of a package, and their trees.
#[derive(Debug, Default)]
pub struct Reading {
    /// The manifest, with defaults for what it does not say.
    pub manifest: Manifest,
    /// The layouts of all packages by name.
    pub layouts: Vec<(String, String)>,
    /// The files into which findings and the bundle point.
    pub sources: Sources,
    /// The modules and their trees, that of the standard library first.
    pub modules: Vec<Module>,
    pub(super) layout_files: Vec<LayoutFile>,
    /// What is kept of each module, made when it is first asked for.
    summaries: Vec<OnceCell<Summary>>,
    /// What is wrong with the package and its files.
    load: Vec<Diagnostic>,
    /// What is wrong with the bytes of each module.
    decoded: Vec<Vec<Diagnostic>>,
    /// What is wrong with the text of each module.
    unread: Vec<Vec<Diagnostic>>,
}

impl Reading {
    /// Reads a package, of which only texts that have changed are parsed; says which.
    pub fn take_in(&mut self, package: &Package, lints: Lints<'_>) -> Changed {
        let mut load = Diagnostics::default();
        let mut loaded = package::load(package, &mut load);
        if let Lints::Wanted(codes) = lints {
            lint::turn_on(&mut loaded.manifest, codes);
        }
        let known = self.is_of(&loaded);
        if !known {
            *self = Self::default();
        }
        let mut changed = BTreeMap::new();
        for (at, module) in loaded.modules.into_iter().enumerate() {
            let same = known && self.sources.get(module.file) == loaded.sources.get(module.file);
            if same && self.decoded.get(at) == Some(&module.decoded) {
                loaded.sources.share(module.file, &self.sources);
                continue;
            }
            let text = loaded.sources.text(module.file);
            let (file, unread) = parse(module.file, text, &module.decoded);
            if known {
                let before = self.put(at, file, unread);
                changed.insert(at, before);
                self.decoded[at] = module.decoded;
                continue;
            }
            self.modules.push(Module {
                name: module.name,
                prefix: module.prefix,
                dependencies: module.dependencies,
                file,
            });
            self.decoded.push(module.decoded);
            self.summaries.push(OnceCell::new());
            self.unread.push(unread);
        }
        self.manifest = loaded.manifest;
        self.layouts = loaded.layouts;
        self.layout_files = loaded.layout_files;
        self.sources = loaded.sources;
        self.load = load.as_slice().to_vec();
        if known {
            Changed::Modules(changed)
        } else {
            Changed::All
        }
    }

    /// Reads the text of a module, whose path is among the sources; says what has changed, or nothing if
    /// there is no such module.
    pub fn edit(&mut self, path: &str, text: &str) -> Option<Changed> {
        let at = self.modules.iter().position(|module| {
            let source = self.sources.get(module.file.id);
            source.is_some_and(|source| source.path == path)
        })?;
        let file = self.modules[at].file.id;
        let (text, decoded) = syntax::decode(file, text.as_bytes());
        let (tree, unread) = parse(file, &text, &decoded);
        let before = self.put(at, tree, unread);
        self.decoded[at] = decoded;
        self.sources.replace(file, text);
        Some(Changed::Modules(BTreeMap::from([(at, before)])))
    }

    /// Puts what is read of a module in the place of what was, and gives the module as it was.
    fn put(&mut self, at: usize, file: ast::File, unread: Vec<Diagnostic>) -> Before {
        self.summaries[at] = OnceCell::new();
        self.unread[at] = unread;
        Before {
            text: self.sources.shared(file.id),
            file: std::mem::replace(&mut self.modules[at].file, file),
        }
    }

    /// The text of a module.
    pub(super) fn text(&self, module: &Module) -> &str {
        self.sources.text(module.file.id)
    }

    /// What is kept of each module.
    pub(super) fn summaries(&self) -> Vec<&Summary> {
        let modules = self.modules.iter().zip(&self.summaries).enumerate();
        let summaries = modules.map(|(at, (module, summary))| {
            summary.get_or_init(|| Summary::of(ModuleId(at), &module.file, self.text(module)))
        });
        summaries.collect()
    }

    /// The layouts of the package and the texts that they stand in.
    pub(super) fn files(&self) -> layouts::Files<'_> {
        layouts::Files {
            layouts: &self.layout_files,
            sources: &self.sources,
        }
    }

    /// Lets go of what is kept of each module, which nobody asks for again.
    pub(super) fn let_summaries_go(&mut self) {
        self.summaries.clear();
    }

    /// Lets go of the trees, which nobody reads again.
    pub(super) fn let_trees_go(&mut self) {
        for module in &mut self.modules {
            module.file.items = Vec::new();
        }
    }

    /// What is wrong with the files and their texts.
    pub(super) fn found(&self) -> Diagnostics {
        let mut found = Diagnostics::default();
        found.extend(self.load.iter().cloned());
        let texts = self.decoded.iter().chain(&self.unread);
        found.extend(texts.flatten().cloned());
        found
    }

    /// Whether it is of a package: nothing but texts of modules can differ.
    fn is_of(&self, loaded: &Loaded) -> bool {
        let same = |(old, new): (&Module, &LoadedModule)| {
            old.name == new.name && old.prefix == new.prefix && old.dependencies == new.dependencies
        };
        self.manifest == loaded.manifest
            && self.layouts == loaded.layouts
            && self.modules.len() == loaded.modules.len()
            && self.modules.iter().zip(&loaded.modules).all(same)
    }
}

/// The tree of a text, and what is wrong with it.
fn parse(file: FileId, text: &str, decoded: &[Diagnostic]) -> (ast::File, Vec<Diagnostic>) {
    let mut unread = Diagnostics::default();
    let tree = syntax::parse(file, text, &mut unread);
    // A file in another encoding is one mistake: the places in it are not those that its author sees.
    let is_encoded = |it: &Diagnostic| it.code == "not-utf8" && it.span().start == it.span().end;
    let encoded = decoded.iter().any(is_encoded);
    let unread = if encoded { Vec::new() } else { unread.finish() };
    (tree, unread)
}
