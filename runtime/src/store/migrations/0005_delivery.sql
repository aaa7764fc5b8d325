-- How fast mail leaves in a sender's name, and when it rests.
create table sender (
    address       text not null primary key,
    paused_until  bigint not null default 0,
    reason        text,
    -- When the next mail may leave, and the last time that somebody who waits was told.
    free_at       bigint not null default 0,
    asked_at      bigint not null default 0
);

-- Up to when it was looked through what is due of a campaign.
create table campaign_round (
    agent     text not null,
    campaign  text not null,
    due_at    bigint not null,
    kept_at   bigint not null,
    primary key (agent, campaign, due_at)
);

-- Each sending or skipping, once for each of the audience and period.
create table campaign_send (
    id           integer primary key autoincrement,
    agent        text not null,
    campaign     text not null,
    contact_key  text not null,
    period       text not null,
    due_at       bigint not null,
    state        text not null check (state in ('planned', 'skipped', 'drafted', 'sent', 'failed')),
    reason       text,
    thread_id    bigint references thread (id),
    draft_id     bigint references draft (id),
    created_at   bigint not null,
    unique (agent, campaign, contact_key, period)
);
create unique index campaign_send_draft on campaign_send (draft_id) where draft_id is not null;
create index campaign_send_thread on campaign_send (thread_id) where thread_id is not null;
create index campaign_send_newest on campaign_send (agent, campaign, id);

-- Who wants no more mail from an agent that they did not ask for.
create table unsubscription (
    agent     text not null,
    address   text not null,
    noted_at  bigint not null,
    primary key (agent, address)
);

-- What the check of outgoing mail asks: whose an address or a key is, what a contact has got.
create index thread_contact on thread (contact_key);
create index entity_key on entity (key);
create index delivery_recipient on delivery (recipient, created_at);
