// Package sqlio measures how fast rows come out of PostgreSQL into a table and go back, beside psql's \copy.
package sqlio

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"dataflow/bench/figure"
	"dataflow/ide-go-lib/artifact/local"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/postgres"
	"dataflow/ide-go-lib/egress"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/duck"
)

// Bench is the benchmark "sqlio".
func Bench() figure.Bench {
	return figure.Bench{Name: "sqlio", About: "rows out of PostgreSQL into a table and back, beside psql's \\copy", Run: run}
}

const tenant = "bench"

func run(ctx context.Context, args []string, r *figure.Report) (err error) {
	flags := flag.NewFlagSet("sqlio", flag.ContinueOnError)
	rows := flags.Int("rows", 5_000_000, "rows of the table")
	times := flags.Int("times", 3, "how often each is done")
	if err := flags.Parse(args); err != nil {
		return err
	}
	s, err := start(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	if err := s.psql(ctx, fmt.Sprintf(`CREATE TABLE orders AS SELECT g AS id, 'customer ' || g %% 100000 AS customer, (g %% 100000)::numeric(10,2) / 7 AS amount,
		'2024-01-01'::timestamptz + g * interval '1 second' AS placed, g %% 3 = 0 AS paid FROM generate_series(1, %d) g`, *rows),
		"ALTER TABLE orders ALTER amount TYPE numeric(12,2)", "VACUUM ANALYZE orders", "CREATE TABLE back (LIKE orders)"); err != nil {
		return err
	}
	b, err := newBench(s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.engine.Close()) }()
	var took [4][]float64
	for range *times {
		for i, work := range []func(context.Context) error{b.psqlOut, b.read, b.psqlBack, b.write} {
			if err := s.psql(ctx, "TRUNCATE back", "CHECKPOINT"); err != nil {
				return err
			}
			began := time.Now()
			if err := work(ctx); err != nil {
				return err
			}
			took[i] = append(took[i], time.Since(began).Seconds())
		}
	}
	if b.table.Meta.Rows != int64(*rows) || b.written != int64(*rows) {
		return fmt.Errorf("%d rows were read and %d written, not %d", b.table.Meta.Rows, b.written, *rows)
	}
	n := fmt.Sprintf("%d rows of 5 columns, median of %d", *rows, *times)
	out, in := figure.Median(took[0])/figure.Median(took[1]), figure.Median(took[2])/figure.Median(took[3])
	r.Add(figure.Figure{Name: "psql_out_s", Value: figure.Median(took[0]), Unit: "s", Note: `psql \copy to a CSV file; ` + n})
	r.Add(figure.Figure{Name: "read_s", Value: figure.Median(took[1]), Unit: "s", Note: "connect, read, Parquet kept as an artifact"})
	r.Add(figure.Figure{Name: "pg_read_vs_copy", Value: out, Unit: "×", AtLeast: 0.8, Note: "how fast, beside psql"})
	r.Add(figure.Figure{Name: "psql_back_s", Value: figure.Median(took[2]), Unit: "s", Note: `psql \copy from the CSV file into an empty table`})
	r.Add(figure.Figure{Name: "write_s", Value: figure.Median(took[3]), Unit: "s", Note: "connect, append the Parquet table by COPY, reconcile, commit"})
	r.Add(figure.Figure{Name: "pg_write_vs_copy", Value: in, Unit: "×", AtLeast: 0.8, Note: "how fast, beside psql"})
	r.Add(figure.Figure{Name: "peak_mib", Value: peakMiB(), Unit: "MiB", Note: "resident memory of this process at its highest, DuckDB's among it"})
	return nil
}

type bench struct {
	s       *server
	engine  *duck.Engine
	table   table.Table
	written int64
	csv     string
}

func newBench(s *server) (*bench, error) {
	store, err := local.New(filepath.Join(s.dir, "artifacts"))
	if err != nil {
		return nil, err
	}
	engine, err := duck.New(duck.Config{Store: store, TempDir: filepath.Join(s.dir, "tmp")})
	return &bench{s: s, engine: engine, csv: filepath.Join(s.dir, "orders.csv")}, err
}

func (b *bench) psqlOut(ctx context.Context) error {
	return b.s.psql(ctx, `\copy orders TO '`+b.csv+`' (FORMAT csv)`)
}

func (b *bench) psqlBack(ctx context.Context) error {
	return b.s.psql(ctx, `\copy back FROM '`+b.csv+`' (FORMAT csv)`)
}

func (b *bench) connect(ctx context.Context) (connector.Tables, error) {
	config, err := json.Marshal(map[string]any{"host": host, "port": b.s.port, "database": "postgres", "user": role, "password": b.s.password, "tls": "off"})
	if err != nil {
		return nil, err
	}
	typ := postgres.Type()
	conn, err := typ.Open(ctx, connector.World{Tenant: tenant, Egress: egress.Config{Allow: []netip.Prefix{netip.MustParsePrefix(host + "/32")}}}, config)
	if err != nil {
		return nil, err
	}
	return connector.Use[connector.Tables](conn)
}

func (b *bench) read(ctx context.Context) (err error) {
	conn, err := b.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	reading, err := conn.Read(ctx, connector.ReadRequest{Path: connector.Path{Table: "orders"}})
	if err != nil {
		return err
	}
	b.table, err = b.engine.Take(ctx, tenant, reading.Columns, reading.Feed, nil)
	return err
}

func (b *bench) write(ctx context.Context) (err error) {
	conn, err := b.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	done, err := conn.Write(ctx, connector.WriteRequest{
		Path: connector.Path{Table: "back"}, Mode: connector.Append, Columns: b.table.Meta.Columns, Rows: b.table.Meta.Rows,
		Give: func(ctx context.Context, columns []table.StreamColumn, drain func(context.Context, io.Reader) error) (int64, error) {
			return b.engine.Give(ctx, tenant, b.table.Artifact, columns, drain)
		},
	})
	b.written = done.Rows
	return err
}

// peakMiB is the most that this process has had resident.
func peakMiB() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	var kib float64
	for _, line := range lines(string(status)) {
		if n, ok := after(line, "VmHWM:"); ok {
			kib, _ = strconv.ParseFloat(n, 64)
		}
	}
	return kib / 1024
}
