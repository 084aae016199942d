-- What deployments were graded, by category: a share of right answers out of so many questions, and who says so.
CREATE TABLE grades (
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    category TEXT NOT NULL,
    value REAL NOT NULL,
    questions INTEGER NOT NULL,
    source TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (provider, model, category)
);
-- Counts the changes of the table, so that every node notices them.
CREATE TABLE grade_changes (
    one INTEGER PRIMARY KEY,
    number INTEGER NOT NULL
);
INSERT INTO grade_changes (one, number) VALUES (1, 0);
-- What requests really were about, and how hard, in the words of an operator who found the guess wrong: to train with. The
-- text is a copy, since bodies are kept for a shorter time.
CREATE TABLE labels (
    id TEXT PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    author TEXT NOT NULL,
    category TEXT,
    difficulty REAL,
    note TEXT NOT NULL,
    guessed TEXT,
    guessed_difficulty REAL,
    text TEXT
);
