//! Kinds of change: what is demanded, and what proves it.

use super::{Class, Kind, Opposites, kind};

/// Kinds that come in pairs, those that matter most first.
pub(super) const PAIRS: &[&Opposites] = &[
    &RULE,
    &RULE_REACH,
    &STRENGTH,
    &RATE,
    &CHECK,
    &CHECK_REACH,
    &OVERRIDE,
    &EXAMPLE,
    &EXPECTATION,
];

/// Kinds that are their own opposite.
pub(super) const ALONE: &[Kind] = &[
    REVERSED,
    HOLDS_ELSEWHERE,
    CHECK_CHANGED,
    OVERRIDE_REASON,
    EXAMPLE_CHANGED,
];

pub(in crate::diff) const RULE: Opposites = Opposites {
    less: kind("rule-removed", Class::Weakened, "a rule is gone"),
    more: kind("rule-added", Class::Strengthened, "there is a new rule"),
};

pub(in crate::diff) const RULE_REACH: Opposites = Opposites {
    less: kind(
        "rule-holds-less",
        Class::Weakened,
        "a rule holds in fewer cases",
    ),
    more: kind(
        "rule-holds-more",
        Class::Strengthened,
        "a rule holds in more cases",
    ),
};

pub(in crate::diff) const STRENGTH: Opposites = Opposites {
    less: kind("strength-lowered", Class::Weakened, "a rule is less strict"),
    more: kind("strength-raised", Class::Strengthened, "a rule is stricter"),
};

pub(in crate::diff) const RATE: Opposites = Opposites {
    less: kind(
        "rate-lowered",
        Class::Weakened,
        "a rule may be missed more often",
    ),
    more: kind(
        "rate-raised",
        Class::Strengthened,
        "a rule may be missed less often",
    ),
};

pub(in crate::diff) const CHECK: Opposites = Opposites {
    less: kind(
        "check-removed",
        Class::Weakened,
        "a rule lost a check: nothing holds drafts to it",
    ),
    more: kind("check-added", Class::Strengthened, "a rule has a new check"),
};

pub(in crate::diff) const CHECK_REACH: Opposites = Opposites {
    less: kind(
        "check-loosened",
        Class::Weakened,
        "a check lets more drafts pass",
    ),
    more: kind(
        "check-tightened",
        Class::Strengthened,
        "a check lets fewer drafts pass",
    ),
};

pub(in crate::diff) const OVERRIDE: Opposites = Opposites {
    less: kind(
        "override-removed",
        Class::Strengthened,
        "a rule no longer overrides another",
    ),
    more: kind(
        "override-added",
        Class::Weakened,
        "a rule overrides another",
    ),
};

pub(in crate::diff) const EXAMPLE: Opposites = Opposites {
    less: kind(
        "example-removed",
        Class::Weakened,
        "an example is gone, and what it proved with it",
    ),
    more: kind(
        "example-added",
        Class::Strengthened,
        "there is a new example",
    ),
};

pub(in crate::diff) const EXPECTATION: Opposites = Opposites {
    less: kind(
        "expectation-removed",
        Class::Weakened,
        "an example expects less",
    ),
    more: kind(
        "expectation-added",
        Class::Strengthened,
        "an example expects more",
    ),
};

pub(in crate::diff) const REVERSED: Kind = kind(
    "rule-reversed",
    Class::Breaking,
    "what was demanded is forbidden, or the other way round",
);
pub(in crate::diff) const HOLDS_ELSEWHERE: Kind = kind(
    "rule-holds-elsewhere",
    Class::Weakened,
    "a rule holds in other cases",
);
pub(in crate::diff) const CHECK_CHANGED: Kind = kind(
    "check-changed",
    Class::Weakened,
    "a check is another; whether it is as strict cannot be computed",
);
pub(in crate::diff) const OVERRIDE_REASON: Kind = kind(
    "override-reworded",
    Class::Reworded,
    "the reason to override a rule is another",
);
pub(in crate::diff) const EXAMPLE_CHANGED: Kind = kind(
    "example-changed",
    Class::Reworded,
    "an example plays something else",
);
