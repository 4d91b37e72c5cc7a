package duck

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

const (
	profileBins = 20
	profileTop  = 10
	// Above so many different texts, the most frequent ones say little and cost much; numbers have a histogram besides.
	profileManyTexts   = 100_000
	profileManyNumbers = 1_000
	// Shapes of texts are looked at in so many rows: of a table that is there, and of one that somebody is typing at.
	profileShapes        = 100_000
	profileShapesPreview = 2_000
)

// profileShares are those of the quantiles.
var profileShares = []float64{0.05, 0.25, 0.5, 0.75, 0.95}

// Profile implements table.Engine.
func (e *Engine) Profile(ctx context.Context, tenant string, ref artifact.Ref) (table.Profile, error) {
	s, path, meta, done, err := e.open(ctx, e.looks.one(), tenant, ref)
	if err != nil {
		return table.Profile{}, err
	}
	defer done()
	p := profiler{s: s, from: parquet(path), shapes: profileShapes}
	columns, err := p.all(ctx, meta.Columns)
	if err != nil {
		return table.Profile{}, place(err, "", nil, nil)
	}
	return table.Profile{Rows: meta.Rows, Columns: columns}, nil
}

type profiler struct {
	s      *session
	from   string
	shapes int
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
	parts, dest := make([]string, 0, 8*len(columns)), make([]any, 0, 8*len(columns))
	lows, highs := make([]sql.NullString, len(columns)), make([]sql.NullString, len(columns))
	means, quantiles := make([]sql.NullFloat64, len(columns)), make([]sql.NullString, len(columns))
	for i, c := range given {
		name := sqltext.Quote(c.Name)
		columns[i].Name, columns[i].Type = c.Name, c.Type
		low, high, mean, spread, least, most := "NULL", "NULL", "NULL::DOUBLE", "NULL", "NULL::BIGINT", "NULL::BIGINT"
		if !table.Nested(c.Type) && c.Type != "JSON" && c.Type != "BLOB" {
			low, high = "CAST(min("+name+") AS VARCHAR)", "CAST(max("+name+") AS VARCHAR)"
		}
		if numeric(c.Type) {
			finite := name
			if c.Type == "DOUBLE" || c.Type == "FLOAT" {
				finite = "CASE WHEN isfinite(" + name + ") THEN " + name + " END"
			}
			mean = "avg(CAST(" + finite + " AS DOUBLE))"
			spread = "CAST(to_json(approx_quantile(CAST(" + finite + " AS DOUBLE), " + strings.ReplaceAll(fmt.Sprint(profileShares), " ", ", ") + ")) AS VARCHAR)"
		}
		if c.Type == "VARCHAR" {
			least, most = "min(length("+name+"))", "max(length("+name+"))"
		}
		parts = append(parts, "count(*) - count("+name+")", "least(approx_count_distinct("+name+"), count("+name+"))", low, high, mean, spread, least, most)
		dest = append(dest, &columns[i].Nulls, &columns[i].Distinct, &lows[i], &highs[i], &means[i], &quantiles[i], &columns[i].MinLength, &columns[i].MaxLength)
	}
	if err := p.s.one(ctx, "SELECT "+strings.Join(parts, ", ")+" FROM "+p.from, nil, dest...); err != nil {
		return err
	}
	for i := range columns {
		columns[i].Min, columns[i].Max = shown(columns[i].Type, lows[i]), shown(columns[i].Type, highs[i])
		if means[i].Valid && !math.IsInf(means[i].Float64, 0) && !math.IsNaN(means[i].Float64) {
			columns[i].Mean = &means[i].Float64
		}
		if err := readQuantiles(&columns[i], quantiles[i]); err != nil {
			return err
		}
	}
	return nil
}

// readQuantiles leaves them out where there are no numbers to tell them from.
func readQuantiles(c *table.ColumnProfile, list sql.NullString) error {
	if !list.Valid {
		return nil
	}
	var values []*float64
	if err := json.Unmarshal([]byte(list.String), &values); err != nil {
		return errs.Internal(fmt.Errorf("quantiles of %s: %w", c.Name, err))
	}
	for i, v := range values {
		if v != nil && i < len(profileShares) {
			c.Quantiles = append(c.Quantiles, table.Quantile{Share: profileShares[i], Value: *v})
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

// distribution adds a histogram of numbers, the shapes of texts, and the most frequent values.
func (p *profiler) distribution(ctx context.Context, c *table.ColumnProfile) error {
	switch {
	case c.Min == nil || c.Type == "JSON" || table.Nested(c.Type):
		return nil
	case numeric(c.Type):
		if err := p.histogram(ctx, c); err != nil || c.Distinct > profileManyNumbers {
			return err
		}
	case c.Type == "VARCHAR":
		if err := p.patterns(ctx, c); err != nil || c.Distinct > profileManyTexts {
			return err
		}
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

// patterns adds the most frequent shapes of texts.
func (p *profiler) patterns(ctx context.Context, c *table.ColumnProfile) error {
	name := sqltext.Quote(c.Name)
	var label string
	var n int64
	return p.s.query(ctx, fmt.Sprintf("SELECT %s AS label, count(*) AS n FROM (SELECT %s FROM %s LIMIT %d) WHERE %s IS NOT NULL GROUP BY label ORDER BY n DESC, label LIMIT %d", sqltext.Shape(name), name, p.from, p.shapes, name, profileTop),
		nil, []any{&label, &n}, func() error {
			c.Patterns = append(c.Patterns, table.Bucket{Label: label, Count: n})
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
