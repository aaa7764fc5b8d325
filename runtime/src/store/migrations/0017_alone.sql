-- At how many ends of a process the job ran and no other did: only such an end speaks against it for certain.
alter table job add column alone integer not null default 0;
