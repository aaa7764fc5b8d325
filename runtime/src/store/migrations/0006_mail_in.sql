-- What the service that received a mail found out about it: JSON, or null where it said nothing.
alter table raw_mail add column verdicts text;

-- Why a mail is aside, in one word: what may be tried again together.
alter table mail add column cause text;
create index mail_cause on mail (cause, id) where state = 'quarantined';

-- The thread that this one was joined to, when it turned out to be the same conversation.
alter table thread add column joined_to bigint;

-- Addresses that nothing is sent to.
create table suppression (
    address   text not null primary key,
    reason    text not null check (reason in ('bounce', 'complaint', 'by_hand')),
    detail    text not null,
    added_by  text not null,
    added_at  bigint not null
);

-- What others told about mails that we sent. It is kept also when it comes before we know that the
-- mail was taken.
create table delivery_event (
    id           integer primary key autoincrement,
    source       text not null check (source in ('ses', 'report')),
    outcome      text not null
                 check (outcome in ('sent', 'delivered', 'bounced', 'bounced_for_now', 'complained',
                                    'rejected', 'delayed', 'noted')),
    -- The intent of the sending, as its tag or header has it; the provider's id of the mail.
    intent       text,
    provider_id  text,
    recipients   text not null,
    detail       text not null,
    said_at      text not null,
    -- The sending that it is about, once that is known.
    delivery_id  bigint references delivery (id),
    noted_at     bigint not null
);
create index delivery_event_delivery on delivery_event (delivery_id, id);
create index delivery_event_open on delivery_event (id) where delivery_id is null;
create index delivery_external on delivery (external_id) where external_id is not null;
create index delivery_message on delivery (message_id);
