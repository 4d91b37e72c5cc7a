package duck

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/transform/aggregate"
	"dataflow/ide-go-lib/table/transform/flatten"
	"dataflow/ide-go-lib/table/transform/pivot"
	"dataflow/ide-go-lib/table/transform/sql"
)

var traced = map[string]table.Input{
	"table": {Columns: []table.Column{{Name: "a", Type: "BIGINT"}, {Name: "b", Type: "VARCHAR"}, {Name: "l", Type: "INTEGER[]"}, {Name: "t", Type: "TIMESTAMP"}, {Name: "s", Type: "STRUCT(x INTEGER, y VARCHAR)"}}},
	"other": {Columns: []table.Column{{Name: "a", Type: "BIGINT"}, {Name: "c", Type: "VARCHAR"}, {Name: "t", Type: "TIMESTAMP"}}},
}

// toldAs writes lineage as a person would: x<-table.a IDENTITY, and what decides about rows after a bar.
func toldAs(l table.Lineage) string {
	origins := func(list []table.Origin) string {
		parts := make([]string, len(list))
		for i, o := range list {
			name := o.Port[:1]
			if o.Column != "" {
				name += "." + o.Column
			}
			parts[i] = name + " " + strings.Trim(fmt.Sprint(o.How), "[]")
		}
		return strings.Join(parts, ", ")
	}
	parts := make([]string, len(l.Columns))
	for i, c := range l.Columns {
		parts[i] = c.Name + " <- " + origins(c.From)
	}
	text := strings.Join(parts, "; ")
	if rows := origins(l.Rows); rows != "" {
		text += " | " + rows
	}
	if l.Opaque {
		text += " (opaque)"
	}
	return text
}

