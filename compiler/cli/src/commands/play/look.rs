//! What the page is told of a text: findings, colours, and a prompt of one of its behaviours.
//!
//! Each look begins anew, so that any number of pages can be open and none sees another's text. Places
//! are counted as JavaScript counts, in units of UTF-16 from the beginning of the text.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use silex_bundle::manifest;
use silex_compiler::diagnostic::{Diagnostic, Severity};
use silex_compiler::ide::Analysis;
use silex_compiler::ide::prompt::{self, Preview, Segment};
use silex_compiler::ide::tokens::{self, Colour};
use silex_compiler::package::{Package, SourceFile};
use silex_compiler::source::{FileId, Span};

use crate::compile::in_sources;
use crate::{Failure, files};

/// A spec to begin with.
const SPEC: &str = include_str!("begin.silex");
/// The module that it is.
const MODULE: &str = "specs/play.silex";

/// What stands around the spec on the page, and with which text it begins.
#[derive(Debug)]
pub(super) struct Around {
    package: Package,
    /// The path of the module whose place the text takes.
    path: String,
    pub(super) begin: String,
}

impl Around {
    /// No package: the spec is all there is.
    pub(super) fn nothing() -> Self {
        Self::alone(SPEC.to_owned())
    }

    fn alone(begin: String) -> Self {
        let package = Package {
            manifest: "name: play\nversion: 0.1.0\nsilex: \"0.1\"\n".to_owned(),
            files: vec![SourceFile::new(MODULE, &begin)],
            ..Package::default()
        };
        Self {
            package,
            path: MODULE.to_owned(),
            begin,
        }
    }

    /// The package of a file, in which the text takes the file's place.
    pub(super) fn of(file: &Path) -> Result<Self, Failure> {
        let file = file.canonicalize().map_err(|it| Failure::at(file, it))?;
        let bytes = files::bytes(&file)?;
        let begin = String::from_utf8(bytes).map_err(|it| Failure::at(&file, it))?;
        let Some(root) = files::root(&file) else {
            return Ok(Self::alone(begin));
        };
        let package = files::package(&root)?;
        let mut paths = package.files.iter().map(|it| it.path.clone());
        let path = paths.find(|path| root.join(path) == file);
        let path = path.ok_or_else(|| {
            let root = root.display();
            Failure::at(&file, format!("this is no module of the package in {root}"))
        })?;
        Ok(Self {
            package,
            path,
            begin,
        })
    }

    fn with(&self, text: &str) -> Package {
        let mut package = self.package.clone();
        let file = package.files.iter_mut().find(|it| it.path == self.path);
        if let Some(file) = file {
            file.bytes = text.as_bytes().to_vec();
        }
        package
    }
}

/// What the page asks.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    text: String,
    /// Qualified; else the first of the text.
    behaviour: Option<String>,
    /// The hash of a variant; else the first.
    variant: Option<String>,
    /// A condition that is to turn out the other way.
    toggle: Option<usize>,
    /// All inputs, in place of those of a variant.
    inputs: Option<Map<String, Value>>,
}

/// What the page shows.
#[derive(Debug, Serialize)]
pub(super) struct Seen {
    findings: Vec<Found>,
    /// From where to where, and which colour.
    colours: Vec<(u32, u32, &'static str)>,
    /// The behaviours of the text.
    behaviours: Vec<String>,
    /// Of the one that is looked at; or why there is none.
    prompt: Result<Shown, String>,
}

#[derive(Debug, Serialize)]
struct Found {
    severity: Severity,
    code: &'static str,
    message: String,
    help: Option<String>,
    line: usize,
    /// The file, where it is another.
    file: Option<String>,
    at: Option<(u32, u32)>,
    fix: Option<Fix>,
}

#[derive(Debug, Serialize)]
struct Fix {
    title: String,
    at: (u32, u32),
    replacement: String,
}

#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    preview: Preview,
    /// Where each part of the prompt is written.
    places: Vec<Option<(u32, u32)>>,
    /// Where each segment is written that is not in it.
    absent_places: Vec<Option<(u32, u32)>>,
    /// The tools as a model is told of them.
    told: Vec<Value>,
    /// How many variants there are.
    count: String,
    variants: Vec<Variant>,
}

