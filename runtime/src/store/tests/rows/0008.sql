update thread set bundle = 'b1', listeners = '{"delivered":[{"kind":"after","name":"note","steps_aside":true,"attempts":3}]}';
insert into thread_stage (thread_id, behaviour, stage, turn_id, moved_at) values (1, 'aleik.assist', 'known', 1, 13);
insert into tool_slot (tool, contact_key, slot, call_key, taken_at) values ('look', 'mia@example.com', 0, 'k', 12);
update entity_version set evidence = '{"by":"aleik.mail"}' where version = 2;
