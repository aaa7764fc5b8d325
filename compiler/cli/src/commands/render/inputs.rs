//! The inputs of a behaviour, from a command line.

use std::path::Path as FilePath;

use serde_json::{Value, json};
use silex_bundle::behaviour::STAGE;
use silex_bundle::schema::{Declaration, Field, Shape, Violation};
use silex_bundle::{Behaviour, Bundle, Path, Type};
use silex_compiler::typeck::ty;
use silex_runtime::mail::{self, Site, record};

use super::Given;
use crate::{Failure, files};

/// What is given, in the order in which it counts: the last word on a path wins.
pub(super) fn given(
    bundle: &Bundle,
    name: &str,
    behaviour: &Behaviour,
    said: &Given,
) -> Result<Vec<(Path, Value)>, Failure> {
    let mut given = Vec::new();
    if let Some(wanted) = &said.example {
        given.extend(example(bundle, name, wanted)?.iter().cloned());
    }
    if let Some(path) = &said.input {
        given.extend(file(path)?);
    }
    if let Some(mail) = &said.mail {
        written(bundle, behaviour, mail, &mut given)?;
    }
    for set in &said.set {
        given.push(set_path(bundle, behaviour, set)?);
    }
    if let Some(stage) = &said.stage {
        given.push((Path::root(STAGE), Value::from(stage.as_str())));
    }
    refuse_unknown_stage(name, behaviour, &given)?;
    let known = |name: &str| {
        behaviour.inputs.iter().any(|input| input.name == name)
            || behaviour.observe.iter().any(|it| it.name == name)
            || ["now", "today", STAGE].contains(&name)
    };
    match given.iter().find(|(path, _)| !known(&path.root)) {
        None => Ok(given),
        Some((path, _)) => {
            let names: Vec<_> = behaviour
                .inputs
                .iter()
                .map(|input| input.name.as_str())
                .collect();
            Err(Failure::new(format!(
                "`{name}` has no input `{}`; it has {}",
                path.root,
                names.join(", ")
            )))
        }
    }
}

/// A stage that the behaviour does not have, however it was given.
fn refuse_unknown_stage(
    name: &str,
    behaviour: &Behaviour,
    given: &[(Path, Value)],
) -> Result<(), Failure> {
    let is_input = behaviour.inputs.iter().any(|input| input.name == STAGE);
    let stage = given.iter().rev().find(|(path, _)| path.root == STAGE);
    let Some((_, stage)) = stage.filter(|_| !is_input) else {
        return Ok(());
    };
    let stage = stage.as_str().unwrap_or_default();
    if behaviour.stage(stage).is_some() {
        return Ok(());
    }
    let names: Vec<_> = behaviour.stages.iter().map(|it| it.name.as_str()).collect();
    let help = if names.is_empty() {
        "it has none".to_owned()
    } else {
        format!("it has {}", names.join(", "))
    };
    Err(Failure::new(format!(
        "`{name}` has no stage `{stage}`; {help}"
    )))
}

fn example<'a>(
    bundle: &'a Bundle,
    behaviour: &str,
    wanted: &str,
) -> Result<&'a [(Path, Value)], Failure> {
    let mut of_behaviour = bundle
        .examples
        .iter()
        .filter(|(_, example)| example.behaviour == behaviour);
    let found = of_behaviour
        .clone()
        .find(|(name, _)| *name == wanted || ty::bare(name) == wanted);
    if let Some((_, example)) = found {
        return Ok(&example.given);
    }
    let names: Vec<_> = of_behaviour
        .by_ref()
        .map(|(name, _)| ty::bare(name))
        .collect();
    let help = if names.is_empty() {
        "it has none".to_owned()
    } else {
        format!("there are: {}", names.join(", "))
    };
    Err(Failure::new(format!(
        "`{behaviour}` has no example `{wanted}`; {help}"
    )))
}

fn file(path: &FilePath) -> Result<Vec<(Path, Value)>, Failure> {
    let value: Value =
        serde_json::from_slice(&files::bytes(path)?).map_err(|error| Failure::at(path, error))?;
    let Value::Object(inputs) = value else {
        return Err(Failure::at(path, "must hold an object of inputs by name"));
    };
    Ok(inputs
        .into_iter()
        .map(|(name, value)| (Path::root(&name), value))
        .collect())
}

/// The mail, and the contact that it comes from where nothing else is said about one.
fn written(
    bundle: &Bundle,
    behaviour: &Behaviour,
    said: &str,
    given: &mut Vec<(Path, Value)>,
) -> Result<(), Failure> {
    let Some(input) = behaviour
        .inputs
        .iter()
        .find(|input| is_named(&input.of, "silex.Mail"))
    else {
        return Err(Failure::new("`--mail`: the behaviour takes no mail"));
    };
    let path = FilePath::new(said);
    let is_file = path.extension().is_some_and(|extension| extension == "eml") || path.is_file();
    if !is_file {
        given.push((Path::root(&input.name), json!({ "body": said })));
        return Ok(());
    }
    // Nobody authenticated a file: it is taken for what it says, as a given input is.
    let site = Site {
        trust_unverified: true,
        ..Site::default()
    };
    let incoming =
        mail::parse(&files::bytes(path)?, &site).map_err(|error| Failure::at(path, error))?;
    given.push((
        Path::root(&input.name),
        record::mail(&incoming, "", EPOCH_MS),
    ));
    let Some(from) = incoming.from else {
        return Ok(());
    };
    for agent in bundle.agents.values() {
        let contact = behaviour
            .inputs
            .iter()
            .find(|input| is_named(&input.of, &agent.contact.entity));
        let Some(contact) =
            contact.filter(|contact| given.iter().all(|(path, _)| path.root != contact.name))
        else {
            continue;
        };
        let field = |name: &str| Path {
            fields: vec![name.to_owned()],
            ..Path::root(&contact.name)
        };
        given.push((field(&agent.contact.by), json!(from.address)));
        if of_path(bundle, behaviour, &field("name"))
            .is_some_and(|of| matches!(of, Type::Text { .. }))
        {
            given.push((field("name"), json!(from.name)));
        }
    }
    Ok(())
}

