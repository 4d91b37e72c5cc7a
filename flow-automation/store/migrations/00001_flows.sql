-- +goose Up
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
CREATE UNIQUE INDEX automation_flows_name ON automation_flows (tenant, name);
CREATE INDEX automation_flows_updated ON automation_flows (tenant, updated_at, id);

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
CREATE INDEX automation_webhooks_flow ON automation_webhooks (tenant, flow_id);

-- +goose Down
DROP TABLE automation_webhooks;
DROP TABLE automation_versions;
DROP TABLE automation_flows;
