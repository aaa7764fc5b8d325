//! The pages of a site and the templates that they are made with.

use minijinja::{Environment, Error, context};
use serde_json::{Value, json};
use silex_bundle::{Bundle, site};
use silex_compiler::analysis::listing::{Described, Listing};

/// Above so many variants a page shows a cover of them; `silex variants` lists all.
const MOST_VARIANTS: u32 = 64;

/// The site's files: name and text.
pub(super) fn pages(bundle: &Bundle) -> Result<Vec<(String, String)>, Error> {
    let templates = templates()?;
    let digest = bundle.digest();
    let write = |name: &str, title: &str, it: Value| {
        templates.get_template(name)?.render(context! {
            title => title,
            package => bundle.package.as_str(),
            version => bundle.version.as_str(),
            digest => digest.get(..12),
            it => minijinja::value::Serde(it),
        })
    };
    let mut pages = vec![
        (
            "style.css".to_owned(),
            include_str!("pages/style.css").to_owned(),
        ),
        (
            "index.html".to_owned(),
            write("index.html", &bundle.package, site::index(bundle))?,
        ),
    ];
    for name in bundle.agents.keys() {
        let page = write(
            "agent.html",
            name,
            site::agent(bundle, name).unwrap_or_default(),
        )?;
        pages.push((site::agent_page(name), page));
    }
    for name in bundle.behaviours.keys() {
        let mut view = site::behaviour(bundle, name).unwrap_or_default();
        view["variants"] = json!(variants(bundle, name));
        let page = write("behaviour.html", name, view)?;
        pages.push((site::behaviour_page(name), page));
    }
    pages.push((
        "tools.html".to_owned(),
        write("tools.html", "Tools", site::tools(bundle))?,
    ));
    pages.push((
        "types.html".to_owned(),
        write("types.html", "Types", site::types(bundle))?,
    ));
    Ok(pages)
}

/// The distinct prompts; none if the layout fails.
fn variants(bundle: &Bundle, name: &str) -> Option<Value> {
    let listing = Listing::of(bundle, name, MOST_VARIANTS, None).ok()?;
    let one = |it: &Described| {
        json!({
            "hash": it.hash, "least": it.tokens.least, "most": it.tokens.most,
            "witness": it.witness.to_string(), "text": it.text,
        })
    };
    Some(json!({
        "count": listing.count.to_string(), "exact": listing.exact, "all": listing.all,
        "listed": listing.variants.iter().map(one).collect::<Vec<_>>(),
    }))
}

fn templates() -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.add_template("frame.html", include_str!("pages/frame.html"))?;
    for (name, text) in site::TEMPLATES {
        environment.add_template(name, text)?;
    }
    Ok(environment)
}
