-- What the pages read: lists by what happened last, what models are saying, and which rules were asked of whom.

create index thread_listed on thread (updated_at desc, id desc) where joined_to is null;
create index draft_of_reviewer on draft (reviewer, id) where state = 'held';

-- Answers of models that are not whole yet, in threads that somebody watches. They are gone soon after.
create table saying (
    turn_id    bigint not null references turn (id),
    step       integer not null,
    thread_id  bigint not null,
    text       text not null,
    said_at    bigint not null,
    primary key (turn_id, step)
);

-- Threads that somebody watches, and until when that is certain.
create table watched (
    thread_id  bigint not null primary key,
    until_at   bigint not null
);

-- The rules that stood in a prompt together. Many turns share one set; there are few.
create table variant (
    digest     text not null primary key,
    behaviour  text not null,
    -- Their ids, as JSON.
    rules      text not null
);
create table variant_rule (
    rule     text not null,
    variant  text not null references variant (digest),
    primary key (rule, variant)
);
-- The set of a turn; none while it runs.
alter table turn add column variant text;
create index turn_variant on turn (variant, id) where variant is not null;
