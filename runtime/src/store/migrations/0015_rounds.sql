-- What one of all nodes does every so often: when one last took it.
create table duty_round (
    name      text not null primary key,
    taken_at  bigint not null
);
