//! A package as it is read: its texts and their trees. What they mean is [`super::Understood`].

use std::collections::BTreeMap;

use super::Changed;
use crate::Lints;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::lint::{self, Summary};
use crate::package::{self, LayoutFile, Loaded, LoadedModule, Manifest, Package};
use crate::resolve::{Module, ModuleId};
use crate::source::Sources;
use crate::syntax;

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
    pub(super) summaries: Vec<Summary>,
    /// What is wrong with the files.
    load: Vec<Diagnostic>,
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
        for (at, module) in loaded.modules.iter().enumerate() {
            let text = loaded.sources.get(module.file);
            if known && self.sources.get(module.file) == text {
                continue;
            }
            let text = text.map_or("", |source| source.text.as_str());
            let (module, unread) = parse(module, text, &load);
            let summary = Summary::of(ModuleId(at), &module.file, text);
            if known {
                changed.insert(at, std::mem::replace(&mut self.modules[at], module));
                self.summaries[at] = summary;
                self.unread[at] = unread;
            } else {
                self.modules.push(module);
                self.summaries.push(summary);
                self.unread.push(unread);
            }
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

    /// What is wrong with the files and their texts.
    pub(super) fn found(&self) -> Diagnostics {
        let mut found = Diagnostics::default();
        found.extend(self.load.iter().cloned());
        found.extend(self.unread.iter().flatten().cloned());
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

/// The tree of a module, and what is wrong with its text.
fn parse(module: &LoadedModule, text: &str, load: &Diagnostics) -> (Module, Vec<Diagnostic>) {
    // A file in another encoding is one mistake: the places in it are not those that its author sees.
    let is_encoded = |it: &Diagnostic| {
        let span = it.span();
        it.code == "not-utf8" && span.file == module.file && span.start == span.end
    };
    let encoded = load.as_slice().iter().any(is_encoded);
    let mut unread = Diagnostics::default();
    let file = syntax::parse(module.file, text, &mut unread);
    let module = Module {
        name: module.name.clone(),
        prefix: module.prefix.clone(),
        dependencies: module.dependencies.clone(),
        file,
    };
    let unread = if encoded { Vec::new() } else { unread.finish() };
    (module, unread)
}