// TestColumnsOfQueries has t for the input of the node and o for a second one.
func TestColumnsOfQueries(t *testing.T) {
	e := newEngine(t)
	for query, want := range map[string]string{
		// What is read
		"SELECT a FROM input": "a <- t.a IDENTITY",
		"SELECT i.a AS x, i.a + 1 AS y, upper(b) AS z FROM input i":   "x <- t.a IDENTITY; y <- t.a TRANSFORMATION; z <- t.b TRANSFORMATION",
		"SELECT * EXCLUDE (l, t, s) REPLACE (b || a AS b) FROM input": "a <- t.a IDENTITY; b <- t.a TRANSFORMATION, t.b TRANSFORMATION",
		"SELECT COLUMNS('^(a|b)$') FROM input":                        "a <- t.a IDENTITY; b <- t.b IDENTITY",
		"SELECT 1 AS one, random() AS r FROM input":                   "one <- ; r <- ",
		"SELECT s.x AS x, (s).y AS y FROM input":                      "x <- t.s TRANSFORMATION; y <- t.s TRANSFORMATION",
		"SELECT a AS x, x * 2 AS y FROM input WHERE y > 1":            "x <- t.a IDENTITY; y <- t.a TRANSFORMATION | t.a FILTER",
		// What decides
		"SELECT b FROM input WHERE a > 1 ORDER BY t":                    "b <- t.b IDENTITY | t.a FILTER, t.t SORT",
		"SELECT CASE WHEN a > 1 THEN b ELSE 'x' END AS v FROM input":    "v <- t.a CONDITIONAL, t.b TRANSFORMATION",
		"SELECT coalesce(b, 'x') AS v, if(a > 1, 1, 2) AS w FROM input": "v <- t.b TRANSFORMATION; w <- t.a CONDITIONAL",
		"SELECT DISTINCT b FROM input":                                  "b <- t.b IDENTITY | t.b GROUP_BY",
		"SELECT DISTINCT ON (b) a FROM input ORDER BY b, t DESC":        "a <- t.a IDENTITY | t.b GROUP_BY SORT, t.t SORT",
		"SELECT a FROM input LIMIT 3":                                   "a <- t.a IDENTITY",
		"SELECT b FROM input LIMIT (SELECT max(a) FROM other)":          "b <- t.b IDENTITY | o.a FILTER",
		"SELECT a FROM input USING SAMPLE 3":                            "a <- t.a IDENTITY",
		// What is summed up
		"SELECT b, sum(a) AS n, count(*) AS m FROM input GROUP BY b HAVING max(t) > '2020-01-01'": "b <- t.b IDENTITY; n <- t.a AGGREGATION; m <-  | t.b GROUP_BY, t.t FILTER",
		"SELECT b, sum(a) FILTER (WHERE t > '2020-01-01') AS n FROM input GROUP BY ALL":           "b <- t.b IDENTITY; n <- t.a AGGREGATION, t.t CONDITIONAL | t.b GROUP_BY",
		"SELECT string_agg(b, ',' ORDER BY t) AS v, max(a + 1) * 2 AS w FROM input":               "v <- t.b AGGREGATION, t.t SORT; w <- t.a AGGREGATION",
		"SELECT b, grouping(b) AS g, sum(a) AS n FROM input GROUP BY ROLLUP (b)":                  "b <- t.b IDENTITY; g <- t.b GROUP_BY; n <- t.a AGGREGATION | t.b GROUP_BY",
		// Windows
		"SELECT row_number() OVER (PARTITION BY b ORDER BY t) AS n FROM input":              "n <- t.b WINDOW, t.t WINDOW",
		"SELECT sum(a) OVER w AS n, lag(b) OVER w AS p FROM input WINDOW w AS (ORDER BY t)": "n <- t.a AGGREGATION, t.t WINDOW; p <- t.b TRANSFORMATION, t.t WINDOW",
		"SELECT a FROM input QUALIFY row_number() OVER (PARTITION BY b ORDER BY t) = 1":     "a <- t.a IDENTITY | t.b FILTER, t.t FILTER",
		// Joins
		"SELECT x.b, c FROM input x JOIN other USING (a)":                                 "b <- t.b IDENTITY; c <- o.c IDENTITY | o.a JOIN, t.a JOIN",
		"SELECT a, c FROM input FULL JOIN other USING (a)":                                "a <- o.a TRANSFORMATION, t.a TRANSFORMATION; c <- o.c IDENTITY | o.a JOIN, t.a JOIN",
		"SELECT i.b, o.c FROM input i LEFT JOIN other o ON i.a > o.a OR i.b = o.c":        "b <- t.b IDENTITY; c <- o.c IDENTITY | o.a JOIN, o.c JOIN, t.a JOIN, t.b JOIN",
		"SELECT i.b, o.c FROM input i ASOF LEFT JOIN other o ON i.a = o.a AND i.t >= o.t": "b <- t.b IDENTITY; c <- o.c IDENTITY | o.a JOIN, o.t JOIN, t.a JOIN, t.t JOIN",
		"SELECT b FROM input SEMI JOIN other USING (a)":                                   "b <- t.b IDENTITY | o.a JOIN, t.a JOIN",
		"SELECT b FROM input ANTI JOIN other USING (a)":                                   "b <- t.b IDENTITY | o.a JOIN, t.a JOIN",
		"SELECT i.b, o.c FROM input i, other o":                                           "b <- t.b IDENTITY; c <- o.c IDENTITY",
		"SELECT b, c FROM input POSITIONAL JOIN other":                                    "b <- t.b IDENTITY; c <- o.c IDENTITY",
		// Set operations
		"SELECT a, b FROM input UNION ALL BY NAME SELECT c AS b, a FROM other": "a <- o.a IDENTITY, t.a IDENTITY; b <- o.c IDENTITY, t.b IDENTITY",
		"SELECT b FROM input UNION SELECT c FROM other":                        "b <- o.c IDENTITY, t.b IDENTITY | o.c GROUP_BY, t.b GROUP_BY",
		"SELECT a FROM input EXCEPT ALL SELECT a FROM other":                   "a <- t.a IDENTITY | o.a FILTER, t.a FILTER",
		"SELECT a FROM input INTERSECT ALL SELECT a FROM other":                "a <- t.a IDENTITY | o.a FILTER, t.a FILTER",
		// Names of queries
		"WITH x AS (SELECT a AS k, b FROM input WHERE t IS NULL), y AS (SELECT k, count(*) AS n FROM x GROUP BY k) SELECT x.b, y.n FROM x JOIN y USING (k)": "b <- t.b IDENTITY; n <-  | t.a JOIN GROUP_BY, t.t FILTER",
		"WITH input AS (SELECT b AS a FROM input) SELECT a FROM input":                                                                                      "a <- t.b IDENTITY",
		"WITH RECURSIVE r AS (SELECT a, 0 AS d, b FROM input UNION ALL SELECT o.a, d + 1, c FROM r JOIN other o USING (a)) SELECT a, b FROM r":              "a <- o.a IDENTITY, t.a IDENTITY; b <- o.c IDENTITY, t.b IDENTITY | o.a JOIN, t.a JOIN",
		// Subqueries
		"SELECT b FROM input WHERE a IN (SELECT a FROM other WHERE c = 'x')":              "b <- t.b IDENTITY | o.a FILTER, o.c FILTER, t.a FILTER",
		"SELECT b FROM input i WHERE EXISTS (SELECT 1 FROM other o WHERE o.a = i.a)":      "b <- t.b IDENTITY | o.a FILTER, t.a FILTER",
		"SELECT b, (SELECT max(c) FROM other o WHERE o.a = i.a) AS m FROM input i":        "b <- t.b IDENTITY; m <- o.a FILTER, o.c AGGREGATION, t.a JOIN GROUP_BY FILTER",
		"SELECT i.b, z.c FROM input i, LATERAL (SELECT c FROM other o WHERE o.a = i.a) z": "b <- t.b IDENTITY; c <- o.c IDENTITY | o.a FILTER, t.a JOIN FILTER",
		"SELECT (SELECT sum(a) FROM other) AS n FROM input":                               "n <- o.a AGGREGATION",
		// Lists
		"SELECT b, unnest(l) AS u FROM input":                       "b <- t.b IDENTITY; u <- t.l TRANSFORMATION | t.l FILTER",
		"SELECT b, u FROM input, unnest(l) AS q(u)":                 "b <- t.b IDENTITY; u <- t.l TRANSFORMATION | t.l JOIN FILTER",
		"SELECT list_transform(l, lambda v: v + a) AS m FROM input": "m <- t.a TRANSFORMATION, t.l TRANSFORMATION",
		"SELECT [x * a for x in l if x > 1] AS m FROM input":        "m <- t.a TRANSFORMATION, t.l TRANSFORMATION",
		// Turned
		"SELECT * FROM (PIVOT (SELECT a, b, t FROM input) ON b IN ('x', 'y') USING sum(a) GROUP BY t)": "t <- t.t IDENTITY; x <- t.a AGGREGATION, t.b CONDITIONAL; y <- t.a AGGREGATION, t.b CONDITIONAL | t.t GROUP_BY",
		"FROM (UNPIVOT (SELECT a, a + 1 AS d FROM input) ON a, d INTO NAME n VALUE v)":                 "n <- ; v <- t.a TRANSFORMATION | t.a FILTER",
		"SELECT v.k, i.b FROM (VALUES (1, 'x')) v(k, w) JOIN input i ON i.a = v.k":                     "k <- ; b <- t.b IDENTITY | t.a JOIN",
	} {
		t.Run(query, func(t *testing.T) {
			got, err := e.Trace(t.Context(), tenant, sql.Config{Select: table.SQL{Text: query}}, traced, nil)
			if err != nil {
				t.Fatal(err)
			}
			if text := toldAs(got); text != want {
				t.Errorf("\n got %s\nwant %s", text, want)
			}
		})
	}
}

