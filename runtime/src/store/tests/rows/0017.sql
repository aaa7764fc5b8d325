update job set crashes = 1, alone = 1 where id = 7;
