package duck

import (
	"fmt"
	"os"
	"strings"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/exact"
	"dataflow/ide-go-lib/table/sqltext"
)

// csvField is a column of a file and, where DuckDB might read its texts as something else than they are, how that is found
// out: DuckDB takes 1.7 for the BIGINT 2.
type csvField struct {
	table.Column
	as    string                          // what DuckDB reads it as at first; "" is its type
	kept  func(text, value string) string // of a text: the condition about it and its value
	often func(text string) string        // of a text that has a value: a quick condition under which it is kept; nil is none
	wrong func(name string) string        // of a DOUBLE or a TIMESTAMP: the condition about it
}

func (c csvField) read() string {
	if c.as != "" {
		return c.as
	}
	return c.Type
}

// guess is for a type that the beginning of the file suggests: a number behind it has to stay the same one. As DOUBLE that is
// seen at next to no cost, where all were short so far.
func (c *csvField) guess(long bool) {
	switch {
	case c.Type == "BIGINT" && !long:
		c.as, c.wrong = "DOUBLE", func(name string) string {
			return name + " <> trunc(" + name + ") OR abs(" + name + ") >= " + wholeInDouble
		}
	case c.Type == "DOUBLE":
		c.as, c.wrong = "DOUBLE", func(name string) string {
			return "abs(" + name + ") >= " + wholeInDouble + " AND NOT isnan(" + name + ")"
		}
	case c.Type == "BIGINT" || strings.HasPrefix(c.Type, "DECIMAL("):
		c.want()
	case c.Type == "DATE": // which would leave out a time of day, and whatever else follows
		c.as, c.wrong = "TIMESTAMP", func(name string) string { return "CAST(CAST(" + name + " AS DATE) AS TIMESTAMP) <> " + name }
	default:
		c.guessAs()
	}
}

// wholeInDouble is 2^53, from where on DOUBLE does not keep all whole numbers.
const wholeInDouble = "9007199254740992"

// want is for a type that the user asks for: a number has to stay the same one.
func (c *csvField) want() {
	if condition := exact.Kept("t", "VARCHAR", c.Type); condition == "" {
		return
	}
	c.as, c.kept = "VARCHAR", func(text, value string) string {
		return value + " IS NOT NULL AND " + exact.Kept(text, "VARCHAR", c.Type)
	}
}

func tableColumns(columns []csvField) []table.Column {
	out := make([]table.Column, len(columns))
	for i, c := range columns {
		out[i] = c.Column
	}
	return out
}

// csvQuery reads the file, and ends at a value that would not stay what it is, or leaves its row out; left counts such rows.
func (r *reading) csvQuery(d dialect, columns []csvField, how string) (text, left string) {
	from := r.csvFunction(d, columns, how)
	named := tableColumns(columns)
	value := func(i int) string {
		name := fmt.Sprintf("%s_v%d", internalPrefix, i)
		for has(named, name) {
			name += "_"
		}
		return sqltext.Quote(name)
	}
	var out, casts, good []string
	for i, c := range columns {
		name := sqltext.Quote(c.Name)
		wrong := "error('CSV Error: Error when converting column ' || " + sqltext.Literal(`"`+c.Name+`". Could not convert string "`) + " || CAST(" + name + " AS VARCHAR) || " + sqltext.Literal(`" to '`+c.Type+`'`) + ")"
		if c.wrong != nil {
			out = append(out, "CASE WHEN "+c.wrong(name)+" THEN "+wrong+" ELSE CAST("+name+" AS "+c.Type+") END AS "+name)
			continue
		}
		if c.kept == nil {
			out = append(out, name)
			continue
		}
		casts = append(casts, exact.Tried(name, c.Type)+" AS "+value(i))
		kept := name + " IS NULL OR coalesce(" + c.kept(name, value(i)) + ", false)"
		if r.skips() {
			good = append(good, "("+kept+")")
			out = append(out, value(i)+" AS "+name)
			continue
		}
		often := "" // a branch of its own, so that the others are worked out for what is left only
		if c.often != nil {
			often = "WHEN " + value(i) + " IS NOT NULL AND (" + c.often(name) + ") THEN " + value(i) + " "
		}
		out = append(out, "CASE "+often+"WHEN "+kept+" THEN "+value(i)+" ELSE "+wrong+" END AS "+name)
	}
	if casts != nil {
		from = "(SELECT *, " + strings.Join(casts, ", ") + " FROM " + from + ")"
	}
	text = "SELECT " + strings.Join(out, ", ") + " FROM " + from
	if good == nil {
		return text, ""
	}
	return text + " WHERE " + strings.Join(good, " AND "), "SELECT count(*) FROM " + from + " WHERE NOT (" + strings.Join(good, " AND ") + ")"
}

// lineOf gives the line of the first record that has a text in a column; 0 when there is none.
func (r *reading) lineOf(column, text string) int {
	sample, all, err := r.sample()
	if err != nil {
		return 0
	}
	d, err := sniff(sample, all, r.file, r.opts)
	if err != nil {
		return 0
	}
	in, err := os.Open(r.path)
	if err != nil {
		return 0
	}
	defer in.Close()
	s := newCSVScanner(in, d)
	for first := true; ; first = false {
		fields, line, err := s.next()
		if err != nil {
			return 0
		}
		for i, f := range fields[:min(len(fields), len(d.names))] {
			if d.names[i] == column && string(f) == text && !(first && d.header) {
				return line
			}
		}
	}
}
