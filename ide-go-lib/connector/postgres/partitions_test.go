package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/connectortest"
	"dataflow/ide-go-lib/table"
)

// Tables with partitions take every mode, also where a partition has its columns in another order.
func TestPartitionsTakeEveryMode(t *testing.T) {
	b, _, exec := build(t)
	exec(`CREATE TABLE sales (id int, day date, v text, PRIMARY KEY (id, day)) PARTITION BY RANGE (day)`)
	exec(`CREATE TABLE sales_2024 PARTITION OF sales FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')`)
	exec(`CREATE TABLE sales_2025 (v text, gone int, day date NOT NULL, id int NOT NULL); ALTER TABLE sales_2025 DROP COLUMN gone; ALTER TABLE sales ATTACH PARTITION sales_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')`)
	columns := []table.StreamColumn{connectortest.Column("id", "INTEGER", table.Plain), connectortest.Column("day", "DATE", table.Plain), connectortest.Column("v", "VARCHAR", table.Plain)}
	for _, c := range []struct {
		mode             connector.Mode
		rows, want       string
		updated, removed int64
	}{
		{connector.Append, "1,2024-02-01,a\n2,2025-02-01,b\n", "1,2024-02-01,a\n2,2025-02-01,b\n", 0, 0},
		{connector.Upsert, "2,2025-02-01,B\n3,2025-03-01,c\n1,2024-02-01,A\n", "1,2024-02-01,A\n2,2025-02-01,B\n3,2025-03-01,c\n", 2, 0},
		{connector.Upsert, "3,2025-03-01,C\n", "1,2024-02-01,A\n2,2025-02-01,B\n3,2025-03-01,C\n", 1, 0},
		{connector.Mirror, "1,2024-02-01,a\n4,2024-04-01,d\n", "1,2024-02-01,a\n4,2024-04-01,d\n", 1, 2},
		{connector.Delete, "1,2024-02-01,\n", "4,2024-04-01,d\n", 0, 1},
		{connector.Truncate, "5,2025-05-01,e\n", "5,2025-05-01,e\n", 0, 1},
		{connector.Replace, "6,2025-05-01,f\n7,2024-05-01,g\n", "6,2025-05-01,f\n7,2024-05-01,g\n", 0, 1},
	} {
		req := connector.WriteRequest{Path: connector.Path{Table: "sales"}, Mode: c.mode}
		if c.mode.ByKey() {
			req.Keys = []string{"id", "day"}
		}
		out, e := b.Write(t.Context(), b.Table(columns, c.rows), req)
		require.Nil(t, e, "%s: %v", c.mode, e)
		require.Equal(t, []int64{c.updated, c.removed}, []int64{out.Updated, out.Removed}, c.mode)
		require.Equal(t, c.want, b.Query("SELECT * FROM sales ORDER BY id"), c.mode)
	}
}
