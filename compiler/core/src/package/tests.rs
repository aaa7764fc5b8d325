//! Manifests and packages, as their author would get them wrong.

use super::*;

fn check_manifest(text: &str, wanted: &[&str]) {
    let mut sources = Sources::default();
    let file = sources.add("silex.yaml", text.to_owned());
    let (_, diagnostics) = Manifest::parse(text, file);
    let told: Vec<String> = diagnostics
        .iter()
        .map(|it| {
            let (_, line, column) = sources.place(it.span());
            let help = it
                .help
                .as_deref()
                .map_or(String::new(), |help| format!(" ({help})"));
            format!("{line}:{column} {}{help}", it.message)
        })
        .collect();
    assert_eq!(told, wanted);
}

const GOOD: &str = "name: aleik\nversion: 1.2.3\nsilex: \"0.1\"\n";

#[test]
fn three_keys_are_a_manifest() {
    check_manifest(GOOD, &[]);
    let manifest = Manifest::parse(GOOD, FileId(0)).0.unwrap();
    assert_eq!(
        (manifest.specs.as_str(), manifest.layouts.as_str()),
        ("specs", "layouts")
    );
    assert_eq!((manifest.variants, manifest.tokens), (4096, 8000));
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest() {
    check_manifest(
        &format!("{GOOD}layuots: other\n"),
        &["4:1 unknown key `layuots` (did you mean `layouts`?)"],
    );
}

#[test]
fn every_problem_is_told_with_its_place() {
    check_manifest(
        "name: Aleik\nversion: \"1\"\nsilex: \"9.0\"\nlimits: { variants: none, tokenz: 3 }\nlints:\n  all: loud\n",
        &[
            "1:7 `name` must be lower-case letters, digits, `-` and `_`, a letter first",
            "2:10 `1` is not a semantic version (write three numbers: `0.1.0`)",
            "3:8 this package needs silex 9.0 or newer, and this is 0.1.0 (upgrade `silex`)",
            "4:21 `variants` must be a whole number above 0",
            "4:27 unknown key `tokenz` (did you mean `tokens`?)",
            "6:8 `lints` must be `allow`, `warn` or `deny`",
        ],
    );
}

#[test]
fn a_version_must_not_be_a_number_of_yaml() {
    check_manifest(
        "name: a\nversion: 1.0.0\nsilex: 0.1\n",
        &["3:8 `silex` must be text: put it in quotation marks"],
    );
}

#[test]
fn missing_keys_are_told_together() {
    check_manifest(
        "specs: x\n",
        &[
            "1:1 the key `name` is missing",
            "1:1 the key `version` is missing",
            "1:1 the key `silex` is missing",
        ],
    );
}

#[test]
fn a_key_that_stands_twice_is_told() {
    check_manifest(
        &format!("{GOOD}name: b\n"),
        &["4:1 the key `name` stands twice"],
    );
}

#[test]
fn what_is_no_mapping_gives_no_manifest() {
    check_manifest(
        "- a\n",
        &[
            "1:1 the manifest is not a mapping of keys to values (write `name: NAME`, `version: 0.1.0` and `silex: \"0.1\"`, each on a line)",
        ],
    );
    assert_eq!(Manifest::parse("- a\n", FileId(0)).0, None);
}

#[test]
fn all_comes_first_among_the_lints() {
    let text = format!("{GOOD}lints: {{ vague-words: allow, all: deny }}\n");
    let lints = Manifest::parse(&text, FileId(0)).0.unwrap().lints;
    let levels: Vec<_> = lints
        .iter()
        .map(|it| (it.code.as_str(), it.level))
        .collect();
    assert_eq!(
        levels,
        [("all", Level::Deny), ("vague-words", Level::Allow)]
    );
}

fn check_load(package: &Package, modules: &[&str], wanted: &[&str]) {
    let mut diagnostics = Diagnostics::default();
    let loaded = load(package, &mut diagnostics);
    let names: Vec<&str> = loaded
        .modules
        .iter()
        .map(|module| module.name.as_str())
        .collect();
    assert_eq!(names, modules);
    let told: Vec<String> = diagnostics
        .finish()
        .iter()
        .map(|it| {
            let (path, line, column) = loaded.sources.place(it.span());
            format!("{path}:{line}:{column} {}", it.message)
        })
        .collect();
    assert_eq!(told, wanted);
}

fn package(manifest: &str, files: &[(&str, &str)]) -> Package {
    let files = files
        .iter()
        .map(|(path, text)| SourceFile::new(path, text))
        .collect();
    Package {
        manifest: format!("{GOOD}{manifest}"),
        files,
        ..Package::default()
    }
}

#[test]
fn modules_of_a_used_package_carry_its_name() {
    let mut root = package(
        "use: { house: { path: ../house } }\n",
        &[("specs/b.silex", ""), ("specs/a.silex", "")],
    );
    root.dependencies.push((
        "house".into(),
        package("", &[("specs/mail/polite.silex", "")]),
    ));
    check_load(&root, &["silex", "a", "b", "house.mail.polite"], &[]);
}

#[test]
fn a_used_package_that_was_not_found_is_told_in_the_manifest() {
    let root = package(
        "use: { house: { path: ../house } }\n",
        &[("specs/a.silex", "")],
    );
    check_load(
        &root,
        &["silex", "a"],
        &["silex.yaml:4:8 there is no package at `../house`"],
    );
}

#[test]
fn a_package_without_a_module_is_told() {
    let none = ["silex.yaml:1:1 there is no `.silex` file in the folder `spec`"];
    check_load(&package("specs: spec\n", &[]), &["silex"], &none);
}

#[test]
fn an_unknown_lint_is_told_in_the_manifest() {
    let root = package("lints: { tabs: deny }\n", &[("specs/a.silex", "")]);
    let found = crate::check(&root);
    let sources = crate::sources(&root);
    let places: Vec<_> = found.iter().map(|it| sources.place(it.span())).collect();
    assert_eq!(places, [("silex.yaml", 4, 10)]);
}

#[test]
fn a_module_cannot_have_the_name_of_a_package() {
    let root = package("", &[("specs/silex.silex", "")]);
    check_load(
        &root,
        &["silex", "silex"],
        &["specs/silex.silex:1:1 a module cannot be called `silex`: a package is called so"],
    );
}

fn check_build(package: &Package, wanted: &[&str]) -> Option<silex_bundle::Bundle> {
    let (bundle, diagnostics) = crate::build(package);
    let sources = crate::sources(package);
    let told: Vec<String> = diagnostics
        .iter()
        .map(|it| {
            let (path, line, column) = sources.place(it.span());
            format!("{path}:{line}:{column} {}", it.message)
        })
        .collect();
    assert_eq!(told, wanted);
    bundle
}

const POLITE: &str =
    "ruleset polite { must greet \"Greet.\" }\nruleset _own { must leave \"Leave.\" }\n";
const ANSWER: &str = "use house.mail.polite.{polite}\nbehaviour answer(mail: Mail) -> Reply { layout letter follow polite }\n";

/// A layout that begins so.
fn letter(head: &str) -> String {
    format!("{head}{{% for it in segments %}}{{{{ it.text }}}}{{% endfor %}}")
}

fn with_house(answer: &str) -> Package {
    let mut root = package(
        "use: { house: { path: ../house } }\n",
        &[("specs/a.silex", answer)],
    );
    let mut house = package("", &[("specs/mail/polite.silex", POLITE)]);
    house
        .layouts
        .push(("letter".into(), letter("from the house")));
    root.dependencies.push(("house".into(), house));
    root
}

#[test]
fn rules_and_layouts_of_a_used_package_come_into_the_bundle() {
    let bundle = check_build(&with_house(ANSWER), &[]).unwrap();
    assert_eq!(
        bundle.behaviours["a.answer"].segments[0].via,
        ["house.mail.polite.polite"]
    );
    assert_eq!(bundle.layouts["letter"], letter("from the house"));
    let paths: Vec<&str> = bundle
        .sources
        .iter()
        .map(|source| source.path.as_str())
        .collect();
    assert_eq!(
        paths,
        [
            "silex:silex.silex",
            "specs/a.silex",
            "../house/specs/mail/polite.silex"
        ]
    );
}

#[test]
fn the_layout_of_a_package_hides_that_of_the_packages_it_uses() {
    let mut root = with_house(ANSWER);
    root.layouts.push(("letter".into(), letter("our own")));
    assert_eq!(
        check_build(&root, &[]).unwrap().layouts["letter"],
        letter("our own")
    );
}

#[test]
fn mistakes_of_manifest_modules_and_used_packages_are_told_in_one_run() {
    let mut root = with_house(&ANSWER.replace("{polite}", "{polite, _own}"));
    root.manifest += "tokens: 3\n";
    root.dependencies[0]
        .1
        .files
        .push(SourceFile::new("specs/b.silex", "const x: int = \"3\"\n"));
    let bundle = check_build(
        &root,
        &[
            "specs/a.silex:1:32 `_own` is private to module `house.mail.polite`",
            "../house/specs/b.silex:1:16 a text where `int` is wanted",
            "silex.yaml:5:1 unknown key `tokens`",
        ],
    );
    assert!(bundle.is_none());
}

#[test]
fn the_manifest_gives_the_tokens_of_behaviours_that_state_none() {
    let mut root = with_house(ANSWER);
    root.manifest += "limits: { tokens: 300 }\n";
    assert_eq!(
        check_build(&root, &[]).unwrap().behaviours["a.answer"]
            .limits
            .tokens,
        300
    );
}
