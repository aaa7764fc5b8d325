insert into failed_attempt (job_id, fence, attempt, started_at, ended_at, error) values (7, 1, 1, 24, 25, 'not yet');
