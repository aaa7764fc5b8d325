-- Whose drafts and questions are, until when, and the seals over what happened.

-- Times in which a reviewer is away.
create table absence (
    id        integer primary key autoincrement,
    reviewer  text not null references reviewer (name),
    from_at   bigint not null,
    -- Open when null.
    until_at  bigint,
    noted_by  text not null
);
create index absence_reviewer on absence (reviewer, from_at);

-- The clock of a held draft. Whose it is stands on the draft.
create table review (
    draft_id  bigint not null primary key references draft (id),
    -- Who has had it, first to last, as JSON.
    had       text not null,
    -- What happens when it is due: 'reassign' or 'escalate'.
    overdue   text check (overdue in ('reassign', 'escalate')),
    -- How long it may wait with one reviewer, milliseconds.
    patience  bigint,
    warn_at   bigint,
    due_at    bigint,
    -- How often a note went back to the model.
    redone    integer not null default 0,
    -- Mails about it that were answered.
    told      integer not null default 0
);
create index review_warn on review (warn_at) where warn_at is not null;
create index review_due on review (due_at) where due_at is not null;

-- Null while the thread is its agent's; a person has it since then.
alter table thread add column taken_at bigint;

-- What a turn asks a person, and waits for.
create table question (
    id           integer primary key autoincrement,
    turn_id      bigint not null references turn (id),
    step         integer not null,
    thread_id    bigint not null references thread (id),
    -- The job that waits for the answer.
    job_id       bigint not null,
    -- The sentence of the spec, and the arguments of the call as JSON.
    question     text not null,
    arguments    text not null,
    reviewer     text,
    state        text not null check (state in ('open', 'answered')),
    answer       text,
    answered_by  text,
    answered_at  bigint,
    asked_at     bigint not null,
    unique (turn_id, step)
);
create index question_state on question (state, id);

-- A seal covers the events behind the one before it, in the order of their ids.
create table seal (
    number      bigint not null primary key,
    first_id    bigint not null,
    last_id     bigint not null,
    -- Each event's id with the beginning of its digest, as JSON: which of them was changed.
    entries     text not null,
    -- Over the seal before it and every event in full.
    digest      text not null,
    sealed_at   bigint not null
);
