-- What calls of models cost, how much of it may be spent, and which providers are out.

-- The model that was asked, and what its answer cost, in millionths of the currency of the prices.
alter table step add column model text;
alter table step add column cost bigint not null default 0;
create index step_paid on step (finished_at) where kind = 'model';

-- Calls that were not answered and may be charged for, or whose request was refused as it was.
create table unanswered (
    id       integer primary key autoincrement,
    turn_id  bigint not null references turn (id),
    number   integer not null,
    model    text not null,
    error    text not null,
    cost     bigint not null,
    request  text,
    at       bigint not null
);
create index unanswered_at on unanswered (at);

create table budget (
    name      text not null primary key,
    spent     bigint not null,
    reserved  bigint not null,
    told      integer not null
);

-- What nodes tell each other of providers and models that are paused or out.
create table circuit (
    name        text not null primary key,
    state       text not null,
    changed_at  bigint not null
);
