//! What a package means, as far as it was understood, and what was found in it on the way.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use silex_bundle::behaviour::Limits;
use silex_bundle::{Behaviour, Bundle};

use super::touched::Touched;
use super::{Changed, Reading};
use crate::analysis::facts::Facts;
use crate::analysis::{exfiltration, layouts, samples, tokens};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::hir::Hir;
use crate::ledger::Ledger;
use crate::lint::{self, Books};
use crate::resolve::{self, Names};
use crate::source::{FileId, Span};
use crate::typeck::{self, Fresh, Typed};
use crate::{Lints, codegen};

/// What was understood of a package.
#[derive(Debug, Default)]
pub struct Understood {
    /// The bundle as far as it can be made, though there be errors.
    pub bundle: Option<Bundle>,
    typed: Typed,
    /// Where types were wrong.
    wrong: Vec<Span>,
    /// Qualified names with a number behind them: each repeats an earlier name.
    repeated: Vec<String>,
    /// Behaviours of the bundle that still hold.
    generated: BTreeMap<String, Arc<Behaviour>>,
    behaviours: Behaviours,
    lints: RefCell<Books>,
}

/// What was found in each behaviour.
#[derive(Debug, Default)]
struct Behaviours {
    samples: Ledger<String>,
    exfiltration: Ledger<String>,
    layouts: Ledger<String>,
    tokens: Ledger<String>,
}

