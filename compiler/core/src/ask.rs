//! Conditions from outside a package, such as `--when 'plan == pro'`, typed against a behaviour.
//!
//! The last names of a path do where only one input has them: `plan` is `subscriber.plan`.

use std::collections::BTreeSet;

use silex_bundle::behaviour::Limits;
use silex_bundle::schema::{Declarations, Field, Shape};
use silex_bundle::{Behaviour, Bundle, Expr, Type};

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::resolve::{self, Module};
use crate::source::FileId;
use crate::syntax::{self, ast};
use crate::typeck::{Context, expr, scope::Scope};

/// What stands before a condition in the text that is parsed.
const BEFORE: &str = "behaviour asked() -> Reply { when ";
/// How deep fields are looked for.
const DEPTH: usize = 4;

/// The condition of a text.
///
/// # Errors
/// Everything that is wrong with it, in words.
pub fn condition(bundle: &Bundle, behaviour: &Behaviour, text: &str) -> Result<Expr, Vec<String>> {
    let mut diagnostics = Diagnostics::default();
    let file = syntax::parse(
        FileId(0),
        &format!("{BEFORE}{text} {{ }} }}"),
        &mut diagnostics,
    );
    let written = asked(&file).cloned();
    let module = Module {
        name: "asked".to_owned(),
        prefix: String::new(),
        dependencies: Vec::new(),
        file: ast::File {
            items: Vec::new(),
            ..file
        },
    };
    let Some(mut written) = written.filter(|_| diagnostics.is_clean()) else {
        return Err(told(diagnostics.finish(), text));
    };
    let modules = [module];
    let names = resolve::resolve(&modules, &mut diagnostics);
    let mut cx = Context::new(&names, &[], Limits::default());
    cx.hir.declarations = bundle.declarations.clone();
    let mut scope = Scope::new(resolve::STANDARD);
    for input in &behaviour.inputs {
        scope.bind(&input.name, input.of.clone());
    }
    let fields = Fields::of(&bundle.declarations, &behaviour.inputs);
    let mut unclear = Vec::new();
    lengthen(&mut written, &fields, &mut unclear);
    let condition = expr::condition(&cx, &scope, &written, expr::Place::When);
    cx.finish(&mut diagnostics);
    // What the question rules out is an answer, not a mistake.
    let found = diagnostics
        .finish()
        .into_iter()
        .filter(|it| it.code != "impossible-comparison");
    let mut problems = unclear;
    problems.extend(told(found, text));
    match condition.expr {
        Some(expr) if problems.is_empty() => Ok(expr),
        _ => Err(problems),
    }
}

/// The condition in the file that was made for it.
fn asked(file: &ast::File) -> Option<&ast::Expr> {
    let ast::ItemKind::Behaviour(behaviour) = &file.items.first()?.kind else {
        return None;
    };
    let ast::StatementKind::When(when) = &behaviour.body.statements.first()?.kind else {
        return None;
    };
    Some(&when.condition)
}

fn told(found: impl IntoIterator<Item = Diagnostic>, text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for finding in found {
        let label = finding.labels.first().map(|label| label.text.as_str());
        let label = label
            .filter(|text| !text.is_empty())
            .map(|text| format!(": {text}"))
            .unwrap_or_default();
        let help = finding
            .help
            .as_ref()
            .map(|help| format!(" ({help})"))
            .unwrap_or_default();
        // The brace behind the condition is ours.
        let message = finding.message.replace("found `{`", "found its end");
        let line = format!("`{text}`: {message}{label}{help}");
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// The paths of all fields behind the inputs.
struct Fields {
    inputs: BTreeSet<String>,
    paths: Vec<Vec<String>>,
}

impl Fields {
    fn of(declarations: &Declarations, inputs: &[Field]) -> Self {
        let mut fields = Self {
            inputs: inputs.iter().map(|input| input.name.clone()).collect(),
            paths: Vec::new(),
        };
        for input in inputs {
            fields.add(declarations, &input.of, std::slice::from_ref(&input.name));
        }
        fields
    }

    fn add(&mut self, declarations: &Declarations, of: &Type, path: &[String]) {
        let Type::Named(name) = of.without_none() else {
            return;
        };
        let Some(Shape::Record { fields } | Shape::Entity { fields, .. }) =
            declarations.get(name).map(|declaration| &declaration.shape)
        else {
            return;
        };
        for field in fields {
            let inner = [path, std::slice::from_ref(&field.name)].concat();
            if inner.len() < DEPTH {
                self.add(declarations, &field.of, &inner);
            }
            self.paths.push(inner);
        }
    }

    /// The paths that end so, the shortest alone if there is one.
    fn ending(&self, names: &[ast::Name]) -> Vec<&[String]> {
        let ends = |path: &&Vec<String>| {
            path.len() > names.len()
                && path[path.len() - names.len()..]
                    .iter()
                    .zip(names)
                    .all(|(a, b)| *a == b.text)
        };
        let found: Vec<&Vec<String>> = self.paths.iter().filter(ends).collect();
        let shortest = found.iter().map(|path| path.len()).min().unwrap_or(0);
        found
            .into_iter()
            .filter(|path| path.len() == shortest)
            .map(Vec::as_slice)
            .collect()
    }
}

/// Puts whole paths in the place of their ends.
fn lengthen(expr: &mut ast::Expr, fields: &Fields, unclear: &mut Vec<String>) {
    match &mut expr.kind {
        ast::ExprKind::Path(path) => whole_path(path, fields, unclear),
        ast::ExprKind::Call(call) => {
            for arg in &mut call.args {
                lengthen(&mut arg.value, fields, unclear);
            }
        }
        ast::ExprKind::Filter { value, .. }
        | ast::ExprKind::Is { value, .. }
        | ast::ExprKind::In { value, .. }
        | ast::ExprKind::Not(value) => lengthen(value, fields, unclear),
        // What stands on the right is a literal or a case.
        ast::ExprKind::Compare { left, .. } => lengthen(left, fields, unclear),
        ast::ExprKind::And(all) | ast::ExprKind::Or(all) => {
            all.iter_mut()
                .for_each(|one| lengthen(one, fields, unclear));
        }
        ast::ExprKind::Literal(_) | ast::ExprKind::List(_) | ast::ExprKind::Junk => {}
    }
}

fn whole_path(path: &mut ast::Path, fields: &Fields, unclear: &mut Vec<String>) {
    let Some(first) = path.names.first().cloned() else {
        return;
    };
    if fields.inputs.contains(&first.text) || matches!(first.text.as_str(), "now" | "today") {
        return;
    }
    match fields.ending(&path.names).as_slice() {
        [] => {}
        [one] => {
            let name = |text: &String| ast::Name {
                text: text.clone(),
                ..first.clone()
            };
            path.names = one.iter().map(name).collect();
        }
        several => {
            let several: Vec<String> = several.iter().map(|path| path.join(".")).collect();
            unclear.push(format!(
                "`{path}` is unclear: say `{}`",
                several.join("` or `")
            ));
        }
    }
}
