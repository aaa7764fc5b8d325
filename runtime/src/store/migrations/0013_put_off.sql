-- Since when a job has been put off again and again, without an attempt that did something in between.
alter table job add column put_off_since bigint;
