//! Kinds of change: what is taken and given.

use super::{Class, Kind, Opposites, kind};

/// Kinds that come in pairs, those that matter most first.
pub(super) const PAIRS: &[&Opposites] = &[
    &BEHAVIOUR,
    &TOOL,
    &MODEL,
    &DECLARATION,
    &REQUIRED_FIELD,
    &OPTIONAL_FIELD,
    &DEFAULT,
    &TYPE_REACH,
    &PARAMETER,
    &PARAMETER_REACH,
    &RESULT_REACH,
    &CASE,
    &STAGE,
    &OBSERVATION,
];

/// Kinds that are their own opposite.
pub(super) const ALONE: &[Kind] = &[
    SHAPE_CHANGED,
    KEY_CHANGED,
    ENTITY_OWNER_CHANGED,
    TYPE_CHANGED,
    PARAMETER_CHANGED,
    RESULT_CHANGED,
    MODEL_CHANGED,
    MODEL_SETTINGS,
    LIMIT_CHANGED,
    TIMING_CHANGED,
    DEFAULT_CHANGED,
    STAGES_CHANGED,
    OBSERVATION_CHANGED,
];

pub(in crate::diff) const BEHAVIOUR: Opposites = Opposites {
    less: kind("behaviour-removed", Class::Breaking, "a behaviour is gone"),
    more: kind(
        "behaviour-added",
        Class::Interface,
        "there is a new behaviour",
    ),
};

pub(in crate::diff) const TOOL: Opposites = Opposites {
    less: kind("tool-removed", Class::Breaking, "a tool is gone"),
    more: kind("tool-added", Class::Interface, "there is a new tool"),
};

pub(in crate::diff) const MODEL: Opposites = Opposites {
    less: kind("model-removed", Class::Interface, "a model is gone"),
    more: kind("model-added", Class::Interface, "there is a new model"),
};

pub(in crate::diff) const DECLARATION: Opposites = Opposites {
    less: kind(
        "type-removed",
        Class::Breaking,
        "a record, enum or entity is gone",
    ),
    more: kind(
        "type-added",
        Class::Interface,
        "there is a new record, enum or entity",
    ),
};

pub(in crate::diff) const REQUIRED_FIELD: Opposites = Opposites {
    less: kind(
        "required-field-removed",
        Class::Breaking,
        "a field that everybody gives is gone",
    ),
    more: kind(
        "required-field-added",
        Class::Breaking,
        "a field must be given that nobody gave before",
    ),
};

pub(in crate::diff) const OPTIONAL_FIELD: Opposites = Opposites {
    less: kind(
        "optional-field-removed",
        Class::Breaking,
        "a field that may be given is gone",
    ),
    more: kind(
        "optional-field-added",
        Class::Interface,
        "a field may be given that was not known before",
    ),
};

pub(in crate::diff) const DEFAULT: Opposites = Opposites {
    less: kind(
        "default-removed",
        Class::Breaking,
        "a field that could be left out must be given",
    ),
    more: kind("default-added", Class::Interface, "a field may be left out"),
};

pub(in crate::diff) const TYPE_REACH: Opposites = Opposites {
    less: kind(
        "type-narrowed",
        Class::Breaking,
        "values that were taken are refused",
    ),
    more: kind(
        "type-widened",
        Class::Interface,
        "values are taken that were refused",
    ),
};

pub(in crate::diff) const PARAMETER: Opposites = Opposites {
    less: kind(
        "parameter-removed",
        Class::Breaking,
        "what carries out a tool no longer gets a parameter",
    ),
    more: kind(
        "parameter-added",
        Class::Interface,
        "what carries out a tool gets a new parameter",
    ),
};

pub(in crate::diff) const PARAMETER_REACH: Opposites = Opposites {
    less: kind(
        "parameter-narrowed",
        Class::Interface,
        "what carries out a tool gets fewer values",
    ),
    more: kind(
        "parameter-widened",
        Class::Breaking,
        "what carries out a tool gets values that it did not get before",
    ),
};

pub(in crate::diff) const RESULT_REACH: Opposites = Opposites {
    less: kind(
        "result-narrowed",
        Class::Interface,
        "a behaviour returns fewer values",
    ),
    more: kind(
        "result-widened",
        Class::Breaking,
        "a behaviour returns values that it did not return before",
    ),
};

pub(in crate::diff) const CASE: Opposites = Opposites {
    less: kind("case-removed", Class::Breaking, "a case of an enum is gone"),
    more: kind("case-added", Class::Interface, "an enum has a new case"),
};

pub(in crate::diff) const STAGE: Opposites = Opposites {
    less: kind(
        "stage-removed",
        Class::Breaking,
        "a stage is gone: threads may stand in it",
    ),
    more: kind("stage-added", Class::Interface, "there is a new stage"),
};

pub(in crate::diff) const OBSERVATION: Opposites = Opposites {
    less: kind(
        "observation-removed",
        Class::Interface,
        "a model is no longer asked for a judgement",
    ),
    more: kind(
        "observation-added",
        Class::Interface,
        "a model is asked for a judgement first",
    ),
};

pub(in crate::diff) const SHAPE_CHANGED: Kind = kind(
    "shape-changed",
    Class::Breaking,
    "a type is of another kind",
);
pub(in crate::diff) const KEY_CHANGED: Kind = kind(
    "key-changed",
    Class::Breaking,
    "something else identifies what is stored",
);
pub(in crate::diff) const ENTITY_OWNER_CHANGED: Kind = kind(
    "entity-owner-changed",
    Class::Breaking,
    "what is stored belongs to somebody else",
);
pub(in crate::diff) const TYPE_CHANGED: Kind = kind(
    "type-changed",
    Class::Breaking,
    "values of another type are taken",
);
pub(in crate::diff) const PARAMETER_CHANGED: Kind = kind(
    "parameter-changed",
    Class::Breaking,
    "what carries out a tool gets values of another type",
);
pub(in crate::diff) const RESULT_CHANGED: Kind = kind(
    "result-changed",
    Class::Breaking,
    "a behaviour returns values of another type",
);
pub(in crate::diff) const MODEL_CHANGED: Kind =
    kind("model-changed", Class::Interface, "another model answers");
pub(in crate::diff) const MODEL_SETTINGS: Kind = kind(
    "model-settings-changed",
    Class::Interface,
    "a model is asked in another way",
);
pub(in crate::diff) const LIMIT_CHANGED: Kind = kind(
    "limit-changed",
    Class::Interface,
    "a bound on tokens or tries is another",
);
pub(in crate::diff) const TIMING_CHANGED: Kind = kind(
    "timing-changed",
    Class::Interface,
    "a time-out, a due time or the way of trying again is another",
);
pub(in crate::diff) const DEFAULT_CHANGED: Kind = kind(
    "default-changed",
    Class::Interface,
    "what is taken for a field that was left out is another",
);
pub(in crate::diff) const STAGES_CHANGED: Kind = kind(
    "stages-changed",
    Class::Interface,
    "a conversation begins in another stage, or goes on to others",
);
pub(in crate::diff) const OBSERVATION_CHANGED: Kind = kind(
    "observation-changed",
    Class::Interface,
    "a model is asked for another judgement",
);
