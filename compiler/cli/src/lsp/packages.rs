//! The packages of the files that are open, each with what is known of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use lsp_types::{Diagnostic, TextDocumentContentChangeEvent, Uri};
use silex_compiler::ide::Analysis;
use silex_compiler::package::{Package, SourceFile};
use silex_compiler::source::FileId;

use super::documents::Documents;
use super::positions::{Encoding, Lines};
use super::uris;
use crate::Failure;
use crate::files::{self, Disk, Tree};

/// The packages, and the files that are open.
#[derive(Debug)]
pub(super) struct Packages {
    /// What a column counts.
    pub(super) encoding: Encoding,
    /// Whether the editor shows notes on edits.
    pub(super) annotates: bool,
    /// The files that are open.
    pub(super) documents: Documents,
    /// By the folder of the package, or the path of a file that belongs to none.
    all: BTreeMap<PathBuf, Open>,
    /// Files whose text has changed.
    edited: BTreeSet<PathBuf>,
    /// Packages that are read again.
    stale: BTreeSet<PathBuf>,
    /// Why a package cannot be read.
    unread: BTreeMap<PathBuf, String>,
    /// What the author is not told of that yet.
    untold: Vec<String>,
}

/// A package with an open file.
#[derive(Debug)]
pub(super) struct Open {
    /// What is known of it.
    pub(super) analysis: Analysis,
    /// What was told of its files.
    pub(super) told: BTreeMap<PathBuf, Vec<Diagnostic>>,
    /// Files about which something has to be told, whatever was told before.
    pub(super) edited: BTreeSet<PathBuf>,
    /// Whether it has changed since that was told.
    pub(super) changed: bool,
    folder: PathBuf,
}

impl Packages {
    pub(super) fn new(encoding: Encoding, annotates: bool) -> Self {
        Self {
            encoding,
            annotates,
            documents: Documents::default(),
            all: BTreeMap::new(),
            edited: BTreeSet::new(),
            stale: BTreeSet::new(),
            unread: BTreeMap::new(),
            untold: Vec::new(),
        }
    }

    pub(super) fn open(&mut self, uri: &Uri, version: i32, text: String) {
        let Some(path) = uris::path(uri) else {
            return;
        };
        let root = root(&path);
        self.documents.open(path.clone(), version, text);
        if !self.all.contains_key(&root) {
            self.stale.insert(root);
        }
        self.edited.insert(path);
    }

    pub(super) fn change(
        &mut self,
        uri: &Uri,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
    ) {
        let Some(path) = uris::path(uri) else {
            return;
        };
        if self
            .documents
            .change(&path, version, changes, self.encoding)
        {
            self.edited.insert(path);
        }
    }

    /// The text on disk counts again.
    pub(super) fn close(&mut self, uri: &Uri) {
        if let Some(path) = uris::path(uri) {
            self.documents.close(&path);
            self.stale.insert(root(&path));
        }
    }

    /// A file was made, changed, renamed or removed by another program.
    pub(super) fn changed_on_disk(&mut self, uri: &Uri) {
        let Some(path) = uris::path(uri) else {
            return;
        };
        let touched = self.all.iter().filter(|(folder, open)| {
            path.starts_with(folder) || open.sources().any(|(_, it)| it == path)
        });
        self.stale.extend(touched.map(|(folder, _)| folder.clone()));
    }

    /// Forgets what is known, so that all is looked at again.
    pub(super) fn begin_anew(&mut self) {
        for open in self.all.values_mut() {
            open.analysis = Analysis::new(Package::default());
        }
        self.stale.extend(self.all.keys().cloned());
    }

    /// Reads what has changed.
    pub(super) fn refresh(&mut self) {
        let edited = std::mem::take(&mut self.edited);
        for (root, open) in &mut self.all {
            let inside = edited.iter().filter_map(|path| {
                let text = self.documents.get(path)?.text.clone();
                Some((open.inside(path)?, text))
            });
            let inside: Vec<(String, String)> = inside.collect();
            if inside.is_empty() {
                continue;
            }
            open.changed = true;
            // What is no module is the manifest, a layout, or new.
            if !self.stale.contains(root) && !open.analysis.edit(&inside) {
                self.stale.insert(root.clone());
            }
        }
        for root in std::mem::take(&mut self.stale) {
            self.read(root);
        }
        for open in self.all.values_mut() {
            let inside = edited.iter().filter(|path| open.inside(path).is_some());
            let inside: Vec<PathBuf> = inside.cloned().collect();
            open.edited.extend(inside);
        }
    }

    fn read(&mut self, root: PathBuf) {
        // A package without an open file is nobody's concern.
        let is_open = self.documents.inside(&root).next().is_some();
        if !is_open && !self.all.contains_key(&root) {
            return;
        }
        let package = match package(&root, &self.documents) {
            Ok(package) => {
                self.unread.remove(&root);
                package
            }
            Err(failure) => {
                let why = failure.to_string();
                if self.unread.insert(root.clone(), why.clone()).as_ref() != Some(&why) {
                    self.untold.push(why);
                }
                Package::default()
            }
        };
        if let Some(open) = self.all.get_mut(&root) {
            open.analysis.set(package);
            open.changed = true;
            return;
        }
        let folder = if root.is_file() || self.documents.get(&root).is_some() {
            root.parent().unwrap_or(&root).to_owned()
        } else {
            root.clone()
        };
        let open = Open {
            analysis: Analysis::new(package),
            told: BTreeMap::new(),
            edited: BTreeSet::new(),
            changed: true,
            folder,
        };
        self.all.insert(root, open);
    }

