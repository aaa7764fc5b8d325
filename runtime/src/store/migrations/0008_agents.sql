-- What an agent keeps of a conversation beyond its mails.

-- The digest of the bundle that the conversation goes on with, and who is told what happens in it: for
-- each event the jobs that it makes.
alter table thread add column bundle text not null default '';
alter table thread add column listeners text not null default '{}';

-- The stage of each behaviour in each thread; no row is the behaviour's first stage.
create table thread_stage (
    thread_id  bigint not null references thread (id),
    behaviour  text not null,
    stage      text not null,
    turn_id    bigint not null references turn (id),
    moved_at   bigint not null,
    primary key (thread_id, behaviour)
);

-- The latest calls of a tool that is bounded for each contact. There are as many slots as calls are
-- allowed; one is free again when its call is old enough.
create table tool_slot (
    tool         text not null,
    contact_key  text not null,
    slot         bigint not null,
    call_key     text not null,
    taken_at     bigint not null,
    primary key (tool, contact_key, slot)
);

-- What a version of an entity rests on: the mail, the turn, the model that said it.
alter table entity_version add column evidence text;
