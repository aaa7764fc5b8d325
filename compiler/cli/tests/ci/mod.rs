//! The files that `docs/ci.md` hands out: what they call is there.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::place::Place;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// Runs the help of every `silex` command in a script, and looks for the options in it.
#[track_caller]
fn check(script: &str) -> usize {
    let mut count = 0;
    for line in script
        .lines()
        .filter_map(|line| line.trim().strip_prefix("silex "))
    {
        let mut words = line.split_whitespace();
        let command = words.next().unwrap();
        let help = Place::empty().run(&[command, "--help"]).ok();
        for option in words.filter(|word| word.starts_with("--")) {
            assert!(help.contains(option), "{line}: {help}");
        }
        count += 1;
    }
    count
}

#[test]
fn every_command_of_the_action_is_there() {
    let action: Value = serde_yaml::from_str(&text("docs/ci/silex.yml")).unwrap();
    let steps = action["jobs"]["specs"]["steps"].as_array().unwrap();
    let scripts = steps.iter().filter_map(|step| step["run"].as_str());
    assert_eq!(scripts.map(check).sum::<usize>(), 7);
}

#[test]
fn every_command_of_the_hooks_is_there() {
    assert_eq!(check(&text("docs/ci/pre-commit")), 5);
    let hooks: Value = serde_yaml::from_str(&text(".pre-commit-hooks.yaml")).unwrap();
    assert_eq!(hooks.as_array().unwrap().len(), 5);
    for hook in hooks.as_array().unwrap() {
        assert_eq!(check(hook["entry"].as_str().unwrap()), 1, "{hook}");
        assert_eq!(hook["language"], "system");
    }
}

#[test]
fn the_hook_stops_a_commit_with_a_mistake() {
    let place = Place::hello();
    let git = |arguments: &[&str]| {
        let path = Path::new(env!("CARGO_BIN_EXE_silex"))
            .parent()
            .unwrap()
            .to_owned();
        let paths = std::env::join_paths(
            [path]
                .into_iter()
                .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
        );
        let output = std::process::Command::new("git")
            .current_dir(place.path("hello"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("PATH", paths.unwrap())
            .args(["-c", "user.name=a", "-c", "user.email=a@example.org"])
            .args(arguments)
            .output()
            .unwrap();
        (
            output.status.success(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    assert!(git(&["init", "-q"]).0);
    place.write("hello/.git/hooks/pre-commit", "");
    fs::copy(
        root().join("docs/ci/pre-commit"),
        place.path("hello/.git/hooks/pre-commit"),
    )
    .unwrap();
    git(&["add", "-A"]);
    let (done, said) = git(&["commit", "-q", "-m", "a"]);
    assert!(done, "{said}");
    place.edit(
        "hello/specs/hello.silex",
        "words(reply.body)",
        "words(reply.bdy)",
    );
    git(&["add", "-A"]);
    let (done, said) = git(&["commit", "-q", "-m", "b"]);
    assert!(!done && said.contains("bdy"), "{said}");
    place.edit(
        "hello/specs/hello.silex",
        "words(reply.bdy) <= 120",
        "words(reply.body) <= 90",
    );
    place.write("hello/snapshots/hello.answer.md", "what it said before\n");
    git(&["add", "-A"]);
    let (done, said) = git(&["commit", "-q", "-m", "c"]);
    assert!(!done && said.contains("out of date"), "{said}");
    place.run(&["snapshot", "hello"]).ok();
    git(&["add", "-A"]);
    let (done, said) = git(&["commit", "-q", "-m", "d"]);
    assert!(done, "{said}");
}
