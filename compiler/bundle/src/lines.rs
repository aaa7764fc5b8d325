//! JSON with a line for each thing that a reviewer compares: a rule, a condition, a field.
//!
//! What lies deeper stands on the line of what holds it, so a bundle reads in a third of the time
//! that one value a line would take, and a difference is still a few lines.

use std::io::{Result, Write};

use serde_json::ser::Formatter;

/// How deep values have lines of their own: package, behaviour, list, segment.
const DEPTH: usize = 4;

/// Breaks lines down to [`DEPTH`].
#[derive(Debug, Default)]
pub(crate) struct Lines {
    depth: usize,
    filled: bool,
}

impl Lines {
    fn begin<W: Write + ?Sized>(&mut self, writer: &mut W, sign: &[u8]) -> Result<()> {
        self.depth += 1;
        self.filled = false;
        writer.write_all(sign)
    }

    fn end<W: Write + ?Sized>(&mut self, writer: &mut W, sign: &[u8]) -> Result<()> {
        let lined = self.filled && self.depth <= DEPTH;
        self.depth -= 1;
        self.filled = true;
        if lined {
            self.line(writer)?;
        }
        writer.write_all(sign)
    }

    fn item<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> Result<()> {
        if !first {
            writer.write_all(b",")?;
        }
        self.filled = true;
        if self.depth <= DEPTH {
            self.line(writer)?;
        }
        Ok(())
    }

    fn line<W: Write + ?Sized>(&self, writer: &mut W) -> Result<()> {
        writer.write_all(b"\n")?;
        (0..self.depth).try_for_each(|_| writer.write_all(b" "))
    }
}

impl Formatter for Lines {
    fn begin_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> Result<()> {
        self.begin(writer, b"[")
    }

    fn end_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> Result<()> {
        self.end(writer, b"]")
    }

    fn begin_array_value<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> Result<()> {
        self.item(writer, first)
    }

    fn begin_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> Result<()> {
        self.begin(writer, b"{")
    }

    fn end_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> Result<()> {
        self.end(writer, b"}")
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> Result<()> {
        self.item(writer, first)
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;
    use serde_json::{Serializer, Value, json};

    use super::*;

    #[test]
    fn a_segment_is_a_line_and_what_is_in_it_stands_on_it() {
        let value = json!({ "behaviours": { "a.b": { "inputs": [], "segments": [
            { "text": [{ "words": "x" }] }, { "kind": { "rule": [1, 2] } } ] } } });
        let mut bytes = Vec::new();
        value
            .serialize(&mut Serializer::with_formatter(
                &mut bytes,
                Lines::default(),
            ))
            .unwrap();
        let expected = "{\n \"behaviours\":{\n  \"a.b\":{\n   \"inputs\":[],\n   \"segments\":[\n    \
                        {\"text\":[{\"words\":\"x\"}]},\n    {\"kind\":{\"rule\":[1,2]}}\n   ]\n  }\n }\n}";
        assert_eq!(String::from_utf8(bytes.clone()).unwrap(), expected);
        assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), value);
    }
}
