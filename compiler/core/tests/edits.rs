//! An editor is told what `silex check` would say: after any edits of a package, what is found in it is
//! what is found by one that begins anew, and so are the bundle and the answers to what is asked between
//! an edit and its check.
//!
//! `EDITS=10000 cargo test -p silex-compiler --release --test edits` makes so many edits of each
//! package, from the seed `SEED`.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the packages are files, and the settings of a long run are in the environment; the compiler under test reads neither"
)]

use std::fs;
use std::path::Path;

use silex_compiler::ide::{Analysis, Place, completion, hover};
use silex_compiler::package::{Package, SourceFile};
use silex_compiler::{Lints, compile};

const EDITS: usize = 60;

/// Numbers that look random and are the same in each run.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % end.max(1)
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

fn setting(name: &str, default: usize) -> usize {
    let set = std::env::var(name).ok();
    set.map_or(default, |text| text.parse().unwrap())
}

#[test]
fn edits_of_a_package_with_agents_are_told_as_a_fresh_check_tells_them() {
    check_edits(&package("aleik", ""));
}

#[test]
fn edits_of_a_package_whose_examples_stand_apart_are_told_as_a_fresh_check_tells_them() {
    check_edits(&package("workshop", ""));
}

#[test]
fn edits_with_every_lint_on_are_told_as_a_fresh_check_tells_them() {
    check_edits(&package("workshop", "lints:\n  all: warn\n"));
}

#[test]
fn the_first_of_two_of_one_name_is_known_after_an_edit_elsewhere() {
    let judge = "behaviour judge(mail: Mail) -> Mood {\n  role \"You judge.\"\n}\n";
    let second = judge.replace("You judge.", "{{ nobody }}");
    let answer = "behaviour answer(mail: Mail) -> Reply {\n  role \"You answer.\"\n  observe mood = judge(mail)\n  \
        match mood {\n    good { must be_glad \"Be glad.\" }\n  }\n}\n";
    let answers = format!("enum Mood {{ good, bad }}\n{judge}{second}{answer}");
    let files = [("answers", answers.as_str()), ("idle", "const idle = 1\n")];
    let (before, after) = check_edit(&files, "idle", "const idle = 2\n");
    assert!(before.contains(&"missing-cases"), "{before:?}");
    assert_eq!(before, after);
}

#[test]
fn an_import_is_unused_when_the_last_that_used_it_is_gone() {
    let answers = "behaviour answer(mail: Mail) -> Reply {\n  role \"You answer.\"\n}\n";
    let import = "use answers.{answer}\n";
    let example = "example greeted for answer {\n  mail \"Hello.\"\n}\n";
    let examples = format!("{import}{example}");
    let files = [("answers", answers), ("examples", examples.as_str())];
    let (before, after) = check_edit(&files, "examples", import);
    assert!(!before.contains(&"unused-import"), "{before:?}");
    assert!(after.contains(&"unused-import"), "{after:?}");
}

#[test]
fn what_follows_the_same_in_other_words_is_told_of_the_words() {
    let answers = "use shared.{polite}\nbehaviour answer(mail: Mail) -> Reply {\n  \
        follow polite\n  must greet_first \"Greet by name.\"\n}\n";
    let shared = "ruleset polite {\n  should greet \"Greet by name.\"\n}\n";
    let files = [("answers", answers), ("shared", shared)];
    let (before, after) = check_edit(&files, "shared", &shared.replace("by name", "warmly"));
    assert!(before.contains(&"duplicate-rule"), "{before:?}");
    assert!(!after.contains(&"duplicate-rule"), "{after:?}");
    let (_, moved) = check_edit(&files, "shared", &format!("// First.\n{shared}"));
    assert_eq!(before, moved);
}

#[test]
fn what_is_given_to_other_words_is_told_of_the_words() {
    let answers = "use shared.{brief}\nbehaviour answer(mail: Mail) -> Reply {\n  follow brief(most: 200)\n}\n";
    let shared = "ruleset brief(most: int 1..) {\n  must fit \"Write at most 300 words.\"\n    \
        check words(reply.body) <= most\n}\n";
    let files = [("answers", answers), ("shared", shared)];
    let (before, after) = check_edit(&files, "shared", &shared.replace("300", "200"));
    assert!(before.contains(&"disagreeing-number"), "{before:?}");
    assert!(!after.contains(&"disagreeing-number"), "{after:?}");
}

