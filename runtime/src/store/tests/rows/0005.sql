insert into sender (address, paused_until, reason, free_at, asked_at) values ('aleik@example.net', 0, null, 15, 0);
insert into campaign_round (agent, campaign, due_at, kept_at) values ('aleik.mail', 'weekly', 5, 6);
insert into campaign_send (agent, campaign, contact_key, period, due_at, state, reason, thread_id, draft_id, created_at)
    values ('aleik.mail', 'weekly', 'mia@example.com', '1970-01', 5, 'skipped', 'quiet', null, null, 6);
insert into unsubscription (agent, address, noted_at) values ('aleik.mail', 'zoe@example.com', 7);
