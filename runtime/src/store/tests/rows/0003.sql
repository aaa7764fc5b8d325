update step set model = 'claude-haiku-4-5', cost = 40 where turn_id = 1;
insert into unanswered (turn_id, number, model, error, cost, request, at) values (1, 0, 'claude-haiku-4-5', 'cut', 20, '{}', 12);
insert into budget (name, spent, reserved, told) values ('1970-01-01', 60, 0, 0);
insert into circuit (name, state, changed_at) values ('anthropic', '{}', 5);
