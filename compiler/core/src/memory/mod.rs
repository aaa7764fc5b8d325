//! What a check knows of a package, and lends to the next check of it.
//!
//! There is one way through the phases, with or without a memory: a phase looks at what is fresh,
//! and all is fresh to an empty memory. So an editor, which keeps its memory from keystroke to
//! keystroke, is told what `silex check` would say, for the work that the edit makes necessary. A
//! package of other modules, or with another manifest or layout, is begun anew.

mod touched;

use std::collections::BTreeMap;

use silex_bundle::behaviour::Limits;
use silex_bundle::{Behaviour, Bundle};

use crate::analysis::facts::Facts;
use crate::analysis::{exfiltration, layouts, samples, tokens};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::hir::Hir;
use crate::ledger::Ledger;
use crate::lint::{self, Books, Summary};
use crate::package::{self, LayoutFile, Loaded, LoadedModule, Manifest, Package};
use crate::resolve::{self, Module, ModuleId};
use crate::source::{Sources, Span};
use crate::syntax;
use crate::typeck::{self, Fresh, Typed};
use crate::{Compiled, Lints, codegen};

use self::touched::Touched;

/// What is known of a package.
#[derive(Debug, Default)]
pub struct Memory {
    manifest: Manifest,
    layouts: Vec<(String, String)>,
    layout_files: Vec<LayoutFile>,
    sources: Sources,
    modules: Vec<Module>,
    /// What was wrong with the text of each module.
    unread: Vec<Vec<Diagnostic>>,
    summaries: Vec<Summary>,
    typed: Typed,
    /// Where types were wrong.
    wrong: Vec<Span>,
    /// Qualified names with a number behind them: each repeats an earlier name.
    repeated: Vec<String>,
    bundle: Option<Bundle>,
    /// Behaviours of the bundle that still hold.
    generated: BTreeMap<String, Behaviour>,
    behaviours: Behaviours,
    lints: Books,
}

/// What was found in each behaviour.
#[derive(Debug, Default)]
struct Behaviours {
    samples: Ledger<String>,
    exfiltration: Ledger<String>,
    layouts: Ledger<String>,
    tokens: Ledger<String>,
}

impl Memory {
    /// Compiles a package. What is found is by file and position.
    pub fn compile(&mut self, package: &Package, lints: Lints<'_>) -> Vec<Diagnostic> {
        let mut diagnostics = Diagnostics::default();
        let mut loaded = package::load(package, &mut diagnostics);
        if let Lints::Wanted(codes) = lints {
            lint::turn_on(&mut loaded.manifest, codes);
        }
        let fresh = self.take_in(loaded, &diagnostics);
        diagnostics.extend(self.unread.iter().flatten().cloned());
        self.understand(fresh, lints, diagnostics)
    }

    /// What could be understood of the package, though there be errors in it.
    #[must_use]
    pub fn bundle(&self) -> Option<&Bundle> {
        self.bundle.as_ref()
    }

    /// The files into which the findings and the bundle point.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The modules and their trees, that of the standard library first.
    #[must_use]
    pub fn modules(&self) -> &[Module] {
        &self.modules
    }

    /// The layouts of all packages by name.
    #[must_use]
    pub fn layouts(&self) -> &[(String, String)] {
        &self.layouts
    }

    /// The manifest, with defaults for what it does not say.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The typed package, but for what the bundle holds.
    #[must_use]
    pub fn hir(&self) -> &Hir {
        &self.typed.hir
    }

    /// What was made of the package, with what was found in it; the memory is kept for the next.
    #[must_use]
    pub fn compiled(&self, found: Vec<Diagnostic>) -> Compiled {
        let is_clean = found.iter().all(|it| it.severity != Severity::Error);
        Compiled {
            bundle: self.bundle.as_ref().filter(|_| is_clean).cloned(),
            found,
            manifest: self.manifest.clone(),
            sources: self.sources.clone(),
        }
    }

    /// The same, when there is no next.
    #[must_use]
    pub fn into_compiled(self, found: Vec<Diagnostic>) -> Compiled {
        let is_clean = found.iter().all(|it| it.severity != Severity::Error);
        Compiled {
            bundle: self.bundle.filter(|_| is_clean),
            found,
            manifest: self.manifest,
            sources: self.sources,
        }
    }

