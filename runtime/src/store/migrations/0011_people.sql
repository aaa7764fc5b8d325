-- Who may use the pages, and who is signed in there.

alter table reviewer add column role text not null default 'reviewer'
    check (role in ('viewer', 'reviewer', 'operator'));
-- As `$argon2id$…`; null for whoever signs in by links alone.
alter table reviewer add column password text;
-- The last time; null for whoever never has.
alter table reviewer add column signed_in_at bigint;

-- A session and a link are known by the SHA-256 of their token, which is nowhere here.
create table session (
    hash      text not null primary key,
    reviewer  text not null references reviewer (name),
    begun_at  bigint not null,
    seen_at   bigint not null,
    ends_at   bigint not null
);
create index session_reviewer on session (reviewer, begun_at);

create table sign_in_link (
    hash      text not null primary key,
    -- Null for the link by which the first operator gives their name.
    reviewer  text references reviewer (name),
    ends_at   bigint not null
);
