//! Types and names in the words of the language.

use crate::Type;

/// A type as an author writes it.
#[must_use]
pub fn name(of: &Type) -> String {
    let range = |min: Option<String>, max: Option<String>| match (min, max) {
        (None, None) => String::new(),
        (min, max) => format!(" {}..{}", min.unwrap_or_default(), max.unwrap_or_default()),
    };
    let counted = |min: &Option<u32>, max: &Option<u32>| {
        range(min.map(|it| it.to_string()), max.map(|it| it.to_string()))
    };
    match of {
        Type::Text {
            trusted,
            min,
            max,
            pattern,
        } => {
            let trusted = if *trusted { "trusted " } else { "" };
            let pattern = pattern
                .as_ref()
                .map(|it| format!(" /{it}/"))
                .unwrap_or_default();
            format!("{trusted}text{}{pattern}", counted(min, max))
        }
        Type::Bool => "bool".to_owned(),
        Type::Int { min, max } => {
            format!(
                "int{}",
                range(min.map(|it| it.to_string()), max.map(|it| it.to_string()))
            )
        }
        Type::Float { min, max } => {
            format!(
                "float{}",
                range(min.map(|it| it.to_string()), max.map(|it| it.to_string()))
            )
        }
        Type::Email => "email".to_owned(),
        Type::Url => "url".to_owned(),
        Type::Date => "date".to_owned(),
        Type::Time => "time".to_owned(),
        Type::Datetime => "datetime".to_owned(),
        Type::Duration => "duration".to_owned(),
        Type::Timezone => "timezone".to_owned(),
        Type::List { of, min, max } => format!("[{}]{}", name(of), counted(min, max)),
        Type::Optional(inner) => format!("{}?", name(inner)),
        Type::Named(qualified) => bare(qualified).to_owned(),
    }
}

/// A qualified name without its module.
#[must_use]
pub fn bare(qualified: &str) -> &str {
    qualified.rsplit('.').next().unwrap_or(qualified)
}
