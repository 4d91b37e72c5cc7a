package node

import (
	"context"
	"encoding/json"
	"io"

	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/errs"
)

// maxLoaded is the most that is read into memory of a value that lies in an artifact.
const maxLoaded = 64 << 20

// JSON gives the JSON of a value of this call, wherever it lies.
func (c *Call) JSON(ctx context.Context, v value.Value) (json.RawMessage, error) {
	return LoadJSON(ctx, c.Env.Artifacts, c.Tenant, v)
}

// LoadJSON gives the JSON of a value, which may lie in an artifact.
func LoadJSON(ctx context.Context, artifacts artifact.Store, tenant string, v value.Value) (json.RawMessage, error) {
	if v.Artifact == nil {
		return v.Data, nil
	}
	if v.Artifact.Size > maxLoaded {
		return nil, errs.Invalid("value_too_large", "A value of %d MiB is too large to be read into memory; at most %d MiB are", v.Artifact.Size>>20, maxLoaded>>20).
			WithHint("Make it a table, or write it to a file.")
	}
	content, err := artifacts.Open(ctx, tenant, v.Artifact.ID)
	if err != nil {
		return nil, err
	}
	defer func() { _ = content.Close() }()
	data, err := io.ReadAll(content)
	if err != nil {
		return nil, errs.Internal(err)
	}
	return data, nil
}
