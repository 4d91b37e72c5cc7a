-- Version 1. Written by go test ./cmd/dataflow/cli/datadir -update-tables from the migrations.

CREATE TABLE auth_users (
    id         TEXT    NOT NULL PRIMARY KEY,
    tenant     TEXT    NOT NULL,
    name       TEXT    NOT NULL UNIQUE,
    password   TEXT    NOT NULL,
    -- generated: the password is one that the program made and nobody has changed yet
    generated  INTEGER NOT NULL,
    roles      TEXT    NOT NULL,
    disabled   INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);

CREATE TABLE auth_sessions (
    hash       BLOB    NOT NULL PRIMARY KEY,
    user_id    TEXT    NOT NULL REFERENCES auth_users (id) ON DELETE CASCADE,
    address    TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);

CREATE TABLE auth_tokens (
    id           TEXT    NOT NULL PRIMARY KEY,
    hash         BLOB    NOT NULL UNIQUE,
    tenant       TEXT    NOT NULL,
    user_id      TEXT    NOT NULL REFERENCES auth_users (id) ON DELETE CASCADE,
    name         TEXT    NOT NULL,
    permissions  TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    last_used_at INTEGER
);

CREATE INDEX auth_sessions_user ON auth_sessions (user_id);

CREATE INDEX auth_sessions_expiry ON auth_sessions (expires_at);

CREATE INDEX auth_tokens_user ON auth_tokens (tenant, user_id);
