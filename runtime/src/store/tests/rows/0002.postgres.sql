insert into entity_search (entity_id, body) values (1, to_tsvector('simple', 'Mia'));
