package nodes_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/engine/step"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/lineage"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/table"
)

// shopNames calls the tables of the connection shop as a server would.
func shopNames(t *testing.T, b *bench, doc *flow.Document, ran engine.NodeOutputs) *lineage.Graph {
	t.Helper()
	around := step.Around{}
	around.Name = func(_ context.Context, _ string, d node.Dataset) (string, string) {
		if d.Kind != node.DatasetTable {
			return lineage.PlainName(d)
		}
		return lineage.TableName("postgres", map[string]any{"host": "db", "port": 5432, "database": "shop"}, d.Connection, d.Schema, d.Name)
	}
	g, err := b.Lineage(t.Context(), engine.Task{Tenant: tenant, Document: doc, Attempt: 1, Scope: engine.Scope{Params: map[string]any{"who": "Ada", "nobody": nil}, Nodes: ran}}, around)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func datasets(g *lineage.Graph) []string {
	var list []string
	for _, d := range g.Datasets {
		list = append(list, fmt.Sprintf("%s %s <%s >%s", d.Namespace, d.Name, strings.Join(d.Reads, ","), strings.Join(d.Writes, ",")))
	}
	return list
}

// What nodes read and write is known before a run, by the names that the world has for it.
func TestDatasetsOfNodes(t *testing.T) {
	b := newBench(t)
	with := func(pairs ...any) map[string]any {
		m := map[string]any{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i].(string)] = pairs[i+1]
		}
		return m
	}
	for name, c := range map[string]struct {
		node flow.Node
		want []string
		gaps []string
	}{
		"a table": {
			flow.Node{Type: "sql.read", With: with("connection", "shop", "schema", "sales", "table", "orders")},
			[]string{"postgres://db:5432 shop.sales.orders <n >"}, []string{lineage.ColumnsUnknown},
		},
		"a query": {
			flow.Node{Type: "sql.read", With: with("connection", "shop", "query", "WITH c AS (SELECT * FROM crm.customers) SELECT * FROM orders JOIN c USING (id) WHERE who = {{ params.who }}")},
			[]string{"postgres://db:5432 shop.crm.customers <n >", "postgres://db:5432 shop.public.orders <n >"}, []string{lineage.Opaque, lineage.ColumnsUnknown},
		},
		"a query that only its database understands": {
			flow.Node{Type: "sql.read", With: with("connection", "shop", "query", "SELECT TOP 3 * FROM [orders]")},
			[]string{"connection://shop query-c3649f534306 <n >"}, []string{lineage.QueryUnread, lineage.ColumnsUnknown},
		},
		"a table that is written": {
			flow.Node{Type: "sql.write", With: with("connection", "shop", "table", "orders", "mode", "append")},
			[]string{"postgres://db:5432 shop.public.orders < >n"}, nil,
		},
		"a topic": {
			flow.Node{Type: "message.read", With: with("connection", "events", "topic", "orders")},
			[]string{"postgres://db:5432 shop.public.orders <n >"}, nil,
		},
		"a topic whose fields become columns": {
			flow.Node{Type: "message.read", With: with("connection", "events", "topic", "orders", "spread", true)},
			[]string{"postgres://db:5432 shop.public.orders <n >"}, []string{lineage.ColumnsUnknown},
		},
		"keys that are written": {
			flow.Node{Type: "keys.write", With: with("connection", "cache", "prefix", "user:")},
			[]string{"postgres://db:5432 shop.public.user:* < >n"}, nil,
		},
		"a file whose name has an expression": {
			flow.Node{Type: "file.read", With: with("path", "data/{{ params.who }}.csv")},
			[]string{"file data/Ada.csv <n >"}, []string{lineage.SourceMissing, lineage.ColumnsUnknown},
		},
		"an address": {
			flow.Node{Type: "http.request", With: with("url", "https://api.example.org/items?key=secret")},
			[]string{"https://api.example.org items <n >"}, []string{lineage.ColumnsUnknown},
		},
		"an address that is written to": {
			flow.Node{Type: "http.request", With: with("url", "https://api.example.org/items", "method", "POST")},
			[]string{"https://api.example.org items < >n"}, nil,
		},
		"pages of a web service": {
			flow.Node{Type: "http.read", With: with("connection", "api", "url", "people?page=1")},
			[]string{"connection://api people <n >"}, []string{lineage.ColumnsUnknown},
		},
		"a path of a web service": {
			flow.Node{Type: "http.request", With: with("connection", "api", "url", "people", "method", "DELETE")},
			[]string{"connection://api people < >n"}, nil,
		},
		"an object": {
			flow.Node{Type: "storage.get", With: with("connection", "bucket", "name", "in/{{ params.who }}.csv")},
			[]string{"connection://bucket in/Ada.csv <n >"}, []string{lineage.ColumnsUnknown},
		},
		"objects that are read": {
			flow.Node{Type: "storage.read", With: with("connection", "bucket", "match", "in/{{ params.who }}/**/*.csv")},
			[]string{"connection://bucket in/Ada/ <n >"}, []string{lineage.ColumnsUnknown},
		},
		"a table in parts": {
			flow.Node{Type: "storage.put", With: with("connection", "bucket", "name", "out", "partition_by", []any{"day"})},
			[]string{"connection://bucket out/ < >n"}, nil,
		},
		"documents": {
			flow.Node{Type: "mongo.read", With: with("connection", "catalog", "collection", "orders", "filter", `{"who": {{ params.who }}}`)},
			[]string{"postgres://db:5432 shop.public.orders <n >"}, []string{lineage.ColumnsUnknown},
		},
		"documents of a pipeline": {
			flow.Node{Type: "mongo.read", With: with("connection", "catalog", "database", "sales", "collection", "orders",
				"pipeline", `[{"$match": {"who": {{ params.who }}}}, {"$lookup": {"from": "people", "as": "p", "pipeline": [{"$unionWith": "staff"}]}}]`)},
			[]string{"postgres://db:5432 shop.sales.orders <n >", "postgres://db:5432 shop.sales.people <n >", "postgres://db:5432 shop.sales.staff <n >"},
			[]string{lineage.Opaque, lineage.ColumnsUnknown},
		},
		"documents of collections that a run chooses": {
			flow.Node{Type: "mongo.read", With: with("connection", "catalog", "collection", "orders",
				"pipeline", `[{"$lookup": {"from": {{ item.of }}, "as": "p"}}, {"$unionWith": "old_{{ item.of }}"}, {"$match": {"s": "\\\"{{ item.of }}"}}, {"$unionWith": {"coll": "staff"}}]`)},
			[]string{"postgres://db:5432 shop.public.orders <n >", "postgres://db:5432 shop.public.staff <n >"},
			[]string{lineage.Opaque, lineage.ColumnsUnknown, lineage.ConfigUnknown, lineage.ConfigUnknown},
		},
		"documents of a collection that nobody has chosen": {
			flow.Node{Type: "mongo.read", With: with("connection", "catalog", "collection", "orders",
				"pipeline", `[{"$lookup": {"from": {{ params.nobody }}, "as": "p"}}, {"$graphLookup": {"from": "{{ params.nobody }}"}}, {"$lookup": {"pipeline": [{"$documents": [{"a": 1}]}], "as": "x"}}]`)},
			[]string{"postgres://db:5432 shop.public.orders <n >"},
			[]string{lineage.Opaque, lineage.ColumnsUnknown, lineage.ConfigUnknown, lineage.ConfigUnknown},
		},
		"documents that are written": {
			flow.Node{Type: "mongo.write", With: with("connection", "catalog", "collection", "orders")},
			[]string{"postgres://db:5432 shop.public.orders < >n"}, nil,
		},
		"mails": {
			flow.Node{Type: "mail.read", With: with("connection", "mailbox", "folder", "Bills", "attachments", "mails")},
			[]string{"file mails/ < >n", "postgres://db:5432 shop.public.Bills <n >"}, nil,
		},
		"mails that are sent": {
			flow.Node{Type: "mail.send", With: with("connection", "outbox", "to", "{{ item }}", "subject", "x", "text", "x", "attachments", []any{"terms.txt", "bills/{{ item }}.pdf"})},
			[]string{"file terms.txt <n >", "postgres://db:5432 shop.public.mails < >n"}, nil,
		},
		"objects that are written": {
			flow.Node{Type: "storage.put", With: with("connection", "bucket", "name", "out/")},
			[]string{"connection://bucket out/ < >n"}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			c.node.ID = "n"
			doc := &flow.Document{Spec: flow.Spec{Nodes: []flow.Node{c.node}}}
			g := shopNames(t, b, doc, nil)
			if got := datasets(g); !slices.Equal(got, c.want) {
				t.Errorf("%q, not %q", got, c.want)
			}
			var gaps []string
			for _, gap := range g.Gaps {
				gaps = append(gaps, gap.Code)
			}
			if !slices.Equal(gaps, c.gaps) {
				t.Errorf("%q, not %q", gaps, c.gaps)
			}
		})
	}
}

