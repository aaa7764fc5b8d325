-- The place of a mail in its conversation: what is let through late comes after what was answered meanwhile.
-- It is the id of the event that tells of it; 0 until then, and for mail that was let through before there were places,
-- whose order is that of its ids.
alter table mail add column place bigint not null default 0;
-- Nothing names a bucket: how fast a provider is called is counted where it is called from.
drop index job_bucket;
