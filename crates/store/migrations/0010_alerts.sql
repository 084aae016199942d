-- What needs a person and was told, by rule and subject: so that it is told once. `missed`: how many rounds in a row it was
-- not so any more.
CREATE TABLE alert_states (
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    severity TEXT NOT NULL,
    message TEXT NOT NULL,
    params TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    told_ms INTEGER NOT NULL,
    missed INTEGER NOT NULL,
    PRIMARY KEY (kind, subject)
);
-- What was told, or waits to be. `said`: why it was not taken.
CREATE TABLE alerts (
    id TEXT PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    severity TEXT NOT NULL,
    subject TEXT NOT NULL,
    state TEXT NOT NULL,
    message TEXT NOT NULL,
    params TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    status INTEGER,
    attempts INTEGER NOT NULL,
    said TEXT
);
