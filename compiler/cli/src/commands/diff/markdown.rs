//! Changes as a comment of a pull request: a table, what matters most, and the rest folded.

use silex_compiler::diff::{Change, Class};

use super::text::{details, tokens};
use super::{Compared, Judged};

/// The comment. It starts with a marker, by which a later run finds and replaces it.
pub(super) fn comment(compared: &Compared) -> String {
    let mut text = String::from("<!-- silex diff -->\n### What changed in the specs\n\n");
    if compared.changes.is_empty() {
        text.push_str("Nothing that an agent does, demands or says is another.\n");
    } else {
        text.push_str("| | changes |\n| --- | ---: |\n");
    }
    for class in Class::ALL {
        let changes = compared.of(class);
        if changes.is_empty() {
            continue;
        }
        let waived = changes.iter().filter(|it| it.waived.is_some()).count();
        let waived = match waived {
            0 => String::new(),
            waived => format!(" ({waived} waived)"),
        };
        let fails = changes.iter().any(|it| compared.fails(it));
        let name = if fails {
            format!("**{}** ❌", class.name())
        } else {
            class.name().to_owned()
        };
        text.push_str(&format!("| {name} | {}{waived} |\n", changes.len()));
    }
    for class in Class::ALL {
        section(class, compared, &mut text);
    }
    if !compared.costs.is_empty() {
        text.push_str("\n<details><summary>prompts, in tokens</summary>\n\n");
        for cost in &compared.costs {
            text.push_str(&format!("- `{}`: {}\n", cost.behaviour, tokens(cost)));
        }
        text.push_str("\n</details>\n");
    }
    for note in &compared.notes {
        text.push_str(&format!("\n> {}\n", plain(note)));
    }
    text
}

fn section(class: Class, compared: &Compared, text: &mut String) {
    let changes = compared.of(class);
    if changes.is_empty() {
        return;
    }
    let folded = !matches!(class, Class::Breaking | Class::Widened | Class::Weakened);
    let name = class.name();
    text.push_str(&if folded {
        format!("\n<details><summary>{name}: {}</summary>\n", changes.len())
    } else {
        format!("\n#### {}{}\n", name[..1].to_uppercase(), &name[1..])
    });
    for it in changes {
        one(it, compared, text);
    }
    if folded {
        text.push_str("\n</details>\n");
    }
}

fn one(it: &Judged, compared: &Compared, text: &mut String) {
    let change = &it.change;
    let new = change.new.as_ref().map(|side| (side, &compared.new));
    let at = new.or(change.old.as_ref().map(|side| (side, &compared.old)));
    let at = at.filter(|(side, _)| !side.path.is_empty());
    let at = at.map(|(side, source)| format!(" `{}:{}`", source.path(&side.path), side.line));
    let waived = it
        .waived
        .as_ref()
        .map(|why| format!("  \n  *waived: {}*", plain(why)));
    text.push_str(&format!(
        "\n- `{}`: {}  \n  <sub>`{}`{}</sub>{}\n",
        change.subject,
        plain(&change.message),
        change.kind.code,
        at.unwrap_or_default(),
        waived.unwrap_or_default(),
    ));
    let lines = lines(change);
    if !lines.is_empty() {
        let fence = "`".repeat(longest_run(&lines.join("\n")).max(2) + 1);
        text.push_str(&format!("  {fence}diff\n"));
        for line in lines {
            text.push_str(&format!("  {line}\n"));
        }
        text.push_str(&format!("  {fence}\n"));
    }
    let details = details(change);
    if !details.is_empty() {
        let details: Vec<_> = details.iter().map(|line| plain(line)).collect();
        text.push_str(&format!("  {}\n", details.join("  \n  ")));
    }
}

/// What stood and stands there.
fn lines(change: &Change) -> Vec<String> {
    let of = |sign: &str, side: Option<&silex_compiler::diff::Side>| -> Vec<String> {
        let lines = side.into_iter().flat_map(|side| side.text.lines());
        lines.map(|line| format!("{sign} {line}")).collect()
    };
    let mut lines = of("-", change.old.as_ref());
    lines.extend(of("+", change.new.as_ref()));
    lines
}

/// Most backticks that stand together.
fn longest_run(text: &str) -> usize {
    let runs = text.split(|sign| sign != '`');
    runs.map(str::len).max().unwrap_or(0)
}

/// Text in which nothing but code is marked: no tag of HTML, no link, nobody who is called.
fn plain(text: &str) -> String {
    let parts = text.split('`').enumerate().map(|(number, part)| {
        // Between backticks nothing means anything.
        if number % 2 == 1 {
            return part.to_owned();
        }
        let mut plain = String::new();
        for sign in part.chars() {
            match sign {
                '&' => plain.push_str("&amp;"),
                '<' => plain.push_str("&lt;"),
                '>' => plain.push_str("&gt;"),
                '@' => plain.push_str("&#64;"),
                '*' | '_' | '[' | ']' | '#' | '|' | '~' | '\\' => {
                    plain.push('\\');
                    plain.push(sign);
                }
                '\n' => plain.push(' '),
                _ => plain.push(sign),
            }
        }
        plain
    });
    parts.collect::<Vec<_>>().join("`")
}