// Bound values are part of a query, and no column's.
func TestColumnsOfAQueryWithValues(t *testing.T) {
	e := newEngine(t)
	for _, value := range []any{nil, "x", true, 3, 2.5, []any{1, 2}, map[string]any{"k": "it's"}} {
		got, err := e.Trace(t.Context(), tenant, sql.Config{Select: table.SQL{Text: "SELECT a, $1 AS v FROM input WHERE $1 IS NOT NULL", Args: []any{value}}}, traced, nil)
		if err != nil {
			t.Fatalf("%v: %v", value, err)
		}
		if text := toldAs(got); text != "a <- t.a IDENTITY; v <- " {
			t.Errorf("%v: %s", value, text)
		}
	}
}

// What stands in the way of a query stands in the way of its lineage, and nothing is left of either.
func TestColumnsOfAWrongQuery(t *testing.T) {
	e := newEngine(t)
	for query, code := range map[string]string{
		"SELECT nothing FROM input":             "sql_invalid",
		"SELECT a FROM":                         "sql_invalid",
		"SELECT * FROM read_csv('/etc/passwd')": "sql_forbidden",
		"SELECT a FROM elsewhere":               "sql_forbidden",
	} {
		_, err := e.Trace(t.Context(), tenant, sql.Config{Select: table.SQL{Text: query}}, traced, nil)
		if got := errs.From(err); err == nil || got.Code != code && got.Code != "column_unknown" {
			t.Errorf("%s: %v", query, err)
		}
	}
	if _, err := e.Trace(t.Context(), tenant, sql.Config{Select: table.SQL{Text: "SELECT a FROM _t1"}}, nil, nil); err == nil {
		t.Error("tables that stood for inputs are still there")
	}
}

