//! What can be done to an answer to read it, by name, and what each deed costs.
//!
//! The table of [`Kind::cost`] is the order of trust. 1: the form alone was off, and what was meant
//! is plain. 2: a habit of models that has one meaning. 3 and more: something of the answer was
//! passed over or had to be found. A reading costs the sum of its repairs; the cheapest counts.

use std::fmt;

use crate::functions::cut;

/// Most characters of the answer that a repair shows.
const SHOWN: usize = 40;

/// Something that was done to an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// What was done.
    pub kind: Kind,
    /// To which part of the answer; empty when it is said by the kind.
    pub about: String,
}

/// What was done to an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is said by its words, in `words`")]
pub enum Kind {
    Fence,
    Tags,
    TextAround,
    BareAnswer,
    Lines,
    TaggedFields,
    Several,
    PassedOver,
    Quotes,
    Unquoted,
    UnquotedKey,
    InnerQuote,
    LineBreak,
    Escape,
    Joined,
    Comment,
    ExtraComma,
    MissingComma,
    MissingValue,
    Ellipsis,
    Bracket,
    CutOff,
    LeftOutCut,
    Literal,
    ScalarAsText,
    TextAsNumber,
    Separators,
    Unit,
    NumberWord,
    NoNumber,
    TextAsBool,
    DateForm,
    AddressForm,
    NoValue,
    ValueAsList,
    SplitList,
    ListOfOne,
    JoinedRecords,
    OnlyField,
    Unwrapped,
    JsonInText,
    FieldName,
    UnknownField,
    RepeatedField,
    NullAsAbsent,
    CaseName,
    CaseForm,
    CaseWithWords,
    CaseByDoc,
    CaseInProse,
}

impl Kind {
    /// What it costs.
    #[must_use]
    pub const fn cost(self) -> u32 {
        match self {
            // Says what the model did; another reading of the same text is no worse for it.
            Self::PassedOver => 0,
            Self::Fence
            | Self::Tags
            | Self::BareAnswer
            | Self::Quotes
            | Self::Unquoted
            | Self::UnquotedKey
            | Self::LineBreak
            | Self::Escape
            | Self::Comment
            | Self::ExtraComma
            | Self::Literal
            | Self::ScalarAsText
            | Self::TextAsNumber
            | Self::TextAsBool
            | Self::NoValue
            | Self::FieldName
            | Self::NullAsAbsent
            | Self::CaseName => 1,
            Self::TextAround
            | Self::Several
            | Self::Joined
            | Self::MissingComma
            | Self::CutOff
            | Self::Separators
            | Self::NumberWord
            | Self::DateForm
            | Self::AddressForm
            | Self::ListOfOne
            | Self::JoinedRecords
            | Self::Unwrapped
            | Self::JsonInText
            | Self::UnknownField
            | Self::CaseForm => 2,
            Self::InnerQuote
            | Self::MissingValue
            | Self::Ellipsis
            | Self::Bracket
            | Self::LeftOutCut
            | Self::NoNumber
            | Self::Unit
            | Self::ValueAsList
            | Self::OnlyField
            | Self::RepeatedField
            | Self::CaseWithWords => 3,
            Self::Lines | Self::TaggedFields | Self::SplitList => 4,
            Self::CaseByDoc => 5,
            Self::CaseInProse => 6,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Fence => "took the value out of a code fence",
            Self::Tags => "took the value out of tags",
            Self::TextAround => "took the value out of the text around it",
            Self::BareAnswer => "read the whole answer as the value",
            Self::Lines => "read lines of `name: value` as a record",
            Self::TaggedFields => "read tags as the fields of a record",
            Self::Several => "put several values into a list",
            Self::PassedOver => "passed over another value of the answer",
            Self::Quotes => "mended quotes",
            Self::Unquoted => "quoted a text",
            Self::UnquotedKey => "quoted a name",
            Self::InnerQuote => "kept quotes inside a text",
            Self::LineBreak => "kept a line break or control character inside a text",
            Self::Escape => "mended an escape",
            Self::Joined => "joined pieces of a text",
            Self::Comment => "took out a comment",
            Self::ExtraComma => "took out a comma",
            Self::MissingComma => "put in a comma",
            Self::MissingValue => "left out a field without a value",
            Self::Ellipsis => "left out an ellipsis",
            Self::Bracket => "mended brackets",
            Self::CutOff => "closed what was cut off",
            Self::LeftOutCut => "left out a value that was cut off",
            Self::Literal => "read a word of another language",
            Self::ScalarAsText => "read as text",
            Self::TextAsNumber => "read text as a number",
            Self::Separators => "took separators out of a number",
            Self::Unit => "took the unit off a number",
            Self::NumberWord => "read a word as a number",
            Self::NoNumber => "left out what is no number",
            Self::TextAsBool => "read as true or false",
            Self::DateForm => "wrote a date or time in its one form",
            Self::AddressForm => "took an address out of its markup",
            Self::NoValue => "read as no value",
            Self::ValueAsList => "read one value as a list",
            Self::SplitList => "split a text into a list",
            Self::ListOfOne => "took the one value out of a list",
            Self::JoinedRecords => "joined records that share no field",
            Self::OnlyField => "read the value as a field",
            Self::Unwrapped => "took the value out of a record around it",
            Self::JsonInText => "read JSON inside a text",
            Self::FieldName => "read a field by its nearly right name",
            Self::UnknownField => "left out an unknown field",
            Self::RepeatedField => "kept the first of a repeated field",
            Self::NullAsAbsent => "took null for absent, which has a default",
            Self::CaseName => "read a case by its nearly right name",
            Self::CaseForm => "read a case in another form",
            Self::CaseWithWords => "took a case out of the words behind it",
            Self::CaseByDoc => "found the case by its description",
            Self::CaseInProse => "found the one case that a sentence names",
        }
    }
}

impl Repair {
    pub(super) fn new(kind: Kind, about: &str) -> Self {
        Self {
            kind,
            about: cut(about, SHOWN).replace(char::is_control, " "),
        }
    }
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.words())?;
        if !self.about.is_empty() {
            write!(f, ": `{}`", self.about)?;
        }
        Ok(())
    }
}

/// What a reading costs.
pub(super) fn cost(repairs: &[Repair]) -> u32 {
    repairs.iter().map(|repair| repair.kind.cost()).sum()
}
