-- The place of a mail in its conversation: what is let through late comes after what was answered meanwhile.
-- The id of the event that tells of it; what was let through or sent before keeps its order among itself.
alter table mail add column place bigint;
update mail set place = 0 where state in ('screened', 'handled', 'sent');
-- Nothing names a bucket: how fast a provider is called is counted where it is called from.
drop index job_bucket;
create index mail_place on mail (thread_id, place, id) where place is not null;
