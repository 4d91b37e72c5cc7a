package connectortest

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// TurnsSuite is what becomes of several writes to one table at once: one after the other they all succeed.
func TurnsSuite(t *testing.T, b *Bench) {
	b.T = t
	const writers, rows = 4, 3000
	columns := []table.StreamColumn{Column("id", "BIGINT", table.Plain), Column("v", "BIGINT", table.Plain)}
	tables := make([]table.Table, writers)
	for i := range tables {
		var text strings.Builder
		for n := range rows { // each in an order of its own
			fmt.Fprintf(&text, "%d,%d\n", n*[writers]int{7, 11, 13, 17}[i]%rows, i)
		}
		tables[i] = b.Table(columns, text.String())
	}
	for _, mode := range []connector.Mode{connector.Upsert, connector.Mirror, connector.Truncate, connector.Replace, connector.Upsert} {
		req := connector.WriteRequest{Path: connector.Path{Table: "turns"}, Mode: mode, Create: mode != connector.Replace}
		if mode.Merges() {
			req.Keys = []string{"id"}
		}
		var failed [writers]*errs.Error
		var all sync.WaitGroup
		for i := range writers {
			all.Go(func() { _, failed[i] = b.Write(t.Context(), tables[i], req) })
		}
		all.Wait()
		for _, e := range failed {
			require.Nil(t, e, "%s: %v", mode, e)
		}
		require.Equal(t, fmt.Sprintf("%d,%d,1\n", rows, rows), b.Query("SELECT count(*) AS n, count(DISTINCT id) AS ids, count(DISTINCT v) AS writers FROM turns"), mode)
	}
}
