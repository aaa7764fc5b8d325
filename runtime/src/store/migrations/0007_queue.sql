-- What jobs share: who holds them, what runs out, and what is paused.

-- The node and its start that hold the job, while it runs.
alter table job add column holder text;
-- The bucket that has to have something left before the job is claimed.
alter table job add column bucket text;
create index job_bucket on job (bucket) where state = 'ready' and bucket is not null;

create table bucket (
    name      text not null primary key,
    -- Without a size it has no limit, and can only be paused.
    size      bigint,
    per_hour  bigint,
    -- In parts of which `per_hour` come back each millisecond; less than nothing is a debt.
    level     bigint not null default 0,
    level_at  bigint not null,
    -- Nothing can be taken before.
    ready_at  bigint not null
);

-- Kinds of jobs that are not claimed for now; the kind '*' is all of them.
create table paused (
    kind       text not null primary key,
    paused_by  text not null,
    paused_at  bigint not null
);

-- Lines at which two transactions were at once; whoever stages looks at them again.
create table stirred (
    id         integer primary key autoincrement,
    order_key  text not null
);
