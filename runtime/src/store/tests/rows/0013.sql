update job set put_off_since = 24 where id = 7;
