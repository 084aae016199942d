-- Times are Unix milliseconds, money is nano-dollars, truth is 0 or 1.

-- Small facts about the database itself, such as the vault's check.
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- Secrets, sealed by the vault. Configuration names them, and never holds them.
CREATE TABLE secrets (
    name TEXT PRIMARY KEY,
    sealed BLOB NOT NULL,
    hint TEXT NOT NULL,
    at_ms INTEGER NOT NULL
);

-- Every version of the configuration: who made it, when, and what changed.
CREATE TABLE config_versions (
    version INTEGER PRIMARY KEY,
    hash TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    author TEXT NOT NULL,
    note TEXT NOT NULL,
    changes TEXT NOT NULL
);

-- The items of which it consists, each with the versions between which it stood.
CREATE TABLE config_items (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER,
    body TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (kind, name, since)
);
CREATE INDEX config_items_current ON config_items (kind, name) WHERE until IS NULL;