#[derive(Debug, Serialize)]
struct Variant {
    hash: String,
    when: String,
    tokens: u64,
}

/// Looks at a text.
pub(super) fn look(around: &Around, asked: &Asked) -> Seen {
    let analysis = Analysis::new(around.with(&asked.text));
    let mut sources = analysis.sources().all();
    let file = sources.find(|(_, source)| source.path == around.path);
    let file = file.map_or(FileId(0), |(id, _)| id);
    let text = Text::new(analysis.text(file), file);
    let colours = tokens::of_file(&analysis, file).into_iter();
    let behaviours = behaviours(&analysis, file);
    let known = asked
        .behaviour
        .as_ref()
        .filter(|it| behaviours.contains(it));
    let prompt = match known.or_else(|| behaviours.first()) {
        Some(name) => shown(&analysis, &text, name, asked),
        None => Err("there is no behaviour in the spec yet".to_owned()),
    };
    Seen {
        findings: analysis
            .found()
            .iter()
            .map(|it| found(&analysis, &text, it))
            .collect(),
        colours: colours
            .filter_map(|it| {
                let (from, to) = text.place(it.span)?;
                Some((from, to, class(it.colour)))
            })
            .collect(),
        behaviours,
        prompt,
    }
}

/// The behaviours of a file in their order.
fn behaviours(analysis: &Analysis, file: FileId) -> Vec<String> {
    let Some(bundle) = analysis.bundle() else {
        return Vec::new();
    };
    let own = bundle
        .behaviours
        .iter()
        .filter(|(_, it)| it.span.source == file.0);
    let mut own: Vec<_> = own
        .map(|(name, it)| (it.span.start, name.clone()))
        .collect();
    own.sort();
    own.into_iter().map(|(_, name)| name).collect()
}

fn shown(analysis: &Analysis, text: &Text<'_>, name: &str, asked: &Asked) -> Result<Shown, String> {
    let listing = prompt::variants(analysis, name)?;
    let known = |hash: &&String| listing.variants.iter().any(|it| it.hash == **hash);
    let variant = asked.variant.as_ref().filter(known).map(String::as_str);
    let mut inputs = match &asked.inputs {
        Some(inputs) => inputs.clone(),
        None => prompt::inputs(analysis, name, variant, &Map::new())?,
    };
    if let Some(condition) = asked.toggle {
        inputs = prompt::toggled(analysis, name, &inputs, condition)?;
    }
    let preview = prompt::render(analysis, name, inputs)?;
    let place = |segment: &Segment| text.place(in_sources(segment.at));
    let told = analysis.bundle().into_iter().flat_map(|bundle| {
        let tools = preview.tools.iter().filter_map(|it| bundle.tools.get(it));
        tools.map(|it| manifest::anthropic(it, &bundle.declarations))
    });
    Ok(Shown {
        places: preview
            .parts
            .iter()
            .map(|it| it.segment.as_ref().and_then(place))
            .collect(),
        absent_places: preview.absent.iter().map(|it| place(&it.segment)).collect(),
        told: told.collect(),
        count: listing.count.to_string(),
        variants: listing
            .variants
            .iter()
            .map(|it| Variant {
                hash: it.hash.clone(),
                when: it.witness.to_string(),
                tokens: it.tokens.most,
            })
            .collect(),
        preview,
    })
}

