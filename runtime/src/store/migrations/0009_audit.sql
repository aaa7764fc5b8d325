-- What the invariants are asked by, where nothing else tells.

-- 1 when a person ran the job again: it then has no place among the others of its line.
alter table job add column again integer not null default 0;

-- The greatest limit under which something was reserved, and the dearest call.
alter table budget add column most bigint not null default 0;
alter table budget add column dearest bigint not null default 0;
-- Under which limit something was spent before, nobody knows.
update budget set most = spent;

-- When this database was restored from a back-up: what was sent between the two, nobody knows here.
create table restored (
    at        bigint not null primary key,
    noted_by  text not null
);
