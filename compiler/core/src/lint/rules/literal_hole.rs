//! `literal-hole`: what looks like a hole and is none: `{{` in a string that has no holes, and the holes
//! of other languages in prose.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint};
use crate::package::Level;
use crate::source::Span;
use crate::syntax::ast;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "literal-hole",
    level: Level::Warn,
    explain: include_str!("literal_hole.md"),
    check: Check::Written(check),
};

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let holes = index.literals.iter().filter(|text| {
        // A raw string says that it means the braces.
        text.text.contains("{{") && !index.text(text.span).starts_with("'''")
    });
    let holes = holes
        .map(|text| {
            let message = "`{{` is no hole here: this string stands as it is written";
            Diagnostic::warning(LINT.code, text.span, message)
                .help("only roles, goals, facts, rules and steps have holes; for the braces themselves write a raw string `'''…'''`")
        });
    holes.chain(foreign(index)).collect()
}

/// `{name}`, `${name}` and `{% … %}` in prose, which a model would read as they stand.
fn foreign<'i>(index: &'i Index<'_>) -> impl Iterator<Item = Diagnostic> + 'i {
    index.prose.iter().flat_map(move |prose| {
        let inputs = index
            .item(prose.item)
            .map_or(&[][..], |item| inputs(item.tree));
        let words = prose.tree.pieces.iter().filter_map(|piece| match piece {
            ast::Piece::Words { span, .. } => Some(*span),
            ast::Piece::Hole(_) => None,
        });
        let is_named = move |name: &str| {
            inputs.iter().any(|input| input.name.text == name)
                || index.constants().any(|it| it == name)
        };
        words.flat_map(move |span| braces(index.text(span), span, is_named))
    })
}

fn inputs(item: &ast::Item) -> &[ast::Param] {
    if let ast::ItemKind::Behaviour(it) = &item.kind {
        &it.params
    } else if let ast::ItemKind::Ruleset(it) = &item.kind {
        &it.params
    } else {
        &[]
    }
}

/// What stands in single braces and names an input or a constant, or is a statement of a template.
fn braces(text: &str, place: Span, is_named: impl Fn(&str) -> bool) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (open, _) in text.match_indices('{') {
        let before = &text[..open];
        let Some(length) = text[open..].find('}').filter(|_| !before.ends_with('\\')) else {
            continue;
        };
        let inside = text[open + 1..open + length].trim();
        let doubled = before.ends_with('{');
        let closes_two = text[open + length + 1..].starts_with('}');
        // Half a hole is an error, and told as one.
        if closes_two && !doubled {
            continue;
        }
        let dollar = usize::from(before.ends_with('$'));
        let offset = |at: usize| {
            place
                .start
                .saturating_add(u32::try_from(at).unwrap_or(u32::MAX))
        };
        let span = Span {
            start: offset(open - dollar),
            end: offset(open + length + 1),
            ..place
        };
        let written = &text[open - dollar..=open + length];
        let message = format!("`{written}` goes to the model as it stands");
        let report = Diagnostic::warning(LINT.code, span, message);
        let root = inside.split(['.', ' ', '|']).next().unwrap_or_default();
        if inside.starts_with('%') {
            found.push(
                report.help("prose holds no template code: put the rule under `when … { … }`"),
            );
        } else if !is_named(root) {
            continue;
        } else if doubled {
            found.push(report.help("a raw block has no holes: write it in `\"\"\"`"));
        } else {
            let hole = format!("{{{{ {inside} }}}}");
            found.push(report.help(format!("a hole is written `{hole}`")).fix(
                span,
                hole.clone(),
                format!("write `{hole}`"),
            ));
        }
    }
    found
}
