package mongo

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/exampletest"
)

// The fields of the first documents are known before a run.
func TestLook(t *testing.T) {
	b := exampletest.New(t)
	out, looked, err := readType().Look(t.Context(), b.Call(map[string]any{"connection": "catalog", "collection": "products", "fields": []any{"name", "price"}, "filter": `{"price": {"$lt": 10}}`}, nil))
	require.NoError(t, err)
	require.Equal(t, node.Looked{Unit: "documents", Objects: 2, Of: 2, Source: "products", Connection: "catalog"}, looked)
	require.Len(t, out["table"].Table.Columns, 2)

}
