//! Kinds of change: what is done in the world, and what stands between.

use super::{Class, Kind, Opposites, kind};

/// Kinds that come in pairs, those that matter most first.
pub(super) const PAIRS: &[&Opposites] = &[
    &GATE,
    &GATE_REACH,
    &EFFECT,
    &AUDIENCE,
    &ACTING_OFFER,
    &OWNER,
    &QUOTE,
    &TRUSTING,
    &TRUSTED_TYPE,
    &GUARD,
    &REVIEW,
    &AGENT,
    &RELAY,
    &CAMPAIGN,
    &CAMPAIGN_REACH,
];

/// Kinds that are their own opposite.
pub(super) const ALONE: &[Kind] = &[
    GATE_CHANGED,
    OWNER_CHANGED,
    HANDLER_CHANGED,
    SPENDS_CHANGED,
    GUARD_CHANGED,
    REVIEW_CHANGED,
    CONTACT_CHANGED,
    ROUTE_CHANGED,
    SENDER_CHANGED,
    RELAY_CHANGED,
    CAMPAIGN_CHANGED,
    PROVIDER_CHANGED,
];

pub(in crate::diff) const GATE: Opposites = Opposites {
    less: kind(
        "gate-removed",
        Class::Breaking,
        "calls that waited for a person or were refused are carried out",
    ),
    more: kind(
        "gate-added",
        Class::Narrowed,
        "calls wait for a person or are refused that were not",
    ),
};

pub(in crate::diff) const GATE_REACH: Opposites = Opposites {
    less: kind(
        "gate-weakened",
        Class::Breaking,
        "a gate stops calls in fewer cases",
    ),
    more: kind(
        "gate-tightened",
        Class::Narrowed,
        "a gate stops calls in more cases",
    ),
};

pub(in crate::diff) const EFFECT: Opposites = Opposites {
    less: kind(
        "effect-removed",
        Class::Narrowed,
        "a tool no longer sends, spends or writes something",
    ),
    more: kind(
        "effect-added",
        Class::Breaking,
        "a tool sends, spends or writes what it did not before",
    ),
};

pub(in crate::diff) const AUDIENCE: Opposites = Opposites {
    less: kind(
        "audience-narrowed",
        Class::Narrowed,
        "a tool reaches fewer people",
    ),
    more: kind(
        "audience-widened",
        Class::Breaking,
        "a tool reaches more people",
    ),
};

pub(in crate::diff) const ACTING_OFFER: Opposites = Opposites {
    less: kind(
        "acting-tool-withdrawn",
        Class::Narrowed,
        "a behaviour no longer offers a tool that sends, spends or writes",
    ),
    more: kind(
        "acting-tool-offered",
        Class::Breaking,
        "a behaviour newly offers a tool that sends, spends or writes",
    ),
};

pub(in crate::diff) const OWNER: Opposites = Opposites {
    less: kind(
        "owner-unbound",
        Class::Breaking,
        "a tool is no longer bound to one person's data",
    ),
    more: kind(
        "owner-bound",
        Class::Narrowed,
        "a tool is now bound to one person's data",
    ),
};

pub(in crate::diff) const QUOTE: Opposites = Opposites {
    less: kind(
        "quote-removed",
        Class::Breaking,
        "a value stands among instructions without its quotes",
    ),
    more: kind(
        "quote-added",
        Class::Strengthened,
        "a value is now set off from instructions",
    ),
};

pub(in crate::diff) const TRUSTING: Opposites = Opposites {
    less: kind(
        "trusting-removed",
        Class::Strengthened,
        "text from outside is no longer trusted",
    ),
    more: kind(
        "trusting-added",
        Class::Breaking,
        "text from outside is trusted on the author's word",
    ),
};

pub(in crate::diff) const TRUSTED_TYPE: Opposites = Opposites {
    less: kind(
        "type-untrusted",
        Class::Strengthened,
        "a text is no longer declared trusted",
    ),
    more: kind(
        "type-trusted",
        Class::Breaking,
        "a text is declared trusted and may stand in prompts unquoted",
    ),
};

