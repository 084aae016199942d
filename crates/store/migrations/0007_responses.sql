-- Responses that later requests go on from, and what they answered, both zstd. They belong to the client key that asked.
CREATE TABLE responses (
    owner TEXT NOT NULL,
    id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    previous TEXT,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    account TEXT NOT NULL,
    upstream INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    input BLOB NOT NULL,
    response BLOB NOT NULL,
    PRIMARY KEY (owner, id)
);
CREATE INDEX responses_at ON responses (at_ms);
