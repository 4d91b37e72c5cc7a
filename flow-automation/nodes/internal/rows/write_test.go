package rows

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/table"
)

func TestTold(t *testing.T) {
	for _, c := range []struct {
		mode    connector.Mode
		written connector.Written
		want    string
	}{
		{connector.Append, connector.Written{Rows: 1}, "1 row written to orders."},
		{connector.Mirror, connector.Written{Rows: 2, Removed: 3}, "2 rows written to orders, 3 rows removed."},
		{connector.Delete, connector.Written{Rows: 2, Removed: 1}, "1 row removed from orders, for 2 keys."},
		{connector.Append, connector.Written{Rows: 2, Already: true}, "An earlier attempt at this step had written the rows already."},
	} {
		require.Equal(t, c.want, told(connector.WriteRequest{Path: connector.Path{Table: "orders"}, Mode: c.mode}, c.written))
	}
}

func TestLoss(t *testing.T) {
	require.Equal(t, "This went with columns of orders that did not come in, and keeps its rows apart no more: the primary key, the unique index by_name. Make it again where it is needed.",
		loss(connector.WriteRequest{Path: connector.Path{Table: "orders"}}, connector.Written{Lost: []string{"the primary key", "the unique index by_name"}}))
}

// Rows that are read again are no progress.
func TestProgressDoesNotBeginAgain(t *testing.T) {
	var told []int64
	g := &giver{call: &node.Call{Progress: func(done, _ int64, _ string) { told = append(told, done) }}, in: value.Value{Table: &table.Meta{Rows: 3}}}
	for _, rows := range []int64{1, 3, 1, 2, 3} {
		g.tell(rows)
	}
	require.Equal(t, []int64{1, 3}, told)
}