// A relation that has to see data tells of the columns that it gave at another time.
func TestColumnsThatOnlyDataTells(t *testing.T) {
	e := newEngine(t)
	in := map[string]table.Input{"table": {Columns: []table.Column{{Name: "day", Type: "DATE"}, {Name: "j", Type: "JSON"}, {Name: "n", Type: "BIGINT"}}}}
	past := []table.Column{{Name: "day", Type: "DATE"}, {Name: "j_a", Type: "BIGINT"}, {Name: "n", Type: "BIGINT"}}
	if _, err := e.Trace(t.Context(), tenant, flatten.Config{Prefix: true, Separator: "_"}, in, nil); errs.From(err).Code != "columns_unknown" {
		t.Errorf("%v", err)
	}
	got, err := e.Trace(t.Context(), tenant, flatten.Config{Prefix: true, Separator: "_"}, in, past)
	if want := "day <- t.day IDENTITY; j_a <- t.j TRANSFORMATION; n <- t.n IDENTITY"; err != nil || toldAs(got) != want {
		t.Errorf("%s, %v", toldAs(got), err)
	}
	p := pivot.Config{By: []string{"day"}, Column: "j", Values: []aggregate.Value{{Function: "sum", Column: "n"}}}
	got, err = e.Trace(t.Context(), tenant, p, in, []table.Column{{Name: "day", Type: "DATE"}, {Name: "x", Type: "BIGINT"}})
	if want := "day <- t.day IDENTITY; x <- t.j CONDITIONAL, t.n AGGREGATION | t.day GROUP_BY"; err != nil || toldAs(got) != want {
		t.Errorf("%s, %v", toldAs(got), err)
	}
}

func TestTablesThatAQueryNames(t *testing.T) {
	e := newEngine(t)
	for query, want := range map[string]string{
		"SELECT * FROM sales.orders o JOIN customers c USING (id)":                                  ".sales.orders ..customers",
		"WITH orders AS (SELECT * FROM orders), x AS (SELECT * FROM orders) SELECT * FROM x, a.b.c": "..orders a.b.c",
		"SELECT (SELECT max(id) FROM s.t) FROM u WHERE EXISTS (SELECT 1 FROM v)":                    ".s.t ..u ..v",
		"SELECT TOP 3 * FROM [x] FOR XML":                                                           "unread",
	} {
		tables, ok, err := e.Mentioned(t.Context(), tenant, query)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, n := range tables {
			names = append(names, n.Catalog+"."+n.Schema+"."+n.Table)
		}
		slices.Sort(names)
		wanted := strings.Fields(want)
		slices.Sort(wanted)
		if !ok {
			names = []string{"unread"}
		}
		if !slices.Equal(names, wanted) {
			t.Errorf("%s: %v", query, names)
		}
	}
}