#[test]
fn what_is_told_of_a_place_elsewhere_follows_it_when_it_moves() {
    let answers = "use shared.{long}\nbehaviour answer(mail: Mail) -> Reply {\n  follow long\n  \
        must be_brief \"Be brief.\" check words(reply.body) < 9\n}\n";
    let shared = "ruleset long {\n  must tell_all \"Tell all.\" check words(reply.body) > 99\n}\n";
    let files = [("answers", answers), ("shared", shared)];
    let (before, moved) = check_edit(&files, "shared", &format!("// First.\n{shared}"));
    assert!(before.contains(&"contradictory-checks"), "{before:?}");
    assert_eq!(before, moved);
}

/// Edits a module of a package, and gives the codes of what is found before and after.
fn check_edit(
    modules: &[(&str, &str)],
    name: &str,
    text: &str,
) -> (Vec<&'static str>, Vec<&'static str>) {
    let path = |name: &str| format!("specs/{name}.silex");
    let files = modules.iter();
    let mut package = Package {
        manifest: "name: edited\nversion: 0.1.0\nsilex: \"0.1\"\n".to_owned(),
        files: files
            .map(|(name, text)| SourceFile::new(&path(name), text))
            .collect(),
        ..Package::default()
    };
    let mut analysis = Analysis::new(package.clone());
    let codes = |analysis: &Analysis, package: &Package, done: &str| {
        check_found(analysis, package, done);
        analysis.found().iter().map(|it| it.code).collect()
    };
    let before = codes(&analysis, &package, "before");
    let edited = package.files.iter_mut().find(|it| it.path == path(name));
    *edited.unwrap() = SourceFile::new(&path(name), text);
    assert!(analysis.edit(&[(path(name), text.to_owned())]));
    (before, codes(&analysis, &package, "after"))
}

fn check_edits(original: &Package) {
    let mut draw = Draw(0x9E37_79B9 + setting("SEED", 1) as u64);
    let mut analysis = Analysis::new(original.clone());
    let mut package = original.clone();
    let mut clean = 0;
    for step in 0..setting("EDITS", EDITS) {
        let (at, done) = edit(&mut package, original, &mut draw);
        let done = format!("step {step}, {done}");
        if draw.below(4) == 0 {
            analysis.set(package.clone());
        } else {
            let file = package.files[at].clone();
            let text = String::from_utf8(file.bytes).unwrap();
            assert!(analysis.edit(&[(file.path, text)]), "{done}");
        }
        if draw.below(2) == 0 {
            check_asked(&analysis, &package, &mut draw, &done);
        }
        // Who types on does not wait for the check.
        if draw.below(4) > 0 {
            clean += usize::from(check_found(&analysis, &package, &done));
        }
    }
    assert!(clean > 0, "no edit left a package that builds");
}

/// What is asked of a place where a word begins or ends is answered as by one that has read nothing else.
fn check_asked(analysis: &Analysis, package: &Package, draw: &mut Draw, done: &str) {
    let fresh = Analysis::new(package.clone());
    let files: Vec<_> = analysis.sources().all().collect();
    let (file, source) = *draw.of(&files);
    let words = words(&source.text);
    let (start, word) = words
        .get(draw.below(words.len()))
        .copied()
        .unwrap_or_default();
    for at in [start, start + word.len()] {
        let offset = u32::try_from(at).unwrap();
        let place = Place { file, offset };
        let told = (hover::at(analysis, place), completion::at(analysis, place));
        let wanted = (hover::at(&fresh, place), completion::at(&fresh, place));
        assert_eq!(told, wanted, "{done}, at `{word}` in {}", source.path);
    }
}

/// Whether the package builds.
fn check_found(analysis: &Analysis, package: &Package, done: &str) -> bool {
    let fresh = compile(package, Lints::Wanted(&[]));
    let at = |it: &silex_compiler::Diagnostic| {
        let (path, line, column) = fresh.sources.place(it.span());
        format!("{path}:{line}:{column} {} {}", it.code, it.message)
    };
    let found = analysis.found();
    let extra = found.iter().filter(|it| !fresh.found.contains(it));
    let extra: Vec<String> = extra.map(at).collect();
    let lacking = fresh.found.iter().filter(|it| !found.contains(it));
    let lacking: Vec<String> = lacking.map(at).collect();
    assert!(
        extra.is_empty() && lacking.is_empty() && found == fresh.found,
        "{done}\nstale: {extra:#?}\nmissing: {lacking:#?}"
    );
    if let Some(bundle) = &fresh.bundle {
        assert!(analysis.bundle() == Some(bundle), "{done}: another bundle");
    }
    fresh.bundle.is_some()
}

