-- Version 5. Written by go test ./cmd/dataflow/cli/datadir -update-tables from the migrations.

CREATE TABLE automation_flows (
    tenant            TEXT    NOT NULL,
    id                TEXT    NOT NULL,
    name              TEXT    NOT NULL,
    title             TEXT    NOT NULL,
    description       TEXT    NOT NULL,
    labels            TEXT    NOT NULL, -- JSON object
    node_count        INTEGER NOT NULL,
    revision          INTEGER NOT NULL,
    document          TEXT    NOT NULL, -- JSON
    yaml              TEXT    NOT NULL, -- as the author wrote it, with comments
    published_version INTEGER NOT NULL,
    created_at        INTEGER NOT NULL, -- milliseconds since 1970, UTC, as all times here
    created_by        TEXT    NOT NULL,
    updated_at        INTEGER NOT NULL,
    updated_by        TEXT    NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE automation_versions (
    tenant     TEXT    NOT NULL,
    flow_id    TEXT    NOT NULL,
    version    INTEGER NOT NULL,
    note       TEXT    NOT NULL,
    document   TEXT    NOT NULL,
    yaml       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT    NOT NULL,
    PRIMARY KEY (tenant, flow_id, version),
    FOREIGN KEY (tenant, flow_id) REFERENCES automation_flows (tenant, id) ON DELETE CASCADE
);

CREATE TABLE automation_webhooks (
    path       TEXT    NOT NULL PRIMARY KEY, -- one name space for all tenants, as it is a URL
    tenant     TEXT    NOT NULL,
    flow_id    TEXT    NOT NULL,
    version    INTEGER NOT NULL,
    trigger_id TEXT    NOT NULL,
    config     TEXT    NOT NULL, -- JSON, the trigger's configuration
    FOREIGN KEY (tenant, flow_id) REFERENCES automation_flows (tenant, id) ON DELETE CASCADE
);

CREATE TABLE automation_results (
	tenant     TEXT    NOT NULL,
	key        TEXT    NOT NULL,
	kept       TEXT    NOT NULL,
	expires_at BIGINT  NOT NULL,
	PRIMARY KEY (tenant, key)
);

CREATE TABLE automation_backfills (
	id         TEXT    NOT NULL PRIMARY KEY,
	tenant     TEXT    NOT NULL,
	flow_id    TEXT    NOT NULL,
	version    INTEGER NOT NULL,
	parallel   INTEGER NOT NULL,
	sets       TEXT    NOT NULL,
	total      INTEGER NOT NULL,
	started    INTEGER NOT NULL,
	canceled   INTEGER NOT NULL,
	created_at BIGINT  NOT NULL,
	created_by TEXT    NOT NULL
, document TEXT NOT NULL DEFAULT '', failure  TEXT NOT NULL DEFAULT '');

CREATE TABLE automation_quality_runs (
	run     TEXT    PRIMARY KEY,
	tenant  TEXT    NOT NULL,
	flow_id TEXT    NOT NULL,
	at      INTEGER NOT NULL -- microseconds since 1970 in UTC
) WITHOUT ROWID;

CREATE TABLE automation_quality_rules (
	run        TEXT    NOT NULL,
	node       TEXT    NOT NULL,
	no         INTEGER NOT NULL,
	name       TEXT    NOT NULL,
	check_kind TEXT    NOT NULL,
	severity   TEXT    NOT NULL,
	status     TEXT    NOT NULL,
	row_count  INTEGER NOT NULL,
	broken     INTEGER NOT NULL, unit     TEXT NOT NULL DEFAULT '', measured REAL, low      REAL, high     REAL,
	PRIMARY KEY (run, node, no)
) WITHOUT ROWID;

CREATE TABLE automation_quality_columns (
	run       TEXT    NOT NULL,
	node      TEXT    NOT NULL,
	no        INTEGER NOT NULL,
	name      TEXT    NOT NULL,
	row_count INTEGER NOT NULL,
	nulls     INTEGER NOT NULL,
	PRIMARY KEY (run, node, no)
) WITHOUT ROWID;

CREATE UNIQUE INDEX automation_flows_name ON automation_flows (tenant, name);

CREATE INDEX automation_flows_updated ON automation_flows (tenant, updated_at, id);

CREATE INDEX automation_webhooks_flow ON automation_webhooks (tenant, flow_id);

CREATE INDEX automation_backfills_flow ON automation_backfills (tenant, flow_id, created_at);

CREATE INDEX automation_quality_flow ON automation_quality_runs (tenant, flow_id, at);
