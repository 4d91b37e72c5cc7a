package table

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // the peer

	"dataflow/bench/figure"
)

// bareChild is how the bench calls itself to run bare DuckDB in a process of its own.
const bareChild = "bare-duckdb"

const salesFlow = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: sales}
spec:
  nodes:
    - {id: sales, type: file.read, with: {path: sales.csv}}
    - {id: shops, type: file.read, with: {path: shops.csv}}
    - {id: kept, type: table.filter, in: {table: sales}, with: {where: "status <> 'returned' AND quantity > 1"}}
    - {id: worth, type: table.derive, in: {table: kept}, with: {columns: [{name: revenue, expression: "price * quantity"}]}}
    - {id: placed, type: table.join, in: {left: worth, right: shops}, with: {kind: inner, on: [{left: shop, right: shop}]}}
    - {id: totals, type: table.aggregate, in: {table: placed}, with: {by: [region, day], values: [{as: revenue, function: sum, column: revenue}, {as: sales, function: count}]}}
    - {id: out, type: file.write, in: {table: totals}, with: {path: out.parquet}}
`

const bareSQL = `COPY (
  SELECT region, day, sum(revenue) AS revenue, count(*) AS sales FROM (
    SELECT *, price * quantity AS revenue FROM read_csv('%[1]s/sales.csv') WHERE status <> 'returned' AND quantity > 1
  ) JOIN read_csv('%[1]s/shops.csv') USING (shop) GROUP BY region, day
) TO '%[1]s/bare.parquet' (FORMAT parquet, COMPRESSION zstd)`

const pandasCode = `
import sys, pandas as pd
folder = sys.argv[1]
sales, shops = pd.read_csv(folder + "/sales.csv", parse_dates=["day"]), pd.read_csv(folder + "/shops.csv")
kept = sales[(sales["status"] != "returned") & (sales["quantity"] > 1)].copy()
kept["revenue"] = kept["price"] * kept["quantity"]
placed = kept.merge(shops, on="shop")
totals = placed.groupby(["region", "day"], as_index=False).agg(revenue=("revenue", "sum"), sales=("revenue", "size"))
totals.to_parquet(folder + "/pandas.parquet", index=False)
`

const makeSales = `COPY (
  SELECT i AS id, (hash(i) %% 5000)::INT AS shop, DATE '2020-01-01' + (hash(i * 7) %% 1500)::INT AS day,
    round((hash(i * 13) %% 100000) / 100.0, 2) AS price, (1 + hash(i * 17) %% 9)::INT AS quantity,
    ['new', 'paid', 'sent', 'returned'][1 + (hash(i * 19) %% 4)::INT] AS status, 'customer ' || (hash(i * 23) %% 100000) AS customer
  FROM range(%d) t(i)) TO '%s' (HEADER)`

const makeShops = `COPY (SELECT i AS shop, 'Shop ' || i AS name, ['north', 'south', 'east', 'west'][1 + (hash(i) %% 4)::INT] AS region
  FROM range(5000) t(i)) TO '%s' (HEADER)`

// duckdb runs statements in a DuckDB with all its defaults.
func duckdb(ctx context.Context, statements ...string) error {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	for _, s := range statements {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func bare(ctx context.Context, folder string) error { return duckdb(ctx, fmt.Sprintf(bareSQL, folder)) }

// large compares whole processes, from their start to their end, in turn.
func (b *bench) large(ctx context.Context) error {
	folder := filepath.Join(b.dir, "large")
	if err := os.Mkdir(folder, 0o700); err != nil {
		return err
	}
	csv := filepath.Join(folder, "sales.csv")
	if err := duckdb(ctx, fmt.Sprintf(makeSales, b.rows, csv), fmt.Sprintf(makeShops, filepath.Join(folder, "shops.csv"))); err != nil {
		return err
	}
	flow := filepath.Join(folder, "flow.yaml")
	if err := os.WriteFile(flow, []byte(salesFlow), 0o600); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	peers := []struct {
		name string
		args []string
	}{
		{"dataflow", []string{b.binary, "run", flow, "--quiet", "--rows", "0"}},
		{"duckdb", []string{self, "table", bareChild, folder}},
		{"pandas", []string{b.python, "-c", pandasCode, folder}},
	}
	seconds, memory := map[string][]float64{}, map[string][]float64{}
	for i := range b.times + 1 {
		for _, p := range peers {
			if i == 0 && p.name == "pandas" {
				continue // the first round warms the disk's cache
			}
			took, peak, err := timed(ctx, p.args)
			if err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
			if i > 0 {
				seconds[p.name], memory[p.name] = append(seconds[p.name], took), append(memory[p.name], peak)
			}
		}
	}
	info, err := os.Stat(csv)
	if err != nil {
		return err
	}
	ours, duck, pandas := figure.Median(seconds["dataflow"]), figure.Median(seconds["duckdb"]), figure.Median(seconds["pandas"])
	note := strconv.Itoa(b.rows) + " rows of CSV, " + strconv.FormatInt(info.Size()>>20, 10) + " MiB, filter, derive, join, aggregate, Parquet"
	b.report.Add(figure.Figure{Name: "large_s", Value: ours, Unit: "s", Note: note + "; dataflow run, from start to end"})
	b.report.Add(figure.Figure{Name: "vs_duckdb", Value: ours / duck, Unit: "×", AtMost: 1.10, Note: fmt.Sprintf("of the same SQL in bare DuckDB, %.2f s", duck)})
	b.report.Add(figure.Figure{Name: "vs_pandas", Value: pandas / ours, Unit: "× faster", AtLeast: 8, Note: fmt.Sprintf("than the same in pandas, %.2f s", pandas)})
	rss, duckRSS := figure.Median(memory["dataflow"]), figure.Median(memory["duckdb"])
	b.report.Add(figure.Figure{Name: "rss_vs_duckdb", Value: rss / duckRSS, Unit: "×", AtMost: 1.15, Note: fmt.Sprintf("most memory of the process, %.0f MiB of %.0f MiB", rss, duckRSS)})
	return nil
}

// timed runs a command to its end; it gives seconds, and the most memory that the process ever held, in MiB.
func timed(ctx context.Context, args []string) (seconds, peak float64, err error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...) //nolint:gosec // our own programs
	began := time.Now()
	out, err := cmd.CombinedOutput()
	seconds = time.Since(began).Seconds()
	if err != nil {
		return 0, 0, fmt.Errorf("%w\n%s", err, out)
	}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		peak = float64(usage.Maxrss) / 1024
	}
	return seconds, peak, nil
}
