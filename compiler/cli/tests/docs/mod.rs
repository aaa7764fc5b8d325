//! `silex docs`: a site whose every link leads somewhere, and in which a spec's words are only words.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::place::Place;

/// The values of an attribute in a page.
fn attributes<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!(" {name}=\"");
    page.split(&start)
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

#[test]
fn every_link_of_a_site_leads_somewhere() {
    let place = Place::empty();
    let aleik = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/aleik");
    place
        .run(&["docs", aleik.to_str().unwrap(), "-o", "site"])
        .ok();
    let pages: Vec<(String, String)> = fs::read_dir(place.path("site"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|name| (name.clone(), place.read(&format!("site/{name}"))))
        .collect();
    let anchors: BTreeSet<String> = pages
        .iter()
        .flat_map(|(name, page)| {
            attributes(page, "id")
                .into_iter()
                .map(move |id| format!("{name}#{id}"))
        })
        .chain(pages.iter().map(|(name, _)| name.clone()))
        .collect();
    let mut links = 0;
    for (name, page) in &pages {
        for link in attributes(page, "href")
            .into_iter()
            .filter(|link| !link.starts_with("data:"))
        {
            links += 1;
            assert!(
                anchors.contains(link),
                "{name} leads to {link}, which is not there"
            );
        }
    }
    assert!(links > 100, "only {links} links were found");
}

#[test]
fn the_words_of_a_spec_are_only_words() {
    let place = Place::hello();
    place.edit(
        "hello/specs/hello.silex",
        "Answer in at most 120 words.",
        "Answer <script>alert(1)</script> in at most 120 words.",
    );
    place.run(&["docs", "hello"]).ok();
    let page = place.read("hello/site/behaviour-hello.answer.html");
    assert!(page.contains("Answer &lt;script&gt;"), "{page}");
    assert!(!page.contains("<script"), "{page}");
}

#[test]
fn no_site_is_written_of_what_does_not_compile() {
    let place = Place::hello();
    place.edit("hello/specs/hello.silex", "reply.body", "reply.bdy");
    place.run(&["docs", "hello"]).findings();
    assert!(!place.has("hello/site"));
}
