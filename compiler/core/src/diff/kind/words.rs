//! Kinds of change: words, whose effect on a model nobody can compute.

use super::{Class, Kind, Opposites, kind};

/// Kinds that come in pairs, those that matter most first.
pub(super) const PAIRS: &[&Opposites] = &[&TEXT, &TEXT_REACH];

/// Kinds that are their own opposite.
pub(super) const ALONE: &[Kind] = &[
    RULE_REWORDED,
    REASON_REWORDED,
    SAMPLES_CHANGED,
    ABOUT_CHANGED,
    TRUSTING_REWORDED,
    QUOTE_CHANGED,
    TEXT_REWORDED,
    TEXT_ELSEWHERE,
    ORDER_CHANGED,
    LAYOUT_CHANGED,
    DESCRIPTION_REWORDED,
    RENAMED,
];

pub(in crate::diff) const TEXT: Opposites = Opposites {
    less: kind(
        "text-removed",
        Class::Reworded,
        "a part of a prompt is gone",
    ),
    more: kind("text-added", Class::Reworded, "a prompt has a new part"),
};

pub(in crate::diff) const TEXT_REACH: Opposites = Opposites {
    less: kind(
        "text-holds-less",
        Class::Reworded,
        "a part of a prompt stands there in fewer cases",
    ),
    more: kind(
        "text-holds-more",
        Class::Reworded,
        "a part of a prompt stands there in more cases",
    ),
};

pub(in crate::diff) const RULE_REWORDED: Kind = kind(
    "rule-reworded",
    Class::Reworded,
    "the words of a rule are others",
);
pub(in crate::diff) const REASON_REWORDED: Kind = kind(
    "reason-reworded",
    Class::Reworded,
    "the reason of a rule is another",
);
pub(in crate::diff) const SAMPLES_CHANGED: Kind = kind(
    "samples-changed",
    Class::Reworded,
    "the samples of a rule are others",
);
pub(in crate::diff) const ABOUT_CHANGED: Kind = kind(
    "about-changed",
    Class::Reworded,
    "a rule speaks of something else",
);
pub(in crate::diff) const TRUSTING_REWORDED: Kind = kind(
    "trusting-reworded",
    Class::Reworded,
    "the reason to trust a text is another",
);
pub(in crate::diff) const QUOTE_CHANGED: Kind = kind(
    "quote-changed",
    Class::Reworded,
    "a value is quoted in another way or at another length",
);
pub(in crate::diff) const TEXT_REWORDED: Kind = kind(
    "text-reworded",
    Class::Reworded,
    "the words of a part of a prompt are others",
);
pub(in crate::diff) const TEXT_ELSEWHERE: Kind = kind(
    "text-holds-elsewhere",
    Class::Reworded,
    "a part of a prompt stands there in other cases",
);
pub(in crate::diff) const ORDER_CHANGED: Kind = kind(
    "order-changed",
    Class::Reworded,
    "the parts of a prompt stand in another order",
);
pub(in crate::diff) const LAYOUT_CHANGED: Kind = kind(
    "layout-changed",
    Class::Reworded,
    "a prompt is laid out in another way",
);
pub(in crate::diff) const DESCRIPTION_REWORDED: Kind = kind(
    "description-reworded",
    Class::Reworded,
    "a description is another",
);
pub(in crate::diff) const RENAMED: Kind =
    kind("renamed", Class::Renamed, "the same under another name");
