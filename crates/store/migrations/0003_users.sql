-- Users, their sessions and second factors, and the audit log. Passwords are argon2id, tokens and codes are kept as
-- SHA-256 (they have enough chance of their own), TOTP secrets lie sealed in `secrets`.
CREATE TABLE users (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    -- The name in lower case: names that differ in case alone are one name.
    folded TEXT NOT NULL UNIQUE,
    hash TEXT NOT NULL,
    role TEXT NOT NULL,
    disabled INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    login_ms INTEGER,
    totp INTEGER NOT NULL,
    -- Which secret in `secrets` makes the codes; also one that was begun and not confirmed.
    totp_secret TEXT,
    -- The last step of 30 seconds whose code was accepted: none is accepted twice.
    totp_step INTEGER NOT NULL
);

-- One row that every change of who is an administrator locks first, so that two of them cannot pass each other.
CREATE TABLE user_gate (
    id INTEGER PRIMARY KEY,
    turn INTEGER NOT NULL
);
INSERT INTO user_gate (id, turn) VALUES (1, 0);

-- `seed` and the signing secret together make the refresh token of each generation: a copy of the database alone makes
-- none.
CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    seed BLOB NOT NULL,
    generation INTEGER NOT NULL,
    rotated_ms INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    address TEXT NOT NULL,
    agent TEXT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);

-- Logins whose password was right and whose second factor is still missing.
CREATE TABLE challenges (
    hash BLOB PRIMARY KEY,
    user_id TEXT NOT NULL,
    expires_ms INTEGER NOT NULL,
    tries INTEGER NOT NULL
);

CREATE TABLE recovery_codes (
    user_id TEXT NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (user_id, hash)
);

CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    name TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    hint TEXT NOT NULL,
    role TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL
);
CREATE INDEX tokens_user ON tokens (user_id);

-- Failures in a row of an account or an address, by the hash of its name: what people type into the name field is not
-- always a name.
CREATE TABLE throttles (
    subject BLOB PRIMARY KEY,
    failures INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    -- The audit log tells of the wait that follows.
    told INTEGER NOT NULL
);
CREATE INDEX throttles_at ON throttles (at_ms);

-- Only ever added to. The id is a UUIDv7, so that its order is that of time.
CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    outcome TEXT NOT NULL,
    address TEXT NOT NULL,
    detail TEXT NOT NULL
);