    /// Takes in the texts, and says what is fresh of them.
    fn take_in(&mut self, loaded: Loaded, load: &Diagnostics) -> Fresh {
        let known = self.is_of(&loaded);
        if !known {
            *self = Self::default();
        }
        let mut old: Vec<(usize, Module)> = Vec::new();
        for (at, module) in loaded.modules.iter().enumerate() {
            let text = loaded.sources.get(module.file);
            if known && self.sources.get(module.file) == text {
                continue;
            }
            let text = text.map_or("", |source| source.text.as_str());
            let (module, unread) = parse(module, text, load);
            let summary = Summary::of(ModuleId(at), &module.file, text);
            if known {
                old.push((at, std::mem::replace(&mut self.modules[at], module)));
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
        if !known {
            return Fresh::All;
        }
        if let Some(bundle) = self.bundle.take() {
            self.generated = self.typed.hir.take_back(bundle);
        }
        let mut touched = Touched::between(&old, &self.modules);
        touched.spread(&self.modules, &self.summaries);
        touched.settle(&self.modules, &self.wrong);
        self.forget(&touched);
        Fresh::Some(touched.fresh)
    }

    /// Whether the memory is of a package: nothing but texts of modules can differ.
    fn is_of(&self, loaded: &Loaded) -> bool {
        let same = |(old, new): (&Module, &LoadedModule)| {
            old.name == new.name && old.prefix == new.prefix && old.dependencies == new.dependencies
        };
        self.manifest == loaded.manifest
            && self.layouts == loaded.layouts
            && self.modules.len() == loaded.modules.len()
            && self.modules.iter().zip(&loaded.modules).all(same)
    }

    fn forget(&mut self, touched: &Touched) {
        let fresh = touched.fresh.iter().filter_map(|place| {
            let module = self.modules.get(place.file.0 as usize)?;
            let name = module.file.item_at(*place)?.kind.name()?;
            Some(format!("{}.{}", module.name, name.text))
        });
        let mut names: Vec<String> = fresh.collect();
        names.extend(touched.gone.iter().cloned());
        names.append(&mut self.repeated);
        for name in &names {
            self.typed.forget(name);
            self.generated.remove(name);
            self.behaviours.forget(name);
        }
        if touched.spoken {
            self.lints = Books::default();
        }
        for module in &touched.modules {
            self.lints.forget(*module);
        }
    }

    /// Takes the typed package and the bundle from the trees.
    fn understand(
        &mut self,
        mut fresh: Fresh,
        lints: Lints<'_>,
        mut diagnostics: Diagnostics,
    ) -> Vec<Diagnostic> {
        let names = resolve::resolve(&self.modules, &mut diagnostics);
        for repeated in names.declared().filter(|it| it.qualified.contains('#')) {
            fresh.add(repeated.item.span);
            self.repeated.push(repeated.qualified.clone());
        }
        let mut wrong = Diagnostics::default();
        let typed = (&fresh, std::mem::take(&mut self.typed));
        let layouts: Vec<&str> = self.layouts.iter().map(|(name, _)| name.as_str()).collect();
        let limits = Limits {
            tokens: self.manifest.tokens,
            ..Limits::default()
        };
        self.typed = typeck::check(&names, &self.sources, &layouts, limits, typed, &mut wrong);
        self.wrong = wrong.as_slice().iter().map(Diagnostic::span).collect();
        diagnostics.extend(wrong.as_slice().iter().cloned());
        let bundle = codegen::bundle(
            &mut self.typed.hir,
            codegen::Frame {
                manifest: &self.manifest,
                layouts: &self.layouts,
                // Modules are loaded before manifests, which no bundle shows.
                sources: self.sources.first(self.modules.len()),
            },
            std::mem::take(&mut self.generated),
        );
        let facts = Facts::new(&bundle, self.manifest.variants);
        let files = layouts::Files {
            layouts: &self.layout_files,
            sources: &self.sources,
        };
        self.behaviours
            .look(&facts, &self.typed.hir, files, &mut diagnostics);
        let found = if matches!(lints, Lints::None) && diagnostics.is_clean() {
            Vec::new()
        } else {
            let known = lint::Known {
                modules: &self.modules,
                summaries: &self.summaries,
                sources: &self.sources,
                layouts: &self.layout_files,
                manifest: &self.manifest,
                names: &names,
                hir: &self.typed.hir,
                facts: &facts,
            };
            lint::run(&known, &mut self.lints, diagnostics)
        };
        self.bundle = Some(bundle);
        found
    }
}

impl Behaviours {
    fn forget(&mut self, name: &str) {
        self.samples.forget(name);
        self.exfiltration.forget(name);
        self.layouts.forget(name);
        self.tokens.forget(name);
    }

    /// Looks at the behaviours that were not looked at yet.
    fn look(
        &mut self,
        facts: &Facts<'_>,
        hir: &Hir,
        files: layouts::Files<'_>,
        diagnostics: &mut Diagnostics,
    ) {
        let bundle = facts.bundle();
        let tools: Vec<String> = bundle.tools.keys().cloned().collect();
        for (name, it) in &bundle.behaviours {
            self.samples
                .look(name.as_str(), || samples::refuse(&tools, it));
            self.exfiltration.look(name.as_str(), || {
                exfiltration::refuse(bundle, hir, name, it)
            });
        }
        diagnostics.extend(self.samples.told());
        diagnostics.extend(self.exfiltration.told());
        // What was wrong is not in the bundle as it was meant.
        if diagnostics.is_clean() {
            diagnostics.extend(layouts::unread(facts, files));
            for (name, it) in &bundle.behaviours {
                self.layouts.look(name.as_str(), || {
                    layouts::refuse(facts, files, name, it)
                        .into_iter()
                        .collect()
                });
                self.tokens.look(name.as_str(), || {
                    tokens::refuse(facts, hir, name, it).into_iter().collect()
                });
            }
            diagnostics.extend(self.layouts.told());
            diagnostics.extend(self.tokens.told());
        }
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
