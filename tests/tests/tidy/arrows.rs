//! The arrows between modules, as `docs/architecture.md` draws them.
//!
//! A module may name the modules of its row and no other. The rows have no circle, so there is
//! always a lower of two modules. The arrows between crates are cargo's to know: `tests/arrows`.

use std::collections::{BTreeMap, BTreeSet};

use crate::{File, check};

type Table = &'static [(&'static str, &'static [&'static str])];

/// Modules of the runtime, upper ones first.
const RUNTIME: Table = &[
    (
        "lib",
        &[
            "agent",
            "backup",
            "beside",
            "bundle",
            "check",
            "clock",
            "config",
            "dashboard",
            "fault",
            "hours",
            "http",
            "jobs",
            "mail",
            "model",
            "people",
            "queue",
            "replay",
            "store",
            "swap",
            "telemetry",
            "tls",
            "tools",
            "turn",
            "watchdog",
        ],
    ),
    (
        "check",
        &["agent", "clock", "config", "mail", "model", "tools"],
    ),
    ("backup", &["config", "store"]),
    ("beside", &["config", "store", "turn"]),
    ("watchdog", &["telemetry"]),
    // Why a bundle is not taken into use is why a program does not start.
    ("swap", &["agent", "bundle", "config", "store", "telemetry"]),
    (
        "http",
        &["agent", "dashboard", "mail", "people", "store", "telemetry"],
    ),
    (
        "dashboard",
        &["agent", "jobs", "mail", "people", "store", "telemetry"],
    ),
    ("people", &["agent", "config", "mail", "store"]),
    // What a stage could not do becomes of its job by the kind of the failure.
    (
        "jobs",
        &["agent", "model", "queue", "store", "telemetry", "turn"],
    ),
    // A stage is given the attempt that it must name in its writes.
    (
        "agent",
        &[
            "bundle",
            "clock",
            "config",
            "fault",
            "hours",
            "mail",
            "model",
            "queue",
            "store",
            "telemetry",
            "tls",
            "turn",
        ],
    ),
    // A model that may answer later is asked again as a job would be.
    ("eval", &["bundle", "model", "queue", "replay", "turn"]),
    ("replay", &["bundle", "model", "turn"]),
    (
        "turn",
        &[
            "bundle",
            "clock",
            "fault",
            "model",
            "queue",
            "store",
            "telemetry",
            "tools",
        ],
    ),
    // Tools wait between tries as jobs do.
    (
        "tools",
        &["bundle", "clock", "config", "queue", "store", "telemetry"],
    ),
    ("queue", &["clock", "fault", "store", "telemetry"]),
    ("mail", &["tls"]),
    // Which environment variables hold keys is in the table of providers; what names a database, the
    // store says.
    ("config", &["hours", "mail", "model", "store"]),
    ("model", &["clock", "telemetry", "tls"]),
    ("store", &["fault"]),
    ("bundle", &[]),
    // Tests set the clock of the machine wrong, too.
    ("clock", &["fault"]),
    ("hours", &[]),
    ("fault", &[]),
    ("tls", &[]),
    ("telemetry", &["tls"]),
];

/// Modules of the compiler, in the order of the data from the bottom up.
const CORE: Table = &[
    (
        "lib",
        &[
            "analysis",
            "audit",
            "codegen",
            "diagnostic",
            "diff",
            "edit_distance",
            "format",
            "hir",
            "lint",
            "memory",
            "package",
            "resolve",
            "source",
            "syntax",
            "typeck",
        ],
    ),
    (
        "ide",
        &[
            "analysis",
            "codegen",
            "diagnostic",
            "explain",
            "lint",
            "memory",
            "package",
            "resolve",
            "source",
            "syntax",
            "typeck",
        ],
    ),
    (
        "memory",
        &[
            "analysis",
            "codegen",
            "diagnostic",
            "hir",
            "ledger",
            "lint",
            "package",
            "resolve",
            "source",
            "syntax",
            "typeck",
        ],
    ),
    (
        "audit",
        &["codegen", "diagnostic", "lint", "source", "syntax"],
    ),
    (
        "lint",
        &[
            "analysis",
            "diagnostic",
            "edit_distance",
            "hir",
            "ledger",
            "package",
            "resolve",
            "satisfy",
            "source",
            "syntax",
        ],
    ),
    ("explain", &["lint"]),
    ("codegen", &["hir", "package", "source"]),
    ("diff", &["analysis", "satisfy", "typeck"]),
    (
        "analysis",
        &[
            "diagnostic",
            "hir",
            "package",
            "satisfy",
            "source",
            "typeck",
        ],
    ),
    (
        "ask",
        &["diagnostic", "resolve", "source", "syntax", "typeck"],
    ),
    (
        "typeck",
        &[
            "diagnostic",
            "edit_distance",
            "hir",
            "package",
            "resolve",
            "satisfy",
            "source",
            "syntax",
        ],
    ),
    ("satisfy", &[]),
    ("format", &["diagnostic", "source", "syntax"]),
    // The name of a module follows from its path by one function.
    (
        "package",
        &["diagnostic", "edit_distance", "resolve", "source", "syntax"],
    ),
    (
        "resolve",
        &["diagnostic", "edit_distance", "source", "syntax"],
    ),
    ("syntax", &["diagnostic", "edit_distance", "source"]),
    ("hir", &["source"]),
    ("ledger", &["diagnostic"]),
    ("diagnostic", &["source"]),
    ("edit_distance", &[]),
    ("source", &[]),
];

/// The module that a file of a crate belongs to.
fn module<'a>(path: &'a str, root: &str) -> Option<&'a str> {
    let inside = path.strip_prefix(root)?;
    let first = inside.split('/').next()?;
    Some(first.strip_suffix(".rs").unwrap_or(first))
}

