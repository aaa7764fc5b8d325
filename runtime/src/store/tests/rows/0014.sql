insert into begun_call (turn_id, number) values (2, 0);
insert into reservation (job_id, fence, turn_id, number, model, budgets, amount) values
    (5, 1, 2, 0, 'claude-haiku-4-5', '["1970-01-01"]', 0);