    /// Why packages cannot be read, as far as the author was not told before.
    pub(super) fn unread(&mut self) -> Vec<String> {
        std::mem::take(&mut self.untold)
    }

    /// All packages, to be looked at.
    pub(super) fn opened(&self) -> impl Iterator<Item = &Open> {
        self.all.values()
    }

    /// All packages.
    pub(super) fn all(&mut self) -> impl Iterator<Item = &mut Open> {
        self.all.values_mut()
    }

    /// The package of a file, and the file in it.
    pub(super) fn of(&self, uri: &Uri) -> Option<(&Open, FileId)> {
        let path = uris::path(uri)?;
        let open = self.all.get(&root(&path))?;
        let (file, _) = open.sources().find(|(_, it)| *it == path)?;
        Some((open, file))
    }

    /// The lines of a file of a package.
    pub(super) fn lines<'p>(&self, open: &'p Open, file: FileId) -> Lines<'p> {
        Lines::of(open.analysis.text(file), self.encoding)
    }
}

impl Open {
    /// Whether a file is the package's own, and not of one that it uses.
    pub(super) fn is_own(&self, path: &Path) -> bool {
        path.starts_with(&self.folder)
    }

    /// The files of the package and of those that it uses, with their paths.
    pub(super) fn sources(&self) -> impl Iterator<Item = (FileId, PathBuf)> {
        let sources = self.analysis.sources().all();
        let files = sources.filter(|(_, source)| !source.path.starts_with("silex:"));
        files.map(|(id, source)| (id, uris::plain(&self.folder.join(&source.path))))
    }

    /// The path of a file; none for the standard library, which is on no disk.
    pub(super) fn path(&self, file: FileId) -> Option<PathBuf> {
        let source = self.analysis.sources().get(file)?;
        let on_disk = !source.path.starts_with("silex:");
        on_disk.then(|| uris::plain(&self.folder.join(&source.path)))
    }

    /// The path of a file from the folder of the package, if it is in it or in one that it uses.
    fn inside(&self, path: &Path) -> Option<String> {
        let known = self.sources().find(|(_, it)| it == path);
        if let Some(source) = known.and_then(|(id, _)| self.analysis.sources().get(id)) {
            return Some(source.path.clone());
        }
        let inside = path.strip_prefix(&self.folder).ok()?;
        Some(inside.to_string_lossy().replace('\\', "/"))
    }
}

/// The folder of the package of a file; the file itself, if it belongs to none.
fn root(path: &Path) -> PathBuf {
    files::root(path).unwrap_or_else(|| path.to_owned())
}

/// A package as it stands in the editor, and where it is not open on disk; one of nothing, if it is gone.
fn package(root: &Path, documents: &Documents) -> Result<Package, Failure> {
    let edited = Edited { documents };
    if edited.is_file(&root.join("silex.yaml")) {
        return files::package_in(&edited, root);
    }
    if !edited.is_file(root) {
        return Ok(Package::default());
    }
    // A file alone is a package without a name.
    let name = root.file_name().unwrap_or_default();
    Ok(Package {
        manifest: "name: alone\nversion: 0.1.0\nsilex: \"0.1\"\nspecs: .\n".to_owned(),
        files: vec![SourceFile {
            path: name.to_string_lossy().into_owned(),
            bytes: edited.bytes(root)?,
        }],
        ..Package::default()
    })
}

/// The files on disk, but where they are open as they stand in the editor.
#[derive(Debug)]
struct Edited<'d> {
    documents: &'d Documents,
}

impl Tree for Edited<'_> {
    fn is_file(&self, path: &Path) -> bool {
        self.documents.get(&uris::plain(path)).is_some() || Disk.is_file(path)
    }

    fn bytes(&self, path: &Path) -> Result<Vec<u8>, Failure> {
        match self.documents.get(&uris::plain(path)) {
            Some(document) => Ok(document.text.clone().into_bytes()),
            None => Disk.bytes(path),
        }
    }

    fn files(
        &self,
        folder: &Path,
        is_wanted: &dyn Fn(&Path) -> bool,
    ) -> Result<Vec<PathBuf>, Failure> {
        let mut found = Disk.files(folder, is_wanted)?;
        let folder = uris::plain(folder);
        let open = self.documents.inside(&folder);
        let here = open.filter(|path| path.parent() == Some(&folder) && is_wanted(path));
        for path in here {
            if found.iter().all(|it| uris::plain(it) != path) {
                found.push(path.to_owned());
            }
        }
        Ok(found)
    }

    fn folders(&self, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
        Disk.folders(folder)
    }
}
