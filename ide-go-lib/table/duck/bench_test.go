package duck

import (
	"fmt"
	"testing"

	"dataflow/ide-go-lib/table"
)

// BenchmarkSmallRun is the fixed cost of one table node: compile, run, write Parquet, keep it.
func BenchmarkSmallRun(b *testing.B) {
	e := newEngine(b)
	in := run(b, e, sqlPlan("SELECT range AS id, range * 2 AS v FROM range(100)"))
	for i := 0; b.Loop(); i++ {
		run(b, e, over(in, "SELECT id, v + $1 AS v FROM input WHERE id > 10", int64(i)))
	}
}

func BenchmarkDescribe(b *testing.B) {
	e := newEngine(b)
	in := run(b, e, sqlPlan("SELECT range AS id, range * 2 AS v FROM range(100)"))
	for i := 0; b.Loop(); i++ {
		if _, err := e.Describe(b.Context(), tenant, over(in, fmt.Sprintf("SELECT id, v + %d AS v FROM input WHERE id > 10", i))); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkImportSmall(b *testing.B) {
	e := newEngine(b)
	path := writeFile(b, "a.csv", "a,b\n1,x\n2,y\n")
	for b.Loop() {
		if _, err := e.Import(b.Context(), tenant, path, table.ImportOptions{}, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPage is a page of a table of a million rows, as the data grid asks for it.
func BenchmarkPage(b *testing.B) {
	e := newEngine(b)
	tab := run(b, e, sqlPlan(`SELECT range AS id, 'name ' || hash(range) % 100000 AS name, (hash(range) % 1000000) / 100 AS amount,
		TIMESTAMP '2020-01-01' + INTERVAL (range) SECOND AS at, ['red', 'green', 'blue'][1 + range % 3] AS color FROM range(1000000)`))
	for name, req := range map[string]table.PageRequest{
		"first":       {Limit: 100},
		"middle":      {Limit: 100, Offset: 500_000},
		"last":        {Limit: 100, Offset: 999_900},
		"sort":        {Limit: 100, Sort: []table.SortKey{{Column: "amount", Desc: true}}},
		"sort_deep":   {Limit: 100, Offset: 500_000, Sort: []table.SortKey{{Column: "name"}}},
		"filter":      {Limit: 100, Filter: []table.Condition{{Column: "name", Op: "contains", Value: "999"}}},
		"filter_sort": {Limit: 100, Filter: []table.Condition{{Column: "color", Op: "=", Value: "red"}}, Sort: []table.SortKey{{Column: "at", Desc: true}}},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := e.Page(b.Context(), tenant, tab.Artifact, req); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("profile", func(b *testing.B) {
		for b.Loop() {
			if _, err := e.Profile(b.Context(), tenant, tab.Artifact); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkOpening is what a query waits for where no instance is ready.
func BenchmarkOpening(b *testing.B) {
	p, err := newPool(Config{TempDir: b.TempDir(), MemoryMiB: 200, Slots: 1, Threads: 2})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		inst, err := p.open(b.Context(), 200)
		if err != nil {
			b.Fatal(err)
		}
		inst.close()
	}
}
