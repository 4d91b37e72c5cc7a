package duck

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

const (
	profileBins = 20
	profileTop  = 10
	// Above so many different texts, the most frequent ones say little and cost much.
	profileManyTexts = 100_000
)

// Profile implements table.Engine.
func (e *Engine) Profile(ctx context.Context, tenant string, ref artifact.Ref) (table.Profile, error) {
	s, path, meta, done, err := e.open(ctx, e.looks.get, tenant, ref)
	if err != nil {
		return table.Profile{}, err
	}
	defer done()
	p := profiler{s: s, from: "read_parquet(" + sqltext.Literal(path) + ")"}
	columns, err := p.all(ctx, meta.Columns)
	if err != nil {
		return table.Profile{}, place(err, "", nil, nil)
	}
	return table.Profile{Rows: meta.Rows, Columns: columns}, nil
}

type profiler struct {
	s    *session
	from string
}

// all summarises all columns.
func (p *profiler) all(ctx context.Context, columns []table.Column) ([]table.ColumnProfile, error) {
	out := make([]table.ColumnProfile, len(columns))
	if len(columns) == 0 {
		return out, nil
	}
	if err := p.summary(ctx, columns, out); err != nil {
		return nil, err
	}
	for i := range out {
		if err := p.distribution(ctx, &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// summary fills what one pass over all columns gives.
func (p *profiler) summary(ctx context.Context, given []table.Column, columns []table.ColumnProfile) error {
	parts, dest := make([]string, 0, 5*len(columns)), make([]any, 0, 5*len(columns))
	lows, highs := make([]sql.NullString, len(columns)), make([]sql.NullString, len(columns))
	means := make([]sql.NullFloat64, len(columns))
	for i, c := range given {
		name := sqltext.Quote(c.Name)
		columns[i].Name, columns[i].Type = c.Name, c.Type
		low, high, mean := "NULL", "NULL", "NULL::DOUBLE"
		if !nested(c.Type) && c.Type != "BLOB" {
			low, high = "CAST(min("+name+") AS VARCHAR)", "CAST(max("+name+") AS VARCHAR)"
		}
		if numeric(c.Type) {
			finite := name
			if c.Type == "DOUBLE" || c.Type == "FLOAT" {
				finite = "CASE WHEN isfinite(" + name + ") THEN " + name + " END"
			}
			mean = "avg(CAST(" + finite + " AS DOUBLE))"
		}
		parts = append(parts, "count(*) - count("+name+")", "approx_count_distinct("+name+")", low, high, mean)
		dest = append(dest, &columns[i].Nulls, &columns[i].Distinct, &lows[i], &highs[i], &means[i])
	}
	if err := p.s.one(ctx, "SELECT "+strings.Join(parts, ", ")+" FROM "+p.from, nil, dest...); err != nil {
		return err
	}
	for i := range columns {
		columns[i].Min, columns[i].Max = shown(columns[i].Type, lows[i]), shown(columns[i].Type, highs[i])
		if means[i].Valid && !math.IsInf(means[i].Float64, 0) && !math.IsNaN(means[i].Float64) {
			columns[i].Mean = &means[i].Float64
		}
	}
	return nil
}

func shown(typ string, v sql.NullString) *string {
	if !v.Valid {
		return nil
	}
	if strings.HasPrefix(typ, "TIMESTAMP") {
		v.String = isoTimestamp(v.String)
	}
	return &v.String
}

// distribution adds a histogram of numbers, or the most frequent values of anything else.
func (p *profiler) distribution(ctx context.Context, c *table.ColumnProfile) error {
	switch {
	case c.Min == nil || nested(c.Type):
		return nil
	case numeric(c.Type):
		return p.histogram(ctx, c)
	case c.Distinct > profileManyTexts:
		return nil
	}
	name := sqltext.Quote(c.Name)
	var label string
	var n int64
	return p.s.query(ctx, fmt.Sprintf("SELECT CAST(%s AS VARCHAR) AS label, count(*) AS n FROM %s WHERE %s IS NOT NULL GROUP BY label ORDER BY n DESC, label LIMIT %d", name, p.from, name, profileTop),
		nil, []any{&label, &n}, func() error {
			c.Top = append(c.Top, table.Bucket{Label: label, Count: n})
			return nil
		})
}

func (p *profiler) histogram(ctx context.Context, c *table.ColumnProfile) error {
	low, errLow := strconv.ParseFloat(*c.Min, 64)
	high, errHigh := strconv.ParseFloat(*c.Max, 64)
	if errors.Join(errLow, errHigh) != nil || math.IsInf(high-low, 0) || math.IsNaN(high-low) {
		return nil //nolint:nilerr // infinite numbers have no histogram
	}
	bins, width := profileBins, (high-low)/profileBins
	if high == low {
		bins, width = 1, 1
	}
	c.Histogram = make([]table.Bucket, bins)
	for i := range c.Histogram {
		c.Histogram[i].Label = strconv.FormatFloat(low+float64(i)*width, 'g', 6, 64) + " – " + strconv.FormatFloat(low+float64(i+1)*width, 'g', 6, 64)
	}
	if bins == 1 {
		c.Histogram[0].Label = *c.Min
	}
	value := "CAST(" + sqltext.Quote(c.Name) + " AS DOUBLE)"
	var bin, n int64
	return p.s.query(ctx, fmt.Sprintf("SELECT CAST(least(%d, greatest(0, floor((%s - $1) / $2))) AS BIGINT) AS bin, count(*) FROM %s WHERE %s IS NOT NULL GROUP BY bin",
		bins-1, value, p.from, value), []any{low, width}, []any{&bin, &n}, func() error {
		c.Histogram[bin].Count = n
		return nil
	})
}