impl Understood {
    /// Looks again at what a change can have touched. Gives what names mean, and what is wrong.
    pub fn renew<'r>(
        &mut self,
        reading: &'r Reading,
        changed: &Changed,
    ) -> (Names<'r>, Diagnostics) {
        let fresh = self.fresh(reading, changed);
        let mut wrong = reading.found();
        let names = self.check(reading, fresh, &mut wrong);
        self.put_together(reading, &mut wrong);
        (names, wrong)
    }

    /// All that is found in the package, what is wrong and what the lints find, by file and position.
    pub fn lint(
        &self,
        reading: &Reading,
        names: &Names<'_>,
        wrong: Diagnostics,
        lints: Lints<'_>,
    ) -> Vec<Diagnostic> {
        if matches!(lints, Lints::None) && wrong.is_clean() {
            return Vec::new();
        }
        let Some(bundle) = &self.bundle else {
            return wrong.finish();
        };
        let known = lint::Known {
            modules: &reading.modules,
            summaries: &reading.summaries(),
            sources: &reading.sources,
            layouts: &reading.layout_files,
            manifest: &reading.manifest,
            names,
            hir: &self.typed.hir,
            facts: &Facts::new(bundle, reading.manifest.variants),
        };
        lint::run(&known, &mut self.lints.borrow_mut(), wrong)
    }

    /// What a change can have touched. It is forgotten.
    fn fresh(&mut self, reading: &Reading, changed: &Changed) -> Fresh {
        match changed {
            Changed::All => {
                *self = Self::default();
                Fresh::All
            }
            Changed::Modules(old) => {
                if let Some(bundle) = self.bundle.take() {
                    self.generated = self.typed.hir.take_back(bundle);
                }
                let touched = Touched::by(old, reading, &self.wrong);
                self.forget(reading, &touched);
                let lints = self.lints.get_mut();
                // What is gone from a module leaves no declaration to look at again.
                old.keys().for_each(|at| lints.forget(*at));
                let is_edited = |file: FileId| old.contains_key(&(file.0 as usize));
                let has_moved = |found: &Diagnostic| found.speaks_of(is_edited);
                lints.doubt(has_moved);
                self.behaviours.doubt(has_moved);
                Fresh::Some(touched.fresh)
            }
        }
    }

    fn forget(&mut self, reading: &Reading, touched: &Touched) {
        let name = |place: &Span| {
            let module = reading.modules.get(place.file.0 as usize)?;
            let name = module.file.item_at(*place)?.kind.name()?;
            Some(format!("{}.{}", module.name, name.text))
        };
        let mut names: Vec<String> = touched.fresh.iter().filter_map(name).collect();
        names.extend(touched.gone.iter().cloned());
        names.append(&mut self.repeated);
        for name in &names {
            self.typed.forget(name);
            self.generated.remove(name);
            self.behaviours.forget(name);
        }
        for name in touched.reworded.iter().filter_map(name) {
            self.generated.remove(&name);
            self.behaviours.reword(&name);
        }
        let lints = self.lints.get_mut();
        if touched.spoken {
            *lints = Books::default();
        }
        for place in &touched.fresh {
            lints.rethink(place.file.0 as usize);
        }
        for place in &touched.reworded {
            lints.reword(place.file.0 as usize);
        }
    }

    /// Takes the bundle of a package without errors that nobody asks about again; false for one with
    /// an error, about which more is to be said. Its trees are let go before the bundle is made: they
    /// take as much room as all else.
    pub(super) fn means(&mut self, reading: &mut Reading, changed: Changed) -> bool {
        let fresh = self.fresh(reading, &changed);
        drop(changed);
        reading.let_summaries_go();
        let mut wrong = reading.found();
        drop(self.check(reading, fresh, &mut wrong));
        if wrong.is_clean() {
            reading.let_trees_go();
            self.put_together(reading, &mut wrong);
        }
        wrong.is_clean()
    }

    /// Settles what names mean, and the types of what is fresh.
    fn check<'r>(
        &mut self,
        reading: &'r Reading,
        mut fresh: Fresh,
        diagnostics: &mut Diagnostics,
    ) -> Names<'r> {
        let names = resolve::resolve(&reading.modules, diagnostics);
        for repeated in names.declared().filter(|it| it.qualified.contains('#')) {
            fresh.add(repeated.item.span);
            // What is forgotten by its written name is the first of that name.
            let first = names.lookup(repeated.module, &repeated.name.text);
            first.iter().for_each(|it| fresh.add(it.item.span));
            self.repeated.push(repeated.qualified.clone());
        }
        let mut wrong = Diagnostics::default();
        let typed = (&fresh, std::mem::take(&mut self.typed));
        let layouts = reading.layouts.iter().map(|(name, _)| name.as_str());
        let layouts: Vec<&str> = layouts.collect();
        let limits = Limits {
            tokens: reading.manifest.tokens,
            ..Limits::default()
        };
        let sources = &reading.sources;
        self.typed = typeck::check(&names, sources, &layouts, limits, typed, &mut wrong);
        self.wrong = wrong.as_slice().iter().map(Diagnostic::span).collect();
        diagnostics.extend(wrong.as_slice().iter().cloned());
        names
    }

    /// Makes the bundle of the typed package, and looks at its behaviours.
    fn put_together(&mut self, reading: &Reading, wrong: &mut Diagnostics) {
        let frame = codegen::Frame {
            manifest: &reading.manifest,
            layouts: &reading.layouts,
            // Modules are loaded before manifests, which no bundle shows.
            sources: reading.sources.first(reading.modules.len()),
        };
        let known = std::mem::take(&mut self.generated);
        let bundle = codegen::bundle(&mut self.typed.hir, frame, known);
        let facts = Facts::new(&bundle, reading.manifest.variants);
        self.behaviours
            .look(&facts, &self.typed.hir, reading.files(), wrong);
        self.bundle = Some(bundle);
    }
}

impl Behaviours {
    fn forget(&mut self, name: &str) {
        self.samples.forget(name);
        self.exfiltration.forget(name);
        self.reword(name);
    }

    /// Forgets what the words of a behaviour have a say in.
    fn reword(&mut self, name: &str) {
        self.layouts.forget(name);
        self.tokens.forget(name);
    }

    /// Forgets the behaviours in which something of a kind was found.
    fn doubt(&mut self, is_so: impl Fn(&Diagnostic) -> bool) {
        self.samples.doubt(&is_so);
        self.exfiltration.doubt(&is_so);
        self.layouts.doubt(&is_so);
        self.tokens.doubt(&is_so);
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
