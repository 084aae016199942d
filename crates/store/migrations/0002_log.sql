-- One row a request, its attempts inside `detail`. The id is a UUIDv7, so that its order is that of arrival and a range
-- of time is a range of ids; the table has no other index, since every further one costs each request more than the row.
CREATE TABLE requests (
    id BLOB PRIMARY KEY NOT NULL,
    ended_ms INTEGER NOT NULL,
    dialect TEXT NOT NULL,
    asked TEXT NOT NULL,
    route TEXT,
    key_name TEXT,
    provider TEXT,
    model TEXT,
    category TEXT,
    status INTEGER NOT NULL,
    code TEXT,
    stream INTEGER NOT NULL,
    input INTEGER,
    cache_read INTEGER,
    cache_write INTEGER,
    output INTEGER,
    reasoning INTEGER,
    estimated INTEGER NOT NULL,
    cost_nano INTEGER,
    first_us INTEGER,
    total_us INTEGER NOT NULL,
    overhead_us INTEGER NOT NULL,
    detail TEXT NOT NULL
) WITHOUT ROWID;

-- Sums of requests that arrived within a minute, an hour or a day, per node: panels read these. They also tell in which
-- hours there is anything to find for a filter.
CREATE TABLE rollups (
    span_s INTEGER NOT NULL,
    start_s INTEGER NOT NULL,
    node TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    key_name TEXT NOT NULL,
    route TEXT NOT NULL,
    category TEXT NOT NULL,
    code TEXT NOT NULL,
    requests INTEGER NOT NULL,
    input INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    cost_nano INTEGER NOT NULL,
    unpriced INTEGER NOT NULL,
    first_us TEXT NOT NULL,
    total_us TEXT NOT NULL,
    PRIMARY KEY (span_s, start_s, node, provider, model, key_name, route, category, code)
) WITHOUT ROWID;