/// Changes a file somewhere, and says which and how. Half of the edits put a changed file back, so that the
/// package does not decay.
fn edit(package: &mut Package, original: &Package, draw: &mut Draw) -> (usize, String) {
    let files = package.files.iter().zip(&original.files).enumerate();
    let changed = files
        .filter(|(_, (now, then))| now != then)
        .map(|(at, _)| at);
    let changed: Vec<usize> = changed.collect();
    if !changed.is_empty() && draw.below(2) == 0 {
        let at = *draw.of(&changed);
        package.files[at] = original.files[at].clone();
        return (at, format!("{} is put back", package.files[at].path));
    }
    let at = draw.below(package.files.len());
    let path = package.files[at].path.clone();
    let other = draw.of(&original.files).clone();
    let file = &mut package.files[at];
    let mut text = String::from_utf8(std::mem::take(&mut file.bytes)).unwrap();
    let (range, with) = change(&text, &String::from_utf8(other.bytes).unwrap(), draw);
    let done = format!("{path}: {:?} becomes {with:?}", &text[range.clone()]);
    text.replace_range(range, &with);
    file.bytes = text.into_bytes();
    (at, done)
}

/// What is replaced, and by what.
fn change(text: &str, other: &str, draw: &mut Draw) -> (std::ops::Range<usize>, String) {
    let boundary = |mut at: usize| {
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let place = boundary(draw.below(text.len() + 1));
    let words = words(text);
    let lines: Vec<(usize, &str)> = lines(text);
    match draw.below(8) {
        0 => (
            place..place,
            draw.of(&["{", "}", "\"", "(", " ", "\n", "é", "x", "///", "|"])
                .to_string(),
        ),
        1 => (
            place..boundary((place + 1 + draw.below(3)).min(text.len())),
            String::new(),
        ),
        2 if !words.is_empty() => {
            let (start, word) = *draw.of(&words);
            (start..start + word.len(), format!("{word}x"))
        }
        3 | 4 if !words.is_empty() => {
            let (start, word) = *draw.of(&words);
            let others = self::words(other);
            let with = others
                .get(draw.below(others.len()))
                .map_or("x", |(_, word)| word);
            (start..start + word.len(), with.to_owned())
        }
        5 if !lines.is_empty() => {
            let (start, line) = *draw.of(&lines);
            (start..start + line.len(), String::new())
        }
        6 => {
            let (start, _) = lines
                .get(draw.below(lines.len()))
                .copied()
                .unwrap_or_default();
            let others = self::lines(other);
            let with = others
                .get(draw.below(others.len()))
                .map_or("", |(_, line)| line);
            (start..start, with.to_owned())
        }
        _ => (0..0, "// note\n".to_owned()),
    }
}

fn words(text: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let mut at = 0;
    for part in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
        if !part.is_empty() {
            words.push((at, part));
        }
        at += part.len();
        at += text[at..].chars().next().map_or(0, char::len_utf8);
    }
    words
}

fn lines(text: &str) -> Vec<(usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n')
        .map(|line| {
            at += line.len();
            (at - line.len(), line)
        })
        .collect()
}

/// A package of the examples, with some lines more in its manifest.
fn package(name: &str, more: &str) -> Package {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples")
        .join(name);
    let mut files = Vec::new();
    let mut open = vec![folder.join("specs")];
    while let Some(inside) = open.pop() {
        for entry in fs::read_dir(inside).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let name = path.strip_prefix(&folder).unwrap().to_str().unwrap();
            let text = fs::read_to_string(&path).unwrap();
            files.push(SourceFile::new(&name.replace('\\', "/"), &text));
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let manifest = fs::read_to_string(folder.join("silex.yaml")).unwrap();
    let manifest = if more.is_empty() {
        manifest
    } else {
        let kept = manifest.split("lints:").next().unwrap_or_default();
        format!("{kept}{more}")
    };
    Package {
        manifest,
        files,
        ..Package::default()
    }
}
