-- What calls of models may cost that were begun and have not ended, and for whom. What is left when
-- its attempt is over belongs to a call that nobody waits for any more.
create table reservation (
    id       integer primary key autoincrement,
    job_id   bigint not null,
    fence    bigint not null,
    turn_id  bigint not null references turn (id),
    number   integer not null,
    model    text not null,
    -- Names of the budgets in which the amount is reserved.
    budgets  text not null,
    amount   bigint not null
);

-- Calls of tools that act outside and know no key, noted before they are made: one whose step is
-- missing may have been carried out.
create table begun_call (
    turn_id  bigint not null references turn (id),
    number   integer not null,
    primary key (turn_id, number)
);