// Through what decides which way a run goes, what waits, what catches and what repeats, a table's columns stay what they are.
func TestColumnsThroughControl(t *testing.T) {
	b := newBench(t)
	rows := flow.Node{ID: "rows", Type: "value.set", With: map[string]any{"value": []any{map[string]any{"n": 1, "s": "x"}}}}
	typed := flow.Node{ID: "typed", Type: "table.filter", With: map[string]any{"where": "n > 0"}, In: map[string]flow.Sources{"table": {"rows"}}}
	inner := func(source string) []flow.Node {
		return []flow.Node{{ID: "inner", Type: "table.derive", With: map[string]any{"columns": []any{map[string]any{"name": "m", "expression": "n * 2"}}}, In: map[string]flow.Sources{"table": {source}}}}
	}
	in := func(port, source string) map[string]flow.Sources { return map[string]flow.Sources{port: {source}} }
	for name, c := range map[string]struct {
		node flow.Node
		port string
	}{
		"if":     {flow.Node{Type: "control.if", With: map[string]any{"condition": true}, In: in("value", "typed")}, "true"},
		"switch": {flow.Node{Type: "control.switch", With: map[string]any{"value": 1, "cases": []any{map[string]any{"name": "one", "equals": 1}}}, In: in("value", "typed")}, "one"},
		"merge":  {flow.Node{Type: "control.merge", In: in("value", "typed")}, "value"},
		"wait":   {flow.Node{Type: "control.wait", With: map[string]any{"for": "1s"}, In: in("value", "typed")}, "value"},
		"return": {flow.Node{Type: "control.return", In: in("value", "typed")}, "value"},
		"try":    {flow.Node{Type: "control.try", Nodes: inner("typed"), Catch: []flow.Node{{ID: "caught", Type: "table.limit", With: map[string]any{"rows": 1}, In: in("table", "typed")}}}, "value"},
		"loop":   {flow.Node{Type: "control.loop", With: map[string]any{"until": "{{ index > 1 }}"}, In: in("value", "typed"), Nodes: inner("item")}, "value"},
		"map":    {flow.Node{Type: "control.map", In: in("items", "typed"), Nodes: inner("typed")}, "results"},
	} {
		t.Run(name, func(t *testing.T) {
			c.node.ID = "n"
			doc := &flow.Document{Spec: flow.Spec{Nodes: []flow.Node{rows, typed, c.node}}}
			g := shopNames(t, b, doc, nil)
			if len(g.Gaps) > 0 {
				t.Errorf("%+v", g.Gaps)
			}
			p := g.Node("n").Port(c.port)
			if p == nil || len(p.Columns) < 2 || p.Columns[1].Name != "s" {
				t.Fatalf("%+v", p)
			}
			for _, o := range g.Sources("n", c.port, "s") {
				if o.Node != "rows" || o.Column == "" {
					t.Errorf("%+v", o)
				}
			}
			if from := g.Sources("n", c.port, "s"); len(from) != 2 { // itself, and what it is filtered by
				t.Errorf("%+v", from)
			}
		})
	}
}