/// When a mail from a file was received: the instant at which prompts are rendered.
const EPOCH_MS: i64 = 1_803_891_600_000;

fn is_named(of: &Type, name: &str) -> bool {
    match of {
        Type::Named(found) => found == name,
        Type::Optional(inner) => is_named(inner, name),
        Type::Text { .. }
        | Type::Bool
        | Type::Int { .. }
        | Type::Float { .. }
        | Type::Email
        | Type::Url
        | Type::Date
        | Type::Time
        | Type::Datetime
        | Type::Duration
        | Type::Timezone
        | Type::List { .. } => false,
    }
}

/// `PATH=VALUE`: JSON, or bare text where the type wants text or it is no JSON.
fn set_path(bundle: &Bundle, behaviour: &Behaviour, said: &str) -> Result<(Path, Value), Failure> {
    let wrong = || {
        Failure::new(format!(
            "`--set {said}`: write PATH=VALUE, as in `--set thread.turns=2`"
        ))
    };
    let (path, value) = said.split_once('=').ok_or_else(wrong)?;
    let mut names = path.split('.').map(|name| name.trim().to_owned());
    let root = names
        .next()
        .filter(|root| !root.is_empty())
        .ok_or_else(wrong)?;
    let path = Path {
        fields: names.collect(),
        ..Path::root(&root)
    };
    let bare = Value::from(value);
    let parsed = serde_json::from_str(value).unwrap_or_else(|_| bare.clone());
    let textual = of_path(bundle, behaviour, &path).is_none_or(|of| is_textual(&of));
    let is_value = parsed.is_string() || parsed.is_null();
    Ok((path, if textual && !is_value { bare } else { parsed }))
}

/// The type of an input or of a field behind one.
fn of_path(bundle: &Bundle, behaviour: &Behaviour, path: &Path) -> Option<Type> {
    let of_field = |fields: &[Field], name: &str| {
        fields
            .iter()
            .find(|field| field.name == name)
            .map(|field| field.of.clone())
    };
    let observed = || {
        Some(
            behaviour
                .observe
                .iter()
                .find(|it| it.name == path.root)?
                .of
                .clone(),
        )
    };
    let mut of = of_field(&behaviour.inputs, &path.root).or_else(observed)?;
    for name in &path.fields {
        while let Type::Optional(inner) = of {
            of = *inner;
        }
        let Type::Named(named) = &of else { return None };
        let Declaration {
            shape: Shape::Record { fields } | Shape::Entity { fields, .. },
            ..
        } = bundle.declarations.get(named)?
        else {
            return None;
        };
        of = of_field(fields, name)?;
    }
    Some(of)
}

fn is_textual(of: &Type) -> bool {
    match of {
        Type::Text { .. }
        | Type::Email
        | Type::Url
        | Type::Date
        | Type::Time
        | Type::Datetime
        | Type::Duration
        | Type::Timezone => true,
        Type::Optional(inner) => is_textual(inner),
        Type::Bool | Type::Int { .. } | Type::Float { .. } | Type::List { .. } | Type::Named(_) => {
            false
        }
    }
}

/// What keeps a behaviour from being rendered, each with the option that gives it.
pub(super) fn missing(
    bundle: &Bundle,
    name: &str,
    behaviour: &Behaviour,
    violations: &[Violation],
) -> Failure {
    let mut text = format!("`{name}` cannot be rendered with what is given:");
    for violation in violations {
        let mut names = violation.path.split('.').map(str::to_owned);
        let path = Path {
            fields: names.by_ref().skip(1).collect(),
            ..Path::root(violation.path.split('.').next().unwrap_or_default())
        };
        match of_path(bundle, behaviour, &path).filter(|_| violation.message == "is missing") {
            Some(of) => {
                let is_mail = behaviour
                    .inputs
                    .iter()
                    .any(|input| input.name == path.root && is_named(&input.of, "silex.Mail"));
                let option = if is_mail {
                    "--mail FILE|TEXT".to_owned()
                } else {
                    format!("--set {}=…", violation.path)
                };
                text.push_str(&format!(
                    "\n  {}: {} is missing   {option}",
                    violation.path,
                    ty::name(&of)
                ));
            }
            None => text.push_str(&format!("\n  {violation}")),
        }
    }
    let examples: Vec<_> = bundle
        .examples
        .iter()
        .filter(|(_, example)| example.behaviour == name)
        .map(|(name, _)| ty::bare(name))
        .collect();
    if !examples.is_empty() {
        text.push_str(&format!(
            "\n`--example NAME` gives what an example gives: {}",
            examples.join(", ")
        ));
    }
    Failure::new(text)
}
