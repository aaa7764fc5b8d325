-- What a row of a list says stands behind long texts in its table, and SQLite reads through a row up to what it
-- is asked for. These have it by themselves.

drop index draft_thread;
create index draft_thread on draft (thread_id, id, state);
create index step_cost on step (turn_id, cost) where cost <> 0;
create index delivery_unknown on delivery (thread_id) where state = 'unknown';
