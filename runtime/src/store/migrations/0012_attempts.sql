-- Attempts that did not do what their job is for, and what each said. Those that did are told by the job alone.
create table failed_attempt (
    job_id      bigint not null references job (id) on delete cascade,
    -- Of the job when the attempt ended: an attempt that a person gave back has its number again.
    fence       bigint not null,
    attempt     integer not null,
    started_at  bigint,
    ended_at    bigint not null,
    error       text not null,
    primary key (job_id, fence)
);

-- Of very many jobs these are few, and asked for by every list of threads.
create index job_stuck on job (order_key) where state in ('dead', 'waiting');
