-- The index of their text: every three characters in a row, as numbers. PostgreSQL's own trigrams leave out the letters
-- of languages that the server's locale does not know.
CREATE TABLE body_text (
    seq BIGINT PRIMARY KEY REFERENCES bodies (seq) ON DELETE CASCADE,
    trigrams INTEGER[] NOT NULL
);
CREATE INDEX body_text_trigrams ON body_text USING gin (trigrams);