fn found(analysis: &Analysis, text: &Text<'_>, found: &Diagnostic) -> Found {
    let (path, line, _) = analysis.sources().place(found.span());
    let said = found.labels.first().map_or("", |it| it.text.as_str());
    let fix = found.fix.as_ref().and_then(|fix| {
        Some(Fix {
            title: fix.title.clone(),
            at: text.place(fix.span)?,
            replacement: fix.replacement.clone(),
        })
    });
    Found {
        severity: found.severity,
        code: found.code,
        message: match said {
            "" => found.message.clone(),
            said => format!("{}: {said}", found.message),
        },
        help: found.help.clone(),
        line,
        file: (found.span().file != text.file).then(|| path.to_owned()),
        at: text.place(found.span()),
        fix,
    }
}

/// A text and how many units of UTF-16 stand before each of its bytes.
struct Text<'t> {
    file: FileId,
    before: Vec<u32>,
    text: &'t str,
}

impl<'t> Text<'t> {
    fn new(text: &'t str, file: FileId) -> Self {
        let mut before = Vec::with_capacity(text.len() + 1);
        let mut units = 0;
        for sign in text.chars() {
            before.extend(std::iter::repeat_n(units, sign.len_utf8()));
            units += u32::try_from(sign.len_utf16()).unwrap_or_default();
        }
        before.push(units);
        Self { file, before, text }
    }

    /// Where a span is; nowhere if it is in another file.
    fn place(&self, span: Span) -> Option<(u32, u32)> {
        let unit = |at: u32| self.before.get((at as usize).min(self.text.len())).copied();
        (span.file == self.file).then_some(())?;
        Some((unit(span.start)?, unit(span.end)?))
    }
}

/// The word of the page's style for a colour.
fn class(colour: Colour) -> &'static str {
    match colour {
        Colour::Comment => "comment",
        Colour::Text => "text",
        Colour::Number | Colour::Regex => "number",
        Colour::Keyword => "keyword",
        Colour::Operator => "sign",
        Colour::Record | Colour::Enum | Colour::Class | Colour::Namespace => "type",
        Colour::Case | Colour::Constant => "case",
        Colour::Field | Colour::Parameter | Colour::Variable => "name",
        Colour::Function => "call",
        Colour::Part => "part",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn seen(text: &str, more: &Value) -> Value {
        let mut asked = serde_json::json!({ "text": text });
        asked
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let asked = serde_json::from_value(asked).unwrap();
        serde_json::to_value(look(&Around::nothing(), &asked)).unwrap()
    }

    #[test]
    fn the_spec_to_begin_with_is_clean_and_has_conditions_and_tools() {
        let seen = seen(SPEC, &serde_json::json!({}));
        assert_eq!(seen["findings"], serde_json::json!([]));
        let prompt = &seen["prompt"]["Ok"];
        assert!(
            prompt["conditions"].as_array().unwrap().len() > 1,
            "{prompt}"
        );
        assert!(prompt["told"][0]["input_schema"].is_object(), "{prompt}");
    }

    #[test]
    fn places_are_counted_as_javascript_counts() {
        let seen = seen("// 𝄞 ß\nrecord R { a: nix }", &serde_json::json!({}));
        // Two units for the clef: the type begins at the 22nd.
        assert_eq!(seen["findings"][0]["at"][0], 22, "{seen}");
    }

    #[test]
    fn a_toggled_condition_turns_out_the_other_way_and_nothing_else_does() {
        let first = seen(SPEC, &serde_json::json!({}));
        let holds = |seen: &Value| -> Vec<Value> {
            let all = seen["prompt"]["Ok"]["conditions"].as_array().unwrap();
            all.iter().map(|it| it["holds"].clone()).collect()
        };
        let behaviour = &seen(SPEC, &serde_json::json!({}))["behaviours"][0];
        let toggled = seen(
            SPEC,
            &serde_json::json!({ "behaviour": behaviour, "toggle": 0 }),
        );
        let (before, after) = (holds(&first), holds(&toggled));
        assert_ne!(before[0], after[0]);
    }
}