/// The modules that a text names: after `crate::`, also in a group.
fn named(code: &str) -> BTreeSet<String> {
    let code: String = code
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n");
    let mut names = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            None => names.extend(word(rest)),
            Some(group) => {
                let (mut depth, mut start) = (1, true);
                for (at, c) in group.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        _ => {}
                    }
                    if depth == 0 {
                        break;
                    }
                    if depth == 1 && start && c.is_ascii_lowercase() {
                        names.extend(word(&group[at..]));
                    }
                    start = c == ',' || (start && c.is_whitespace());
                }
            }
        }
    }
    names
}

/// A module's name at the start of a text; a type's name begins with a capital.
fn word(text: &str) -> Option<String> {
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    let word = &text[..end];
    word.starts_with(|c: char| c.is_ascii_lowercase())
        .then(|| word.to_owned())
}

fn beside_the_arrows(files: &[File], root: &str, table: Table) -> Vec<String> {
    let rows: BTreeMap<_, _> = table.iter().copied().collect();
    let mut found = Vec::new();
    for file in files
        .iter()
        .filter(|file| file.is_rust() && !file.is_test())
    {
        let programs = ["main", "commands"];
        let module = module(&file.path, root).filter(|module| !programs.contains(module));
        let Some(module) = module else {
            continue;
        };
        let Some(row) = rows.get(module) else {
            found.push(format!("{} belongs to no module of the table", file.path));
            continue;
        };
        for name in named(file.code()) {
            // What is no module is an item of `lib`.
            let is_beside =
                rows.contains_key(name.as_str()) && name != module && !row.contains(&name.as_str());
            if is_beside {
                found.push(format!("{}: {module} must not use {name}", file.path));
            }
        }
    }
    found
}

fn runtime(files: &[File]) -> Vec<String> {
    beside_the_arrows(files, "runtime/src/", RUNTIME)
}

fn core(files: &[File]) -> Vec<String> {
    beside_the_arrows(files, "compiler/core/src/", CORE)
}

#[test]
fn modules_of_the_runtime_keep_the_arrows() {
    check(
        runtime,
        &[File::new(
            "runtime/src/mail/mod.rs",
            "//! A.\nuse crate::store::mails;\n",
        )],
        "mail must not use store",
    );
    check(
        runtime,
        &[File::new(
            "runtime/src/queue/mod.rs",
            "use crate::{clock::Clock, store::{jobs, mails}, jobs::Kind};",
        )],
        "queue must not use jobs",
    );
    check(
        runtime,
        &[File::new("runtime/src/extra.rs", "//! A.\n")],
        "belongs to no module",
    );
    let inner = [File::new(
        "runtime/src/queue/mod.rs",
        "//! `crate::jobs` is above.\nuse crate::store::jobs;\nfn f() { crate::store::jobs::x(); }",
    )];
    assert_eq!(runtime(&inner), Vec::<String>::new());
}

#[test]
fn modules_of_the_compiler_keep_the_arrows() {
    check(
        core,
        &[File::new(
            "compiler/core/src/syntax/mod.rs",
            "fn f() { crate::typeck::check(); }\n",
        )],
        "syntax must not use typeck",
    );
}

#[test]
fn the_arrows_have_no_circle() {
    for table in [RUNTIME, CORE] {
        let mut rest: BTreeMap<_, BTreeSet<_>> = table
            .iter()
            .map(|(name, row)| (*name, row.iter().copied().collect()))
            .collect();
        while let Some(lowest) = rest
            .iter()
            .find(|(_, uses)| uses.is_empty())
            .map(|(name, _)| *name)
        {
            rest.remove(lowest);
            rest.values_mut().for_each(|uses| {
                uses.remove(lowest);
            });
        }
        assert!(
            rest.is_empty(),
            "a circle, or a module without a row: {rest:?}"
        );
    }
}

#[test]
fn the_queue_knows_no_kind_of_job() {
    let rule = |files: &[File]| {
        let queue = files
            .iter()
            .filter(|file| file.path.starts_with("runtime/src/queue/") && !file.is_test());
        let kinds = ["receive", "screen", "handle", "review", "deliver"];
        let named = queue.flat_map(|file| {
            kinds
                .iter()
                .filter(|kind| file.code().contains(&format!("\"{kind}\"")))
                .map(move |kind| (file, *kind))
        });
        // The module's docs show how a job ends itself.
        let named = named
            .filter(|(file, kind)| !file.code().contains(&format!("//! store.write(\"{kind}\"")));
        named
            .map(|(file, kind)| format!("{} knows `{kind}`", file.path))
            .collect()
    };
    check(
        rule,
        &[File::new(
            "runtime/src/queue/worker.rs",
            "if kind == \"screen\" {}",
        )],
        "worker.rs knows `screen`",
    );
}

#[test]
fn neither_side_of_the_bundle_names_the_other() {
    let rule = |files: &[File]| {
        let of = |root: &'static str, word: &'static str| {
            let inside = files
                .iter()
                .filter(move |file| file.path.starts_with(root) && file.is_rust());
            inside
                .filter(move |file| file.text.contains(word))
                .map(move |file| format!("{} names {word}", file.path))
        };
        let core = of("compiler/core/", "silex_runtime");
        let bundle =
            of("compiler/bundle/", "silex_runtime").chain(of("compiler/bundle/", "silex_compiler"));
        core.chain(bundle)
            .chain(of("runtime/", "silex_compiler"))
            .collect()
    };
    check(
        rule,
        &[File::new(
            "runtime/src/lib.rs",
            "use silex_compiler::build;",
        )],
        "lib.rs names silex_compiler",
    );
}
