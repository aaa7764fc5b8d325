insert into entity_search (rowid, body) values (1, 'Mia');
