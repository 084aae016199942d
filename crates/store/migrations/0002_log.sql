-- One row a request, its attempts inside `detail`. The id is a UUIDv7, so that its order is that of arrival and a range
-- of time is a range of ids; the table has no other index, since every further one costs each request more than the row.
CREATE TABLE requests (
    id BLOB PRIMARY KEY NOT NULL,
    ended_ms INTEGER NOT NULL,
    dialect TEXT NOT NULL,
    asked TEXT NOT NULL,
    route TEXT,
    key_name TEXT,
    team TEXT,
    user_name TEXT,
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
    -- Lists, a name a line, with a line feed before the first and behind the last: so `\n` name `\n` is found as it is.
    tags TEXT,
    tried TEXT,
    passed TEXT,
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
    first_us BLOB NOT NULL,
    total_us BLOB NOT NULL,
    PRIMARY KEY (span_s, start_s, node, provider, model, key_name, route, category, code)
) WITHOUT ROWID;

-- The same sums over everything that arrived within a span, so that a chart over time need not add up all of the above.
CREATE TABLE totals (
    span_s INTEGER NOT NULL,
    start_s INTEGER NOT NULL,
    node TEXT NOT NULL,
    failed INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    input INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    cost_nano INTEGER NOT NULL,
    unpriced INTEGER NOT NULL,
    first_us BLOB NOT NULL,
    total_us BLOB NOT NULL,
    PRIMARY KEY (span_s, start_s, node)
) WITHOUT ROWID;

-- What there are many names of, per hour: end users, tags, teams, deployments that were tried in vain or passed over.
-- They tell where to look for a filter, and what an end user or a tag has cost.
CREATE TABLE tallies (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    start_s INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    cost_nano INTEGER NOT NULL,
    PRIMARY KEY (kind, name, start_s)
) WITHOUT ROWID;

-- The last batch that a node wrote: one whose answer got lost is not written a second time.
CREATE TABLE log_nodes (
    node TEXT PRIMARY KEY,
    batch INTEGER NOT NULL
);

-- Whose turn it is to delete what is too old, and until when.
CREATE TABLE log_turn (
    one INTEGER PRIMARY KEY,
    node TEXT NOT NULL,
    until_ms INTEGER NOT NULL
);
