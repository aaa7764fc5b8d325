update reviewer set role = 'operator', password = '$argon2id$', signed_in_at = 8;
insert into session (hash, reviewer, begun_at, seen_at, ends_at) values ('h1', 'ann', 8, 9, 99);
insert into sign_in_link (hash, reviewer, ends_at) values ('h2', 'ann', 99);
