insert into saying (turn_id, step, thread_id, text, said_at) values (2, 1, 2, 'Dear', 23);
insert into watched (thread_id, until_at) values (2, 40);
insert into variant (digest, behaviour, rules) values ('v1', 'aleik.assist', '["aleik.assist.short"]');
insert into variant_rule (rule, variant) values ('aleik.assist.short', 'v1');
update turn set variant = 'v1' where id = 1;
