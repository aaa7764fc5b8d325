-- A conversation that is over, one whose draft is held, and one whose mail waits to be read.
insert into bundle (digest, bytes, loaded_at) values ('b1', cast('{}' as blob), 1);
insert into reviewer (name, address, weight, served) values ('ann', 'ann@example.net', 1, 2);
insert into raw_mail (envelope_from, envelope_to, bytes, stored_at) values
    ('mia@example.com', 'aleik@example.net', cast('Subject: one' as blob), 10),
    (null, null, cast('Subject: two' as blob), 20),
    (null, null, cast('Subject: three' as blob), 30);
insert into ledger (source, external_id, raw_id, noted_at) values
    ('raw', 'one', 1, 10), ('raw', 'two', 2, 20), ('raw', 'three', 3, 30), ('said', 'four', null, 1);
insert into thread (agent, contact_key, contact_name, subject, base_subject, reviewer, created_at, updated_at) values
    ('aleik.mail', 'mia@example.com', 'Mia', 'Chapter one', 'chapter one', 'ann', 11, 15),
    ('aleik.mail', 'ben@example.com', '', 'Chapter two', 'chapter two', 'ann', 21, 25);
insert into mail (raw_id, thread_id, direction, message_id, in_reply_to, refs, from_address, from_name, envelope_to,
                  subject, body, quoted, record, verified, automatic, state, reason, received_at) values
    (1, 1, 'in', 'one@example.com', null, '[]', 'mia@example.com', 'Mia', 'aleik@example.net', 'Chapter one',
     'When?', '', '{"text":"When?"}', 1, null, 'handled', null, 11),
    (null, 1, 'out', 'out@example.net', 'one@example.com', '["one@example.com"]', 'aleik@example.net', 'Aleik',
     'mia@example.com', 'Re: Chapter one', 'Soon.', '', '{}', 1, null, 'sent', null, 15),
    (2, 2, 'in', 'two@example.com', null, '[]', 'ben@example.com', '', 'aleik@example.net', 'Chapter two',
     'And this?', '', '{"text":"And this?"}', 0, null, 'handled', null, 21);
insert into reference (agent, message_id, thread_id) values
    ('aleik.mail', 'one@example.com', 1), ('aleik.mail', 'out@example.net', 1), ('aleik.mail', 'two@example.com', 2);
insert into turn (key, thread_id, mail_id, behaviour, bundle, inputs, state, outcome, started_at, finished_at) values
    ('handle 1', 1, 1, 'aleik.assist', 'b1', '{}', 'done', '{}', 12, 13),
    ('handle 2', 2, 3, 'aleik.assist', 'b1', '{}', 'done', '{}', 22, 23);
insert into step (turn_id, number, kind, request_digest, request, result, error, usage, job_id, fence, started_at,
                  finished_at) values
    (1, 0, 'model', 'd1', '{}', '{}', null, null, 3, 1, 12, 13),
    (2, 0, 'tool', 'd2', '{"tool":"look"}', '{}', null, null, 6, 1, 22, 23);
insert into draft (thread_id, mail_id, turn_id, revision, subject, body, original_body, broken_rules, missed_rules,
                   hold_reasons, attempts, prompt, state, reviewer, decided_by, decided_at, note, created_at) values
    (1, 1, 1, 1, 'Re: Chapter one', 'Soon.', 'Soon.', '[]', '[]', '[]', 1, '[]', 'delivered', 'ann', 'ann', 14, null, 13),
    (2, 3, 2, 2, 'Re: Chapter two', 'Now.', 'Later.', '[]', '["aleik.assist.short"]', '["first turn"]', 1, '[]', 'held',
     'ann', null, null, null, 23);
insert into draft_revision (draft_id, revision, subject, body, written_by, written_at) values
    (1, 1, 'Re: Chapter one', 'Soon.', 'aleik.assist', 13), (2, 1, 'Re: Chapter two', 'Later.', 'aleik.assist', 23),
    (2, 2, 'Re: Chapter two', 'Now.', 'ann', 24);
insert into delivery (intent, purpose, agent, thread_id, draft_id, revision, sender, recipient, message_id, raw, state,
                      external_id, created_at, settled_at) values
    ('reply-1-1-0f', 'reply', 'aleik.mail', 1, 1, 1, 'Aleik <aleik@example.net>', 'mia@example.com', 'out@example.net',
     cast('Subject: Re: Chapter one' as blob), 'accepted', 'ses-1', 14, 15);
insert into entity (kind, key, owner_kind, owner_key, value, version, updated_at) values
    ('aleik.Writer', 'mia@example.com', null, null, '{"name":"Mia"}', 2, 15);
insert into entity_version (entity_id, version, value, written_by, written_at) values
    (1, 1, '{"name":""}', 'aleik.mail', 11), (1, 2, '{"name":"Mia"}', 'aleik.mail', 15);
insert into event (at, kind, thread_id, mail_id, draft_id, actor, data) values
    (11, 'mail.received', 1, 1, null, 'raw', '{}'), (13, 'turn.step', 1, 1, null, 'aleik.assist', '{"turn":1,"step":0}'),
    (13, 'draft.written', 1, 1, 1, 'aleik.assist', '{}'), (14, 'draft.approved', 1, null, 1, 'ann', '{"revision":1}'),
    (15, 'draft.delivered', 1, null, 1, 'aleik.mail', '{}'),
    (21, 'mail.received', 2, 3, null, 'raw', '{}'), (23, 'turn.step', 2, 3, null, 'aleik.assist', '{"turn":2,"step":0}'),
    (23, 'draft.held', 2, 3, 2, 'aleik.assist', '{}');
insert into job (kind, args, state, order_key, on_backoff, unique_key, tenant, run_at, attempt, max_attempts, fence,
                 created_at, started_at, done_at) values
    ('receive', '{"raw":1}', 'done', null, 'hold', null, '', 10, 1, 5, 1, 10, 10, 11),
    ('handle', '{"mail":1}', 'done', 'thread 1', 'hold', null, 'mia@example.com', 11, 1, 5, 1, 11, 12, 13),
    ('deliver', '{"draft":1,"revision":1}', 'done', 'thread 1', 'hold', null, 'mia@example.com', 14, 1, 5, 1, 14, 14, 15),
    ('receive', '{"raw":2}', 'done', null, 'hold', null, '', 20, 1, 5, 1, 20, 20, 21),
    ('handle', '{"mail":3}', 'done', 'thread 2', 'hold', null, 'ben@example.com', 21, 1, 5, 1, 21, 22, 23),
    ('receive', '{"raw":3}', 'ready', null, 'hold', null, '', 30, 0, 5, 0, 30, null, null),
    ('after', '{"thread":2}', 'scheduled', 'after thread 2', 'hold', 'after 2', 'ben@example.com', 90, 1, 5, 1, 23, 24, null),
    ('after', '{"thread":2}', 'blocked', 'after thread 2', 'hold', null, 'ben@example.com', 24, 0, 5, 0, 24, null, null);
