package table

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"dataflow/bench/figure"
)

// hugeMemory is the budget of tables in MiB; two queries share it.
const hugeMemory = 512

// hugeFlow has 7.5 million groups and sorts them, which takes more than its memory.
const hugeFlow = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: huge}
spec:
  nodes:
    - {id: sales, type: file.read, with: {path: sales.csv}}
    - {id: kept, type: table.filter, in: {table: sales}, with: {where: "status <> 'returned'"}}
    - {id: totals, type: table.aggregate, in: {table: kept}, with: {by: [shop, day], values: [{as: worth, function: sum, column: price}, {as: sales, function: count}]}}
    - {id: sorted, type: table.sort, in: {table: totals}, with: {by: [{column: worth, order: desc}]}}
    - {id: out, type: file.write, in: {table: sorted}, with: {path: out.parquet}}
`

// huge reads about 5 GB of CSV with a small budget, from the program's start to its end.
func (b *bench) huge(ctx context.Context) error {
	folder := filepath.Join(b.dir, "huge")
	if err := os.Mkdir(folder, 0o700); err != nil {
		return err
	}
	csv := filepath.Join(folder, "sales.csv")
	if err := duckdb(ctx, fmt.Sprintf(makeSales, b.hugeRows, csv)); err != nil {
		return err
	}
	info, err := os.Stat(csv)
	if err != nil {
		return err
	}
	flow := filepath.Join(folder, "flow.yaml")
	if err := os.WriteFile(flow, []byte(hugeFlow), 0o600); err != nil {
		return err
	}
	took, peak, err := timed(ctx, []string{b.binary, "run", flow, "--quiet", "--rows", "0", "--table-memory", strconv.Itoa(hugeMemory)})
	if err != nil {
		return err
	}
	b.report.Add(figure.Figure{Name: "huge_s", Value: took, Unit: "s", Note: fmt.Sprintf("%.2f GB of CSV, filter, aggregate to 7.5 million groups, sort, Parquet, on %d MiB", float64(info.Size())/1e9, hugeMemory)})
	b.report.Add(figure.Figure{Name: "huge_rss_mib", Value: peak, Unit: "MiB", Note: "most memory of the process"})
	return os.RemoveAll(folder)
}
