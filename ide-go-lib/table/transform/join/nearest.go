package join

import (
	"fmt"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/pattern"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
)

// nearest writes the join of each left row with the nearest right row before it (as b), after it (as f), or both.
type nearest struct {
	b           sqltext.Builder
	c           Config
	left, right table.Input
	list        []column
	row, found  string
}

// query keeps the order of the left rows. Of right rows that are equal in all keys the last counts.
func (w *nearest) query() (table.Query, error) {
	w.row = sqltext.Quote(columns.Free(columns.Row, w.left, w.right))
	w.found = sqltext.Quote(columns.Free("__found__", w.left, w.right))
	b := &w.b
	b.Text("SELECT ")
	for i, col := range w.list {
		if i > 0 {
			b.Text(", ")
		}
		w.column(col)
	}
	b.Text(" FROM (SELECT *, row_number() OVER () AS ", w.row, " FROM ", w.left.Name, ") AS l")
	if w.c.Direction != "forward" {
		w.join("b", ">=")
	}
	if w.c.Direction != "backward" {
		w.join("f", "<=")
	}
	b.Text(" ORDER BY l.", w.row)
	return b.Query()
}

// join leaves out right rows with empty keys, for to an asof join these are equal to each other.
func (w *nearest) join(side, compare string) {
	b := &w.b
	b.Text(" ASOF LEFT JOIN (SELECT *, true AS ", w.found, " FROM (SELECT *, row_number() OVER () AS ", w.row, " FROM ", w.right.Name, ") WHERE ")
	for _, k := range w.c.On {
		b.Name(k.right()).Text(" IS NOT NULL AND ")
	}
	b.Name(w.c.Nearest.right()).Text(" IS NOT NULL QUALIFY row_number() OVER (PARTITION BY ")
	for _, k := range w.c.On {
		b.Name(k.right()).Text(", ")
	}
	b.Name(w.c.Nearest.right()).Text(" ORDER BY ", w.row, " DESC) = 1) AS ", side, " ON ")
	w.c.equal(b, w.left, w.right, side)
	if len(w.c.On) > 0 {
		b.Text(" AND ")
	}
	b.From("with.nearest", func() {
		b.Text("l.").Name(w.c.Nearest.Left).Text(" ", compare, " ", side, ".").Name(w.c.Nearest.right())
	})
}

func (w *nearest) column(col column) {
	if col.all != "" || col.left != "" {
		if col.all == "r.*" {
			return
		}
		col.write(&w.b, "")
		return
	}
	b := &w.b
	switch w.c.Direction {
	case "backward":
		w.within("b")
		b.Text(" THEN b.").Name(col.right)
	case "forward":
		w.within("f")
		b.Text(" THEN f.").Name(col.right)
	default:
		w.within("b")
		b.Text(" AND (f.", w.found, " IS NULL OR ")
		w.distance("b")
		b.Text(" <= ")
		w.distance("f")
		b.Text(") THEN b.").Name(col.right).Text(" ELSE ")
		w.within("f")
		b.Text(" THEN f.").Name(col.right).Text(" END")
	}
	b.Text(" END AS ").Name(col.as)
}

// within begins a CASE with the condition that a partner was found and is near enough.
func (w *nearest) within(side string) {
	w.b.Text("CASE WHEN ", side, ".", w.found, " AND l.").Name(w.c.Nearest.Left).Text(" IS NOT NULL")
	if w.c.Tolerance == "" {
		return
	}
	most, _ := w.c.apart(columns.Type(w.left, w.c.Nearest.Left))
	w.b.Text(" AND ")
	w.distance(side)
	w.b.Text(" <= ", most)
}

// distance writes how far a partner is: a number, or microseconds.
func (w *nearest) distance(side string) {
	left := "l." + sqltext.Quote(w.c.Nearest.Left)
	right := side + "." + sqltext.Quote(w.c.Nearest.right())
	if columns.Temporal(columns.Type(w.left, w.c.Nearest.Left)) {
		left, right = "epoch_us("+left+")", "epoch_us("+right+")"
	}
	w.b.From("with.nearest", func() { w.b.Text("(greatest(", left, ", ", right, ") - least(", left, ", ", right, "))") })
}

var lengths = map[string]int64{"microsecond": 1, "millisecond": 1e3, "second": 1e6, "minute": 60e6, "hour": 3600e6, "day": 86400e6, "week": 7 * 86400e6}

var length = pattern.Of(`^(\d+(?:\.\d+)?)\s*([a-z]+?)s?$`)

// apart gives the tolerance as distance has it, or what is wrong with it for a column of that type; "" is not known.
func (c Config) apart(typ string) (sql, problem string) {
	text := strings.ToLower(strings.TrimSpace(c.Tolerance))
	_, err := strconv.ParseFloat(text, 64)
	number := err == nil
	if number && !columns.Temporal(typ) {
		return text, ""
	}
	m := length.FindStringSubmatch(text)
	switch {
	case number:
		return "", fmt.Sprintf("The columns are times; %s has no unit. Write a length of time such as 30 seconds, 5 minutes, 2 hours or 1 day.", text)
	case m == nil || lengths[m[2]] == 0:
		return "", fmt.Sprintf("%q is neither a number nor a length of time such as 30 seconds, 5 minutes, 2 hours or 1 day.", c.Tolerance)
	case typ != "" && !columns.Temporal(typ):
		return "", fmt.Sprintf("The columns are %s, so that the tolerance must be a number.", typ)
	}
	n, _ := strconv.ParseFloat(m[1], 64)
	return strconv.FormatFloat(n*float64(lengths[m[2]]), 'f', 0, 64), ""
}
