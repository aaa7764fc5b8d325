insert into absence (reviewer, from_at, until_at, noted_by) values ('ann', 1000, 2000, 'ann');
insert into review (draft_id, had, overdue, patience, warn_at, due_at, redone, told) values
    (2, '["ann"]', 'reassign', 3600000, 1800023, 3600023, 0, 0);
update thread set taken_at = 25 where id = 2;
insert into question (turn_id, step, thread_id, job_id, question, arguments, reviewer, state, answer, answered_by,
                      answered_at, asked_at) values
    (2, 0, 2, 5, 'May it be so?', '{}', 'ann', 'answered', 'yes', 'ann', 23, 22);
insert into seal (number, first_id, last_id, entries, digest, sealed_at) values
    (1, 1, 8, '[[1,"c9a853f4ebdc7196"],[2,"a44254c9e5b20b51"],[3,"2e40e598b5217642"],[4,"8e6b77b39098802c"],[5,"b4518aebd058f9d8"],[6,"0effa105530f814a"],[7,"033d5be087d899bf"],[8,"7d65a4e4e6024435"]]',
     '730946085e9d7fcda18f92e2519ca480a2429edf35568efc23d4e97f7c53fd04', 26);
