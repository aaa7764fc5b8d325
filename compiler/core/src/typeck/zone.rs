//! Time zones by name, from the database that the compiler carries.

use jiff::tz::{self, TimeZone};

use super::Context;
use crate::diagnostic::Diagnostic;
use crate::edit_distance::nearest;
use crate::syntax::ast;

/// The zone of a name, as the database spells it; one that is unknown is reported.
pub(super) fn named(cx: &Context<'_>, text: &ast::StringLit) -> Option<String> {
    if let Ok(zone) = TimeZone::get(&text.text) {
        return Some(zone.iana_name().unwrap_or(&text.text).to_owned());
    }
    let message = format!("`{}` is not a time zone", text.text);
    let problem = Diagnostic::error("bad-literal", text.span, message);
    cx.report(match meant(&text.text) {
        Some(name) => problem.help(format!("did you mean `{name}`?")).fix(
            text.span,
            format!("\"{name}\""),
            format!("write `\"{name}\"`"),
        ),
        None => problem.help("write it as the IANA database does, such as `\"Europe/Berlin\"`"),
    });
    None
}

/// The zone whose city is named alone, else the one that is spelled most alike.
fn meant(text: &str) -> Option<String> {
    let wanted = text.trim().replace(' ', "_");
    let names: Vec<String> = tz::db().available().map(|name| name.to_string()).collect();
    let city = |name: &str| name.rsplit('/').next().unwrap_or(name).to_lowercase();
    names
        .iter()
        .find(|name| city(name) == wanted.to_lowercase())
        .cloned()
        .or_else(|| nearest(&wanted, names.iter().map(String::as_str)).map(str::to_owned))
}
