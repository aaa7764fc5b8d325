-- Written for SQLite and PostgreSQL alike: times are integer milliseconds, truth is 0 or 1, JSON is
-- text. Where PostgreSQL has another word than SQLite, the migrator puts it in.

create table job (
    id            integer primary key autoincrement,
    kind          text not null,
    args          text not null,
    state         text not null
                  check (state in ('scheduled', 'blocked', 'ready', 'running', 'waiting', 'done', 'dead', 'cancelled')),
    -- Jobs of one order key run one after another, by id.
    order_key     text,
    -- What a backoff does to the order key: 'hold' or 'step_aside'.
    on_backoff    text not null check (on_backoff in ('hold', 'step_aside')),
    -- 1 while the job is out of its line: put off, or not yet due when it was enqueued.
    aside         integer not null default 0,
    unique_key    text,
    -- Whose share of the workers the job uses.
    tenant        text not null,
    priority      integer not null default 0,
    run_at        bigint not null,
    attempt       integer not null default 0,
    max_attempts  integer not null,
    crashes       integer not null default 0,
    fence         bigint not null default 0,
    lease_until   bigint,
    error         text,
    created_at    bigint not null,
    started_at    bigint,
    done_at       bigint,
    check (attempt <= max_attempts)
);
-- INVARIANT: of an order key at most one job is at the head. Two at once are impossible.
create unique index job_head on job (order_key)
    where order_key is not null and aside = 0 and state in ('scheduled', 'ready', 'running', 'waiting');
create index job_line on job (order_key, id) where state = 'blocked';
create unique index job_unique on job (unique_key)
    where unique_key is not null and state in ('scheduled', 'blocked', 'ready', 'running', 'waiting');
create index job_ready on job (tenant, priority desc, run_at, id) where state = 'ready';
create index job_scheduled on job (run_at) where state = 'scheduled';
create index job_running on job (tenant) where state = 'running';
create index job_finished on job (done_at) where state in ('done', 'cancelled');
create index job_state on job (state, id);
create index job_order on job (order_key, state) where order_key is not null;

-- Every external id we have ever accepted, for good.
create table ledger (
    source       text not null,
    external_id  text not null,
    raw_id       bigint,
    noted_at     bigint not null,
    primary key (source, external_id)
);

create table raw_mail (
    id             integer primary key autoincrement,
    envelope_from  text,
    envelope_to    text,
    bytes          blob not null,
    stored_at      bigint not null
);

create table thread (
    id            integer primary key autoincrement,
    agent         text not null,
    contact_key   text not null,
    contact_name  text not null default '',
    subject       text not null,
    base_subject  text not null,
    reviewer      text,
    created_at    bigint not null,
    updated_at    bigint not null
);
create index thread_subject on thread (agent, contact_key, base_subject);
create index thread_recent on thread (updated_at);

create table mail (
    id             integer primary key autoincrement,
    raw_id         bigint references raw_mail (id),
    thread_id      bigint references thread (id),
    direction      text not null check (direction in ('in', 'out')),
    message_id     text not null,
    in_reply_to    text,
    refs           text not null,
    from_address   text not null,
    from_name      text not null,
    envelope_to    text not null,
    subject        text not null,
    body           text not null,
    quoted         text not null,
    record         text not null,
    verified       integer not null,
    automatic      text,
    state          text not null
                   check (state in ('received', 'screened', 'handled', 'ignored', 'quarantined', 'sent')),
    reason         text,
    received_at    bigint not null
);
-- A mail that is for two agents is in a thread of each.
create unique index mail_raw on mail (raw_id, envelope_to) where raw_id is not null;
create index mail_message_id on mail (message_id);
create index mail_thread on mail (thread_id, id);
create index mail_state on mail (state, id);
create index mail_sent on mail (envelope_to, received_at) where direction = 'out';
create index mail_from on mail (from_address, received_at);

-- Every Message-ID that a thread has spoken of: its own mails and those that they answer, also
-- ones that have not come yet, so that mail finds its thread in whatever order it comes.
create table reference (
    agent       text not null,
    message_id  text not null,
    thread_id   bigint not null references thread (id),
    primary key (agent, message_id)
);

create table turn (
    id           integer primary key autoincrement,
    -- One turn for each key, so that a retry finds the turn it goes on with.
    key          text not null unique,
    thread_id    bigint references thread (id),
    mail_id      bigint references mail (id),
    behaviour    text not null,
    bundle       text not null,
    inputs       text not null,
    state        text not null check (state in ('running', 'done', 'failed')),
    outcome      text,
    started_at   bigint not null,
    finished_at  bigint
);
create index turn_thread on turn (thread_id, id);

