package chart

import (
	"fmt"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
)

// Query implements table.Relation: it gives the points, in the order in which they are drawn. Its columns are x, series
// (when there is one), y0, y1 … and total; of a histogram from, to, count.
func (c Config) Query(inputs map[string]table.Input) (table.Query, error) {
	in, err := columns.Input(inputs, "table")
	if err != nil {
		return table.Query{}, err
	}
	var check columns.Checker
	check.Column(in, "with.x", c.X)
	if c.Series != "" {
		check.Column(in, "with.series", c.Series)
	}
	for i, y := range c.Y {
		check.Column(in, fmt.Sprintf("with.y[%d]", i), y)
	}
	if err := check.Err(); err != nil {
		return table.Query{}, err
	}
	var b sqltext.Builder
	switch {
	case c.Type == "histogram":
		c.histogram(&b, in)
	case c.rowwise():
		c.points(&b, in)
	default:
		c.groups(&b, in)
	}
	return b.Query()
}

func (c Config) x(b *sqltext.Builder) {
	b.From("with.x", func() {
		switch c.Bucket {
		case "none", "":
			b.Name(c.X)
		case "hour":
			b.Text("date_trunc('hour', ").Name(c.X).Text(")")
		default:
			b.Text("CAST(date_trunc(", sqltext.Literal(c.Bucket), ", ").Name(c.X).Text(") AS DATE)")
		}
	})
}

// points are rows as they are, every step-th when they are too many.
func (c Config) points(b *sqltext.Builder, in table.Input) {
	b.Text("SELECT ")
	c.x(b)
	b.Text(" AS x")
	if c.Series != "" {
		b.Text(", CAST(").Name(c.Series).Text(" AS VARCHAR) AS series")
	}
	for i, y := range c.Y {
		b.Text(", ").From(fmt.Sprintf("with.y[%d]", i), func() { b.Name(y) }).Text(" AS y", strconv.Itoa(i))
	}
	b.Text(", ", strconv.FormatInt(c.total, 10), " AS total FROM ", in.Name)
	if c.step > 1 {
		b.Text(" QUALIFY (row_number() OVER () - 1) % ", strconv.FormatInt(c.step, 10), " = 0")
	}
	if c.Type != "scatter" && c.Sort != "value" && ordered(c.xType(in)) {
		b.Text(" ORDER BY x NULLS LAST")
	}
}

// groups aggregates, then ranks the values of x and keeps the first ones.
func (c Config) groups(b *sqltext.Builder, in table.Input) {
	series := ""
	b.Text("WITH grouped AS (SELECT ")
	c.x(b)
	b.Text(" AS x")
	if c.Series != "" {
		b.Text(", CAST(").Name(c.Series).Text(" AS VARCHAR) AS series")
		series = ", series"
	}
	ys := c.values(b)
	b.Text(" FROM ", in.Name, " GROUP BY x", series, "), weighed AS (SELECT *, sum(y0) OVER (PARTITION BY x) AS weight FROM grouped), ")
	order := "weight DESC NULLS LAST, x NULLS LAST"
	if c.Sort == "x" || c.Sort != "value" && c.Type != "pie" && (ordered(c.xType(in)) || c.Bucket != "none" && c.Bucket != "") {
		order = "x NULLS LAST"
	}
	b.Text("ranked AS (SELECT *, dense_rank() OVER (ORDER BY ", order, ") AS rank FROM weighed) SELECT x", series, ys,
		", (SELECT max(rank) FROM ranked) AS total FROM ranked WHERE rank <= ", strconv.FormatInt(c.limit(), 10), " ORDER BY rank")
	if series != "" {
		b.Text(", series NULLS LAST")
	}
}

// values writes the aggregates and gives their names.
func (c Config) values(b *sqltext.Builder) string {
	if len(c.Y) == 0 {
		b.Text(", count(*) AS y0")
		return ", y0"
	}
	var names strings.Builder
	for i, y := range c.Y {
		function := c.Aggregate
		if function == "" {
			function = "sum"
		}
		b.Text(", ").From(fmt.Sprintf("with.y[%d]", i), func() { b.Text(function, "(").Name(y).Text(")") }).Text(" AS y", strconv.Itoa(i))
		names.WriteString(", y" + strconv.Itoa(i))
	}
	return names.String()
}

// histogram counts finite numbers in bins of equal width, empty ones too.
func (c Config) histogram(b *sqltext.Builder, in table.Input) {
	n := strconv.FormatInt(max(1, c.Bins), 10)
	b.Text("WITH v AS (SELECT v FROM (SELECT ").From("with.x", func() { b.Text("CAST(").Name(c.X).Text(" AS DOUBLE)") }).Text(" AS v FROM ", in.Name,
		") WHERE isfinite(v)), m AS (SELECT min(v) AS lo, max(v) AS hi FROM v), ",
		"w AS (SELECT lo, hi, CASE WHEN hi > lo THEN ", n, " ELSE 1 END AS n, CASE WHEN hi > lo THEN (hi - lo) / ", n, " ELSE 1 END AS width FROM m WHERE lo IS NOT NULL), ",
		"counted AS (SELECT CAST(least(n - 1, floor((v - lo) / width)) AS BIGINT) AS bin, count(*) AS c FROM v, w GROUP BY bin) ",
		`SELECT lo + bin * width AS "from", CASE WHEN bin = n - 1 THEN greatest(hi, lo + CASE WHEN hi > lo THEN 0 ELSE 1 END) ELSE lo + (bin + 1) * width END AS "to", coalesce(c, 0) AS count `,
		"FROM w, range(", n, ") AS r(bin) LEFT JOIN counted USING (bin) WHERE bin < n ORDER BY bin")
}

func (c Config) xType(in table.Input) string {
	if i := columns.Find(in.Columns, c.X); i >= 0 {
		return in.Columns[i].Type
	}
	return ""
}

// ordered says whether values of a type have an order that a reader expects along an axis.
func ordered(typ string) bool { return scale(typ) != "category" }

func scale(typ string) string {
	switch {
	case strings.HasPrefix(typ, "TIMESTAMP"), typ == "DATE":
		return "time"
	case strings.HasSuffix(typ, "INT"), typ == "INTEGER", typ == "UINTEGER", typ == "DOUBLE", typ == "FLOAT", strings.HasPrefix(typ, "DECIMAL"):
		return "value"
	}
	return "category"
}
