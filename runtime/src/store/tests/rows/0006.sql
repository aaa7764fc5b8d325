update raw_mail set verdicts = '{}' where id = 1;
insert into mail (raw_id, direction, message_id, refs, from_address, from_name, envelope_to, subject, body, quoted,
                  record, verified, state, reason, cause, received_at) values
    (2, 'in', 'two@example.com', '[]', 'ben@example.com', '', 'nobody@example.net', 'Chapter two', '', '', '{}', 0,
     'quarantined', 'nobody has this address', 'no_agent', 21);
insert into suppression (address, reason, detail, added_by, added_at) values ('old@example.com', 'bounce', '550', 'ses', 5);
insert into delivery_event (source, outcome, intent, provider_id, recipients, detail, said_at, delivery_id, noted_at)
    values ('ses', 'delivered', 'reply-1-1-0f', 'ses-1', '["mia@example.com"]', '', '1970-01-01T00:00:00Z', 1, 16);