pub(in crate::diff) const GUARD: Opposites = Opposites {
    less: kind(
        "guard-removed",
        Class::Breaking,
        "an agent lets in every mail: it lost its guard",
    ),
    more: kind("guard-added", Class::Narrowed, "an agent has a guard now"),
};

pub(in crate::diff) const REVIEW: Opposites = Opposites {
    less: kind(
        "review-passes-more",
        Class::Breaking,
        "more drafts leave without a person having seen them",
    ),
    more: kind(
        "review-holds-more",
        Class::Narrowed,
        "more drafts wait for a person",
    ),
};

pub(in crate::diff) const AGENT: Opposites = Opposites {
    less: kind(
        "agent-removed",
        Class::Breaking,
        "an agent is gone: its mail is not answered",
    ),
    more: kind("agent-added", Class::Breaking, "a new agent answers mail"),
};

pub(in crate::diff) const RELAY: Opposites = Opposites {
    less: kind(
        "relay-removed",
        Class::Narrowed,
        "mail is no longer passed on to somewhere",
    ),
    more: kind(
        "relay-added",
        Class::Breaking,
        "mail is passed on to somewhere new",
    ),
};

pub(in crate::diff) const CAMPAIGN: Opposites = Opposites {
    less: kind("campaign-removed", Class::Narrowed, "a campaign is gone"),
    more: kind(
        "campaign-added",
        Class::Breaking,
        "a new campaign writes to people who did not ask",
    ),
};

pub(in crate::diff) const CAMPAIGN_REACH: Opposites = Opposites {
    less: kind(
        "campaign-narrowed",
        Class::Narrowed,
        "a campaign writes to fewer people",
    ),
    more: kind(
        "campaign-widened",
        Class::Breaking,
        "a campaign writes to more people",
    ),
};

pub(in crate::diff) const GATE_CHANGED: Kind = kind(
    "gate-changed",
    Class::Breaking,
    "a gate stops calls in other cases",
);
pub(in crate::diff) const OWNER_CHANGED: Kind = kind(
    "owner-changed",
    Class::Breaking,
    "a tool works on somebody else's data",
);
pub(in crate::diff) const HANDLER_CHANGED: Kind = kind(
    "handler-changed",
    Class::Breaking,
    "something else carries out a tool",
);
pub(in crate::diff) const SPENDS_CHANGED: Kind = kind(
    "amount-changed",
    Class::Breaking,
    "another parameter is the amount that a tool spends",
);
pub(in crate::diff) const GUARD_CHANGED: Kind = kind(
    "guard-changed",
    Class::Breaking,
    "another guard looks at the mail",
);
pub(in crate::diff) const REVIEW_CHANGED: Kind = kind(
    "review-changed",
    Class::Breaking,
    "other drafts wait for a person",
);
pub(in crate::diff) const CONTACT_CHANGED: Kind = kind(
    "contact-changed",
    Class::Breaking,
    "those who write are known by something else",
);
pub(in crate::diff) const ROUTE_CHANGED: Kind = kind(
    "route-changed",
    Class::Breaking,
    "somebody else answers a kind of mail",
);
pub(in crate::diff) const SENDER_CHANGED: Kind = kind(
    "sender-changed",
    Class::Breaking,
    "mail leaves from another address",
);
pub(in crate::diff) const RELAY_CHANGED: Kind = kind(
    "relay-changed",
    Class::Breaking,
    "mail is passed on elsewhere or at other events",
);
pub(in crate::diff) const CAMPAIGN_CHANGED: Kind = kind(
    "campaign-changed",
    Class::Breaking,
    "a campaign writes to others, at other times, or something else",
);
pub(in crate::diff) const PROVIDER_CHANGED: Kind = kind(
    "provider-changed",
    Class::Breaking,
    "mail is shown to another provider of models",
);
