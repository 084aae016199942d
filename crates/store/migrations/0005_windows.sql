-- Windows of limits, kept over a restart: what was used and how long ago, as the limits write it.
CREATE TABLE windows (
    node TEXT NOT NULL,
    owner TEXT NOT NULL,
    measure TEXT NOT NULL,
    period TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    amounts TEXT NOT NULL,
    PRIMARY KEY (node, owner, measure, period)
) WITHOUT ROWID;
