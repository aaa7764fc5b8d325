-- The database's own full text. SQLite's form; the row id is the entity's id.
create virtual table entity_search using fts5 (
    body,
    content = '',
    contentless_delete = 1,
    tokenize = 'unicode61 remove_diacritics 2'
);
