-- The index of their text: every three characters in a row. It holds no text, and no places of them either: who is found
-- is looked into, which costs less than an index several times as large.
CREATE VIRTUAL TABLE body_text USING fts5(
    words, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram case_sensitive 1'
);
