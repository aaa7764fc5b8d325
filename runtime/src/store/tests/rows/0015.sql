insert into duty_round (name, taken_at) values ('prune', 5);
