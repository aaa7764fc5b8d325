-- The database's own full text. PostgreSQL's form: words without endings cut, since their language
-- is not known.
create table entity_search (
    entity_id  bigint not null primary key references entity (id) on delete cascade,
    body       tsvector not null
);
create index entity_search_body on entity_search using gin (body);
