//! Where the lines of a bundle's sources begin, found when something in them is first pointed at.

use std::cell::OnceCell;

use silex_bundle::{Bundle, Span};

use super::change::Side;

/// The lines of a bundle's sources.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    bundle: &'a Bundle,
    /// By source: the first byte of each line.
    starts: Vec<OnceCell<Vec<usize>>>,
}

impl<'a> Lines<'a> {
    /// No line is found yet.
    pub(super) fn of(bundle: &'a Bundle) -> Self {
        let starts = bundle.sources.iter().map(|_| OnceCell::new());
        Self {
            bundle,
            starts: starts.collect(),
        }
    }

    /// A place, and what stands there.
    pub(super) fn side(&self, span: Span, text: String) -> Side {
        let (path, line, column) = self.at(span).unwrap_or(("", 1, 1));
        Side {
            path: path.to_owned(),
            line,
            column,
            text,
        }
    }

    /// Path, line and column in characters, counted from 1.
    fn at(&self, span: Span) -> Option<(&'a str, usize, usize)> {
        let number = span.source as usize;
        let source = self.bundle.sources.get(number)?;
        let text = &*source.text;
        let starts = self.starts.get(number)?.get_or_init(|| {
            let ends = text.match_indices('\n').map(|(at, _)| at + 1);
            std::iter::once(0).chain(ends).collect()
        });
        let at = span.start as usize;
        let line = starts.partition_point(|start| *start <= at);
        let start = starts.get(line.checked_sub(1)?)?;
        Some((
            &source.path,
            line,
            text.get(*start..at)?.chars().count() + 1,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;
    use crate::{Package, SourceFile, build};

    #[test]
    fn a_place_is_that_which_the_bundle_says() {
        let text = "// ä\nconst a = 1\n\nconst ü = 2\n";
        let text = format!("{text}behaviour b(mail: Mail) -> Reply {{\n  role \"Ä.\"\n}}\n");
        let package = Package {
            manifest: "name: a\nversion: 0.1.0\nsilex: \"0.1\"\n".to_owned(),
            files: vec![SourceFile::new(
                "specs/a.silex",
                &text.replace("const ü = 2\n", ""),
            )],
            ..Package::default()
        };
        let bundle = build(&package).0.unwrap();
        let lines = Lines::of(&bundle);
        let source = u32::try_from(bundle.sources.len() - 1).unwrap();
        let length = u32::try_from(bundle.sources[source as usize].text.len()).unwrap();
        for start in 0..=length {
            let span = silex_bundle::Span {
                source,
                start,
                end: start,
            };
            let wanted = bundle.line_at(span);
            assert_eq!(lines.at(span), wanted, "{start}");
        }
    }
}
