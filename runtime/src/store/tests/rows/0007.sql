update job set bucket = 'anthropic' where kind = 'receive' and state = 'ready';
insert into bucket (name, size, per_hour, level, level_at, ready_at) values ('anthropic', null, null, 0, 0, 0);
insert into paused (kind, paused_by, paused_at) values ('relay', 'ann', 9);
insert into stirred (order_key) values ('after thread 2');
