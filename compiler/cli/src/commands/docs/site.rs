//! The pages of a site and the templates that they are made with.

use minijinja::{Environment, Error, context};
use serde_json::{Value, json};
use silex_bundle::Bundle;

use super::{agent, behaviour, declaration, tool, words};

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
            write("index.html", &bundle.package, index(bundle))?,
        ),
    ];
    for (name, agent) in &bundle.agents {
        let page = write("agent.html", name, agent::view(bundle, name, agent))?;
        pages.push((words::agent_page(name), page));
    }
    for (name, behaviour) in &bundle.behaviours {
        let page = write(
            "behaviour.html",
            name,
            behaviour::view(bundle, name, behaviour),
        )?;
        pages.push((words::behaviour_page(name), page));
    }
    let tools = bundle
        .tools
        .iter()
        .map(|(name, it)| tool::view(bundle, name, it));
    pages.push((
        "tools.html".to_owned(),
        write("tools.html", "Tools", tools.collect())?,
    ));
    let types = declaration::views(bundle);
    pages.push((
        "types.html".to_owned(),
        write("types.html", "Types", types.into())?,
    ));
    Ok(pages)
}

fn index(bundle: &Bundle) -> Value {
    let agents = bundle
        .agents
        .iter()
        .map(|(name, it)| agent::view(bundle, name, it));
    let behaviours = bundle
        .behaviours
        .iter()
        .map(|(name, it)| behaviour::summary(bundle, name, it));
    let models = bundle.models.iter().map(
        |(name, it)| json!({ "name": name, "provider": it.provider, "model": it.name, "fallback": it.fallback }),
    );
    json!({
        "agents": agents.collect::<Vec<_>>(),
        "behaviours": behaviours.collect::<Vec<_>>(),
        "models": models.collect::<Vec<_>>(),
        "tools": bundle.tools.len(),
        "types": bundle.declarations.len(),
    })
}

fn templates() -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    for (name, text) in [
        ("frame.html", include_str!("pages/frame.html")),
        ("parts.html", include_str!("pages/parts.html")),
        ("index.html", include_str!("pages/index.html")),
        ("agent.html", include_str!("pages/agent.html")),
        ("behaviour.html", include_str!("pages/behaviour.html")),
        ("tools.html", include_str!("pages/tools.html")),
        ("types.html", include_str!("pages/types.html")),
    ] {
        environment.add_template(name, text)?;
    }
    Ok(environment)
}