// Rows that are removed by their keys are told by those; nothing is written into the table's columns.
func TestKeysOfRowsThatAreRemoved(t *testing.T) {
	b := newBench(t)
	doc := &flow.Document{Spec: flow.Spec{Nodes: []flow.Node{
		{ID: "rows", Type: "value.set", With: map[string]any{"value": []any{map[string]any{"id": 1, "s": "x"}}}},
		{ID: "n", Type: "sql.write", With: map[string]any{"connection": "shop", "table": "orders", "mode": "delete", "keys": []any{"id"}}, In: map[string]flow.Sources{"table": {"rows"}}},
	}}}
	d := shopNames(t, b, doc, nil).Datasets[0]
	if len(d.Columns) > 0 || len(d.All) > 0 || len(d.Rows) != 1 || d.Rows[0].Column != "id" || !slices.Equal(d.Rows[0].How, []table.How{table.ByFilter}) {
		t.Errorf("%+v", d)
	}
}

// The column for the names of objects is none of their columns; those of folders are columns of the whole, as they are when
// a table is put in parts.
func TestColumnsOfObjects(t *testing.T) {
	b := newBench(t)
	doc := &flow.Document{Spec: flow.Spec{Nodes: []flow.Node{
		{ID: "read", Type: "storage.read", With: map[string]any{"connection": "bucket", "prefix": "in/", "source": "object"}},
		{ID: "put", Type: "storage.put", With: map[string]any{"connection": "bucket", "name": "out", "partition_by": []any{"day"}}, In: map[string]flow.Sources{"table": {"read"}}},
	}}}
	columns := []table.Column{{Name: "object", Type: "VARCHAR"}, {Name: "day", Type: "DATE"}, {Name: "id", Type: "BIGINT"}}
	ran := engine.NodeOutputs{"read": value.Outputs{"table": {Kind: value.Table, Table: &table.Meta{Columns: columns}}}}
	g := shopNames(t, b, doc, ran)
	if len(g.Gaps) > 0 {
		t.Errorf("%+v", g.Gaps)
	}
	for name, of := range map[string]int{"object": 0, "day": 1, "id": 1} {
		var from []lineage.Origin
		for _, c := range g.Node("read").Port("table").Columns {
			if c.Name == name {
				from = c.From
			}
		}
		if len(from) != of || of > 0 && (from[0].Column != name || !slices.Equal(from[0].How, []table.How{table.Identity})) {
			t.Errorf("%s: %+v", name, from)
		}
	}
	var in, out []string
	for _, d := range g.Datasets {
		for _, c := range d.Columns {
			if d.Name == "in/" {
				in = append(in, c.Name)
			} else {
				out = append(out, c.Name)
			}
		}
	}
	if !slices.Equal(in, []string{"day", "id"}) || !slices.Equal(out, []string{"object", "day", "id"}) {
		t.Errorf("%q, %q", in, out)
	}
}

// Of a run its own outputs count, not what the source has become since.
func TestColumnsOfARunAreItsOwn(t *testing.T) {
	b := newBench(t)
	doc := &flow.Document{Spec: flow.Spec{Nodes: []flow.Node{{ID: "n", Type: "value.set", With: map[string]any{"value": []any{map[string]any{"now": 1}}}}}}}
	ran := engine.NodeOutputs{"n": value.Outputs{"value": {Kind: value.JSON, Data: []byte(`[{"before": 1}]`)}}}
	for want, of := range map[string]bool{"now": false, "before": true} {
		g, err := b.Lineage(t.Context(), engine.Task{Tenant: tenant, Document: doc, Attempt: 1, Scope: engine.Scope{Nodes: ran}}, step.Around{Ran: of})
		if err != nil {
			t.Fatal(err)
		}
		if c := g.Node("n").Port("value").Columns; len(c) != 1 || c[0].Name != want {
			t.Errorf("%+v, not %s", c, want)
		}
	}
}
