-- Bodies of requests, kept apart from their rows and for another time. `seq` is made of the request's id, so that its
-- order is that of arrival; two requests that would have the same get neighbouring ones. Both bodies are zstd.
CREATE TABLE bodies (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL,
    bytes INTEGER NOT NULL,
    request BLOB NOT NULL,
    response BLOB NOT NULL,
    cut INTEGER NOT NULL
);
