//! The files of a revision, as `git` has them. Nothing is checked out.
//!
//! Paths start from the root of the repository. What git stores is read, so a link is not followed:
//! it is no file.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Component, Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::Tree;
use crate::Failure;

/// The files of one commit.
pub(crate) struct Revision {
    name: String,
    /// The ids of the files by their paths.
    files: BTreeMap<PathBuf, String>,
    /// The folders, the root included.
    folders: BTreeSet<PathBuf>,
    reader: RefCell<Reader>,
}

impl Revision {
    /// The revision of a name in the repository around a folder; none if nothing has that name.
    pub(crate) fn open(folder: &Path, name: &str) -> Result<Option<Self>, Failure> {
        let commit = format!("{name}^{{commit}}");
        let asked = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &commit,
        ];
        let Ok(commit) = git(folder, &asked)? else {
            return Ok(None);
        };
        let commit = String::from_utf8_lossy(&commit).trim().to_owned();
        let listed = git(folder, &["ls-tree", "-r", "-z", "--full-tree", &commit])?;
        let listed = listed.map_err(Failure::new)?;
        let mut revision = Self {
            name: name.to_owned(),
            files: BTreeMap::new(),
            folders: BTreeSet::from([PathBuf::new()]),
            reader: RefCell::new(Reader::new(folder)?),
        };
        for line in listed.split(|byte| *byte == 0) {
            revision.enter(&String::from_utf8_lossy(line));
        }
        Ok(Some(revision))
    }

    /// The path of a folder from the root of its repository.
    pub(crate) fn prefix(folder: &Path) -> Result<PathBuf, Failure> {
        let prefix = git(folder, &["rev-parse", "--show-prefix"])?.map_err(Failure::new)?;
        Ok(normal(Path::new(
            String::from_utf8_lossy(&prefix).trim_end_matches('\n'),
        )))
    }

    /// Takes in a line of `ls-tree`: `MODE TYPE ID`, a tab, the path.
    fn enter(&mut self, line: &str) {
        let Some((about, path)) = line.split_once('\t') else {
            return;
        };
        let mut about = about.split(' ');
        let (mode, id) = (about.next(), about.nth(1));
        // A link's content is where it leads, and a module of another repository is not here.
        if let (Some("100644" | "100755"), Some(id)) = (mode, id) {
            let path = PathBuf::from(path);
            let around = path.ancestors().skip(1).map(Path::to_owned);
            self.folders.extend(around);
            self.files.insert(path, id.to_owned());
        }
    }
}

impl Tree for Revision {
    fn is_file(&self, path: &Path) -> bool {
        self.files.contains_key(&normal(path))
    }

    fn bytes(&self, path: &Path) -> Result<Vec<u8>, Failure> {
        let id = self.files.get(&normal(path));
        let read = id.ok_or_else(|| "there is no such file".to_owned());
        let read = read.and_then(|id| {
            self.reader
                .borrow_mut()
                .read(id)
                .map_err(|it| it.to_string())
        });
        read.map_err(|error| Failure::new(format!("{}:{}: {error}", self.name, path.display())))
    }

    fn files(
        &self,
        folder: &Path,
        is_wanted: &dyn Fn(&Path) -> bool,
    ) -> Result<Vec<PathBuf>, Failure> {
        let inside = inside(folder, self.files.keys());
        Ok(inside.into_iter().filter(|path| is_wanted(path)).collect())
    }

    fn folders(&self, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
        Ok(inside(folder, &self.folders))
    }
}

/// What lies in a folder, named from the folder as it was named.
fn inside<'a>(folder: &Path, all: impl IntoIterator<Item = &'a PathBuf>) -> Vec<PathBuf> {
    let around = normal(folder);
    let inside = all
        .into_iter()
        .filter(|path| path.parent() == Some(&around));
    let names = inside.filter_map(|path| path.file_name());
    names.map(|name| folder.join(name)).collect()
}

/// A path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(part) => normal.push(part),
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    normal
}

/// A `git cat-file --batch` that is asked for one file after the other.
struct Reader {
    git: Child,
    ids: ChildStdin,
    contents: BufReader<ChildStdout>,
}

impl Reader {
    fn new(folder: &Path) -> Result<Self, Failure> {
        let mut git = command(folder, &["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| no_git(&error))?;
        match (git.stdin.take(), git.stdout.take()) {
            (Some(ids), Some(contents)) => Ok(Self {
                git,
                ids,
                contents: BufReader::new(contents),
            }),
            _ => Err(Failure::new("`git` cannot be spoken with")),
        }
    }

    /// The content of an id. It is told as `ID TYPE SIZE`, a line, the bytes, a line.
    fn read(&mut self, id: &str) -> std::io::Result<Vec<u8>> {
        writeln!(self.ids, "{id}")?;
        self.ids.flush()?;
        let mut about = String::new();
        self.contents.read_line(&mut about)?;
        let size = about.trim_end().rsplit(' ').next().unwrap_or_default();
        let size: usize = size
            .parse()
            .map_err(|_| std::io::Error::other(format!("git says: {}", about.trim_end())))?;
        let mut bytes = vec![0; size];
        self.contents.read_exact(&mut bytes)?;
        self.contents.read_exact(&mut [0])?;
        Ok(bytes)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // It is not asked again, and holds nothing that could be lost.
        let _ = self.git.kill();
        let _ = self.git.wait();
    }
}

/// What `git` writes, or what it complains about.
fn git(folder: &Path, arguments: &[&str]) -> Result<Result<Vec<u8>, String>, Failure> {
    let output = command(folder, arguments)
        .output()
        .map_err(|error| no_git(&error))?;
    Ok(if output.status.success() {
        Ok(output.stdout)
    } else {
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!(
            "git says: {}",
            said.trim().trim_start_matches("fatal: ")
        ))
    })
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(arguments);
    command
}

fn no_git(error: &std::io::Error) -> Failure {
    if error.kind() == std::io::ErrorKind::NotFound {
        return Failure::new(
            "the program `git` was not found, and a revision cannot be read without it; compare folders or bundle files",
        );
    }
    Failure::new(format!("`git` cannot be started: {error}"))
}
