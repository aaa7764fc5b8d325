//! Modules: a file's path under the spec folder is its name.

use crate::syntax::ast;

/// A module and its tree.
#[derive(Debug, Clone)]
pub struct Module {
    /// Qualified: `mail.reply`, and `house.mail.reply` in a dependency.
    pub name: String,
    /// The names before those of its own package: empty, or `house.`.
    pub prefix: String,
    /// Names of the packages that its package uses.
    pub dependencies: Vec<String>,
    /// Its file.
    pub file: ast::File,
}

/// The name of the module in a file under the spec folder, `specs/mail/reply.silex`; none if a
/// folder or the file has no name that could stand in a `use`.
#[must_use]
pub fn module_name(path: &str, specs: &str) -> Option<String> {
    let inside = path
        .strip_prefix(specs)
        .and_then(|rest| rest.strip_prefix('/'))
        .unwrap_or(path);
    let stem = inside.strip_suffix(".silex")?;
    let parts: Vec<&str> = stem.split('/').collect();
    parts
        .iter()
        .all(|part| is_name(part))
        .then(|| parts.join("."))
}

const RESERVED: [&str; 9] = [
    "and", "or", "not", "is", "in", "true", "false", "none", "trusting",
];

fn is_name(part: &str) -> bool {
    part.starts_with(|first: char| first.is_ascii_lowercase())
        && part.chars().all(|c| {
            c.is_ascii_lowercase() || c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'
        })
        && !RESERVED.contains(&part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_name(path: &str, wanted: Option<&str>) {
        assert_eq!(module_name(path, "specs").as_deref(), wanted);
    }

    #[test]
    fn the_path_under_the_spec_folder_is_the_name() {
        check_name("specs/aleik.silex", Some("aleik"));
        check_name("specs/mail/reply.silex", Some("mail.reply"));
    }

    #[test]
    fn a_path_that_no_use_could_name_has_no_module() {
        check_name("specs/my-mail.silex", None);
        check_name("specs/in.silex", None);
        check_name("specs/9/a.silex", None);
    }
}