create table step (
    turn_id         bigint not null references turn (id),
    number          integer not null,
    kind            text not null check (kind in ('model', 'tool')),
    request_digest  text not null,
    request         text not null,
    result          text,
    error           text,
    usage           text,
    job_id          bigint not null,
    fence           bigint not null,
    started_at      bigint not null,
    finished_at     bigint not null,
    primary key (turn_id, number)
);

create table draft (
    id             integer primary key autoincrement,
    thread_id      bigint not null references thread (id),
    -- The mail that it answers; null when nobody asked for it.
    mail_id        bigint references mail (id),
    turn_id        bigint references turn (id),
    revision       integer not null,
    subject        text not null,
    body           text not null,
    original_body  text not null,
    broken_rules   text not null,
    missed_rules   text not null,
    hold_reasons   text not null,
    attempts       integer not null,
    prompt         text not null,
    state          text not null
                   check (state in ('held', 'rewriting', 'approved', 'rejected', 'delivered', 'stale')),
    reviewer       text,
    decided_by     text,
    decided_at     bigint,
    note           text,
    created_at     bigint not null
);
create index draft_thread on draft (thread_id, id);
create index draft_state on draft (state, id);
create unique index draft_turn on draft (turn_id) where turn_id is not null;

create table draft_revision (
    draft_id    bigint not null references draft (id),
    revision    integer not null,
    subject     text not null,
    body        text not null,
    written_by  text not null,
    written_at  bigint not null,
    primary key (draft_id, revision)
);

create table delivery (
    id           integer primary key autoincrement,
    -- What is sent, in which revision, and to whom, in one word: at most one sending of each.
    intent       text not null unique,
    -- What it is sent for; see `deliveries::Purpose`.
    purpose      text not null,
    -- Whose mail it is; null for mail of the installation itself.
    agent        text,
    thread_id    bigint references thread (id),
    -- The draft that it sends, or is about.
    draft_id     bigint references draft (id),
    -- The revision that it sends; null when it is only about the draft.
    revision     integer,
    -- `Name <address>`
    sender       text not null,
    recipient    text not null,
    message_id   text not null,
    raw          blob not null,
    state        text not null check (state in ('queued', 'sending', 'accepted', 'failed', 'unknown')),
    -- 1 when it was sent again because nobody knew what became of the first sending.
    repeated     integer not null default 0,
    external_id  text,
    error        text,
    created_at   bigint not null,
    settled_at   bigint
);
create index delivery_draft on delivery (draft_id, id) where draft_id is not null;
create index delivery_thread on delivery (thread_id, id) where thread_id is not null;
create index delivery_state on delivery (state, id);

create table entity (
    id          integer primary key autoincrement,
    kind        text not null,
    key         text not null,
    owner_kind  text,
    owner_key   text,
    value       text not null,
    version     integer not null,
    updated_at  bigint not null,
    unique (kind, key)
);
create index entity_owner on entity (kind, owner_kind, owner_key);

create table entity_version (
    entity_id   bigint not null references entity (id),
    version     integer not null,
    value       text not null,
    written_by  text not null,
    written_at  bigint not null,
    primary key (entity_id, version)
);

create table reviewer (
    name          text not null primary key,
    address       text not null,
    weight        integer not null,
    -- The most drafts that wait for them at a time; none when null.
    cap           integer,
    -- When they work, as `mon-fri 09:00..17:00 in Europe/Berlin`; always when null.
    hours         text,
    -- Who gets what they leave overdue.
    escalates_to  text,
    absent        integer not null default 0,
    -- How many drafts they were given; only its share of all counts.
    served        bigint not null default 0,
    -- 1 when the configuration names them, and commands leave them alone.
    by_config     integer not null default 0,
    -- 0 when they review no longer.
    listed        integer not null default 1
);

-- What happened, in order. Pages, streams and the audit read it; it is written with the fact.
create table event (
    id         integer primary key autoincrement,
    at         bigint not null,
    kind       text not null,
    thread_id  bigint,
    mail_id    bigint,
    draft_id   bigint,
    actor      text not null,
    data       text not null
);
create index event_thread on event (thread_id, id);

create table bundle (
    digest     text not null primary key,
    bytes      blob not null,
    loaded_at  bigint not null
);
