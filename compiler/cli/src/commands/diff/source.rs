//! What is compared: a bundle file, the package in a folder, or a package in a revision.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use silex_bundle::Bundle;
use silex_compiler::{Manifest, Package, SourceFile};

use crate::Failure;
use crate::compile::Compiled;
use crate::files::{self, Revision, Tree};

/// One side of a comparison.
pub(super) enum Source {
    /// A bundle that was built before; its texts are not at hand.
    Built(Box<Bundle>),
    /// A package that was compiled now.
    Compiled(Rc<Compiled>, PathBuf),
}

/// What an argument names.
pub(super) enum Named {
    /// A bundle that was built before.
    Built(Box<Bundle>),
    /// A package that is to be compiled.
    Package(Package, PathBuf),
}

/// Both sides. What is alike in them, as most is, is compiled once.
pub(super) fn compile(old: Named, new: Named) -> (Source, Source) {
    match (old, new) {
        (Named::Package(old, there), Named::Package(new, here)) if old == new => {
            let compiled = Rc::new(Compiled::unlinted(&old, &there));
            let same = Rc::clone(&compiled);
            (
                Source::Compiled(compiled, there),
                Source::Compiled(same, here),
            )
        }
        (Named::Package(old, there), Named::Package(new, here)) if are_near(&old, &new) => {
            let (before, now) = Compiled::both((old, &there), (&new, &here));
            (
                Source::Compiled(Rc::new(before), there),
                Source::Compiled(Rc::new(now), here),
            )
        }
        (old, new) => (old.compile(), new.compile()),
    }
}

/// Whether at least half of the files of a package are those of another: what one check lends to the
/// next then saves more than it takes.
fn are_near(old: &Package, new: &Package) -> bool {
    let files: BTreeMap<&str, &[u8]> = old.files.iter().map(|it| (&*it.path, &*it.bytes)).collect();
    let is_same = |it: &&SourceFile| files.get(&*it.path) == Some(&&*it.bytes);
    let same = new.files.iter().filter(is_same).count();
    2 * same >= new.files.len()
}

impl Named {
    fn compile(self) -> Source {
        match self {
            Self::Built(bundle) => Source::Built(bundle),
            Self::Package(package, path) => {
                Source::Compiled(Rc::new(Compiled::unlinted(&package, &path)), path)
            }
        }
    }

    /// Reads what an argument names. A revision without a path means the package at `folder`.
    pub(super) fn read(named: &str, folder: &Path) -> Result<Self, Failure> {
        let path = Path::new(named);
        if path.is_file() {
            return built(named, &files::bytes(path)?);
        }
        if path.is_dir() {
            return Ok(Self::Package(files::package(path)?, path.to_owned()));
        }
        let (name, inside) = match named.split_once(':') {
            Some((name, inside)) => (name, PathBuf::from(inside)),
            None => (
                named,
                Revision::prefix(folder).map_err(|why| nothing(named, &why))?,
            ),
        };
        let Some(revision) = Revision::open(folder, name)? else {
            return Err(nothing(named, "git knows no revision of this name here"));
        };
        if revision.is_file(&inside) {
            return built(named, &revision.bytes(&inside)?);
        }
        if !revision.is_file(&inside.join("silex.yaml")) {
            return Err(Failure::new(format!(
                "there is no package in `{}` at `{name}`: no `silex.yaml` (name another folder as {name}:PATH)",
                if inside.as_os_str().is_empty() {
                    Path::new(".")
                } else {
                    &inside
                }
                .display()
            )));
        }
        let package = files::package_in(&revision, &inside)?;
        let shown = PathBuf::from(format!("{name}:{}", inside.display()));
        Ok(Self::Package(package, shown))
    }
}

impl Source {
    /// The folder of a package on disk.
    pub(super) fn folder(named: &str) -> Option<&Path> {
        let path = Path::new(named);
        path.is_dir().then_some(path)
    }

    /// The bundle; none if the package has errors.
    pub(super) fn bundle(&self) -> Option<&Bundle> {
        match self {
            Self::Built(bundle) => Some(bundle),
            Self::Compiled(compiled, _) => compiled.bundle.as_ref(),
        }
    }

    /// The number of variants above which a cover stands for all; a bundle does not say.
    pub(super) fn cap(&self) -> u32 {
        match self {
            Self::Built(_) => Manifest::default().variants,
            Self::Compiled(compiled, _) => compiled.manifest.variants,
        }
    }

    /// The path of a file of the package, as a reader can find it.
    pub(super) fn path(&self, path: &str) -> String {
        match self {
            Self::Compiled(_, folder)
                if folder != Path::new(".") && !path.starts_with("silex:") =>
            {
                folder.join(path).display().to_string()
            }
            Self::Compiled(..) | Self::Built(_) => path.to_owned(),
        }
    }
}

fn built(named: &str, bytes: &[u8]) -> Result<Named, Failure> {
    let read = Bundle::read(bytes).map_err(|error| Failure::new(format!("{named}: {error}")))?;
    Ok(Named::Built(Box::new(read.0)))
}

fn nothing(named: &str, why: impl std::fmt::Display) -> Failure {
    Failure::new(format!(
        "`{named}` is no bundle file and no folder, and {why}"
    ))
}
