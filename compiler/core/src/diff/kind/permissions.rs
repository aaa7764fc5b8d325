//! Kinds of change: what is allowed.

use super::{Class, Kind, Opposites, kind};

/// Kinds that come in pairs, those that matter most first.
pub(super) const PAIRS: &[&Opposites] = &[
    &READS,
    &OFFER,
    &OFFER_REACH,
    &INBOX,
    &ROUTE,
    &AFTER,
    &BAN,
    &BAN_REACH,
    &PERMITTED,
    &PERMISSION,
    &PERMISSION_REACH,
    &BOUND,
    &DELAY,
];

/// Kinds that are their own opposite.
pub(super) const ALONE: &[Kind] = &[
    OFFERED_ELSEWHERE,
    BAN_ELSEWHERE,
    PERMISSION_ELSEWHERE,
    AFTER_CHANGED,
    BOUND_CHANGED,
    QUIET_CHANGED,
];

pub(in crate::diff) const READS: Opposites = Opposites {
    less: kind("reads-removed", Class::Narrowed, "a tool reads less"),
    more: kind(
        "reads-added",
        Class::Widened,
        "a tool reads data that it did not before",
    ),
};

pub(in crate::diff) const OFFER: Opposites = Opposites {
    less: kind(
        "tool-withdrawn",
        Class::Narrowed,
        "a behaviour no longer offers a tool",
    ),
    more: kind(
        "tool-offered",
        Class::Widened,
        "a behaviour newly offers a tool",
    ),
};

pub(in crate::diff) const OFFER_REACH: Opposites = Opposites {
    less: kind(
        "tool-offered-less",
        Class::Narrowed,
        "a tool is offered in fewer cases",
    ),
    more: kind(
        "tool-offered-more",
        Class::Widened,
        "a tool is offered in more cases",
    ),
};

pub(in crate::diff) const INBOX: Opposites = Opposites {
    less: kind(
        "inbox-removed",
        Class::Breaking,
        "mail to an address is no longer answered",
    ),
    more: kind(
        "inbox-added",
        Class::Widened,
        "mail to a new address is answered",
    ),
};

pub(in crate::diff) const ROUTE: Opposites = Opposites {
    less: kind(
        "route-handed-over",
        Class::Narrowed,
        "mail that a behaviour answered goes to a person or to nobody",
    ),
    more: kind(
        "route-automated",
        Class::Widened,
        "a behaviour answers mail that went to a person or to nobody",
    ),
};

pub(in crate::diff) const AFTER: Opposites = Opposites {
    less: kind(
        "after-removed",
        Class::Narrowed,
        "something is no longer done after an event",
    ),
    more: kind(
        "after-added",
        Class::Widened,
        "something new is done after an event",
    ),
};

pub(in crate::diff) const BAN: Opposites = Opposites {
    less: kind(
        "ban-removed",
        Class::Widened,
        "something is no longer forbidden",
    ),
    more: kind("ban-added", Class::Narrowed, "something is newly forbidden"),
};

pub(in crate::diff) const BAN_REACH: Opposites = Opposites {
    less: kind(
        "ban-holds-less",
        Class::Widened,
        "something is forbidden in fewer cases",
    ),
    more: kind(
        "ban-holds-more",
        Class::Narrowed,
        "something is forbidden in more cases",
    ),
};

pub(in crate::diff) const PERMITTED: Opposites = Opposites {
    less: kind(
        "permission-withdrawn",
        Class::Narrowed,
        "what was allowed is now discouraged or forbidden",
    ),
    more: kind(
        "ban-lifted",
        Class::Widened,
        "what was discouraged or forbidden is now allowed",
    ),
};

pub(in crate::diff) const PERMISSION: Opposites = Opposites {
    less: kind(
        "permission-removed",
        Class::Narrowed,
        "something is no longer allowed in so many words",
    ),
    more: kind(
        "permission-added",
        Class::Widened,
        "something is newly allowed",
    ),
};

pub(in crate::diff) const PERMISSION_REACH: Opposites = Opposites {
    less: kind(
        "permission-holds-less",
        Class::Narrowed,
        "something is allowed in fewer cases",
    ),
    more: kind(
        "permission-holds-more",
        Class::Widened,
        "something is allowed in more cases",
    ),
};

pub(in crate::diff) const BOUND: Opposites = Opposites {
    less: kind(
        "limit-lowered",
        Class::Narrowed,
        "less may be done in a turn, or for one contact",
    ),
    more: kind(
        "limit-raised",
        Class::Widened,
        "more may be done in a turn, or for one contact",
    ),
};

pub(in crate::diff) const DELAY: Opposites = Opposites {
    less: kind(
        "wait-shortened",
        Class::Widened,
        "mail waits less before it leaves, or at fewer hours",
    ),
    more: kind(
        "wait-lengthened",
        Class::Narrowed,
        "mail waits longer before it leaves, or at more hours",
    ),
};

pub(in crate::diff) const OFFERED_ELSEWHERE: Kind = kind(
    "tool-offered-elsewhere",
    Class::Widened,
    "a tool is offered in other cases",
);
pub(in crate::diff) const BAN_ELSEWHERE: Kind = kind(
    "ban-holds-elsewhere",
    Class::Widened,
    "something is forbidden in other cases",
);
pub(in crate::diff) const PERMISSION_ELSEWHERE: Kind = kind(
    "permission-holds-elsewhere",
    Class::Widened,
    "something is allowed in other cases",
);
pub(in crate::diff) const AFTER_CHANGED: Kind = kind(
    "after-changed",
    Class::Widened,
    "something is done after an event in other cases",
);
pub(in crate::diff) const BOUND_CHANGED: Kind = kind(
    "limit-shifted",
    Class::Widened,
    "what may be done for one contact is counted in another way",
);
pub(in crate::diff) const QUIET_CHANGED: Kind =
    kind("quiet-changed", Class::Widened, "mail waits at other hours");
