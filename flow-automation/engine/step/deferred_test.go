package step_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/engine/step"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/nodes"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/files"
	"dataflow/ide-go-lib/table"
)

// A table becomes part of its reader's query only where nobody could tell.
func TestWhichTablesAreDeferred(t *testing.T) {
	filter := func(id, from string) flow.Node {
		return flow.Node{ID: id, Type: "table.filter", With: map[string]any{"where": "n > 0"}, In: map[string]flow.Sources{"table": {from}}}
	}
	with := func(n flow.Node, change func(*flow.Node)) flow.Node {
		change(&n)
		return n
	}
	for name, c := range map[string]struct {
		first flow.Node
		more  []flow.Node
		keep  bool
		want  bool
	}{
		"one reader":             {filter("a", "up"), []flow.Node{filter("b", "a")}, false, true},
		"somebody looks":         {filter("a", "up"), []flow.Node{filter("b", "a")}, true, false},
		"no reader":              {filter("a", "up"), nil, false, false},
		"two readers":            {filter("a", "up"), []flow.Node{filter("b", "a"), filter("c", "a")}, false, false},
		"kept":                   {with(filter("a", "up"), func(n *flow.Node) { n.Keep = true }), []flow.Node{filter("b", "a")}, false, false},
		"cached":                 {with(filter("a", "up"), func(n *flow.Node) { n.Cache = &flow.Cache{} }), []flow.Node{filter("b", "a")}, false, false},
		"reader with a retry":    {filter("a", "up"), []flow.Node{with(filter("b", "a"), func(n *flow.Node) { n.Retry = &flow.Retry{} })}, false, false},
		"reader that goes on":    {filter("a", "up"), []flow.Node{with(filter("b", "a"), func(n *flow.Node) { n.OnError = "continue" })}, false, false},
		"waited for":             {filter("a", "up"), []flow.Node{filter("b", "a"), with(filter("c", "up"), func(n *flow.Node) { n.After = []string{"a"} })}, false, false},
		"named in an expression": {filter("a", "up"), []flow.Node{filter("b", "a"), {ID: "c", Type: "value.set", With: map[string]any{"value": "{{ nodes.a.table.rows }}"}}}, false, false},
		"read by an action":      {filter("a", "up"), []flow.Node{{ID: "b", Type: "chart", With: map[string]any{}, In: map[string]flow.Sources{"table": {"a"}}}}, false, false},
		"read in a container": {filter("a", "up"), []flow.Node{{ID: "b", Type: "control.map", With: map[string]any{"items": []any{1}},
			Nodes: []flow.Node{filter("in", "a")}}}, false, false},
		"reader that waits for an approval": {filter("a", "up"), []flow.Node{{ID: "ask", Type: "control.approval", With: map[string]any{"title": "Well?"}},
			with(filter("b", "a"), func(n *flow.Node) { n.After = []string{"ask"} })}, false, false},
		"reader that also takes what is slow": {filter("a", "up"), []flow.Node{{ID: "py", Type: "python", With: map[string]any{"code": "def main(): return 1"}},
			{ID: "b", Type: "table.union", With: map[string]any{}, In: map[string]flow.Sources{"table": {"a", "py"}}}}, false, false},
		"reader that also takes what is quick": {filter("a", "up"), []flow.Node{filter("c", "up"),
			{ID: "b", Type: "table.union", With: map[string]any{}, In: map[string]flow.Sources{"table": {"a", "c"}}}}, false, true},
		"stops at rows": {flow.Node{ID: "a", Type: "table.cast", With: map[string]any{"columns": []any{map[string]any{"name": "n", "type": "VARCHAR"}}}, In: map[string]flow.Sources{"table": {"up"}}},
			[]flow.Node{filter("b", "a")}, false, false},
		"read twice": {filter("a", "up"), []flow.Node{{ID: "b", Type: "table.union", With: map[string]any{}, In: map[string]flow.Sources{"table": {"a", "a"}}}}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			x := step.New(nodes.All(), env(t), nil)
			doc := &flow.Document{}
			doc.Spec.Nodes = append([]flow.Node{c.first}, c.more...)
			out := x.Execute(t.Context(), engine.Task{
				Tenant: tenant, Document: doc, Node: &doc.Spec.Nodes[0], Attempt: 1, Keep: c.keep,
				Scope: engine.Scope{Nodes: engine.NodeOutputs{"up": inline(`[{"n": 0}, {"n": 1}, {"n": 2}]`)}},
			})
			if out.Err != nil {
				t.Fatal(out.Err)
			}
			got := out.Outputs["table"]
			if got.Deferred() != c.want {
				t.Fatalf("deferred is %v", got.Deferred())
			}
			if c.want && (got.Table.Rows != value.Uncounted || got.Table.Columns[0] != (table.Column{Name: "n", Type: "BIGINT"})) {
				t.Errorf("%+v", got.Table)
			}
			computed, err := x.Compute(t.Context(), tenant, got, nil)
			rows := int64(2)
			if c.first.Type == "table.cast" {
				rows = 3
			}
			if err != nil || computed.Table.Rows != rows {
				t.Errorf("%+v, %v", computed.Table, err)
			}
		})
	}
}

// It is the number of nodes that is bounded, not that of columns.
func TestManyNodesBecomeSeveralQueries(t *testing.T) {
	x := step.New(nodes.All(), env(t), nil)
	row := map[string]any{}
	for i := range 40 {
		row[fmt.Sprintf("type%d", i)] = i
	}
	data, err := json.Marshal([]any{row})
	if err != nil {
		t.Fatal(err)
	}
	doc := &flow.Document{}
	last := "up"
	for i := range 60 {
		id := fmt.Sprintf("f%d", i)
		doc.Spec.Nodes = append(doc.Spec.Nodes, flow.Node{ID: id, Type: "table.filter", With: map[string]any{"where": "type1 = 1"}, In: map[string]flow.Sources{"table": {last}}})
		last = id
	}
	given := engine.NodeOutputs{"up": inline(string(data))}
	deferred := 0
	for i := range doc.Spec.Nodes {
		n := &doc.Spec.Nodes[i]
		out := x.Execute(t.Context(), engine.Task{Tenant: tenant, Document: doc, Node: n, Attempt: 1, Scope: engine.Scope{Nodes: given}})
		if out.Err != nil {
			t.Fatal(out.Err)
		}
		given[n.ID] = out.Outputs
		if out.Outputs["table"].Deferred() {
			deferred++
		}
	}
	if deferred < 30 || deferred > 58 {
		t.Errorf("%d of 60 became part of the next", deferred)
	}
	if given[last]["table"].Table.Rows != 1 {
		t.Errorf("%+v", given[last])
	}
}

// In a container it may be what the container gives.
func TestTablesInContainersAreComputed(t *testing.T) {
	x := step.New(nodes.All(), env(t), nil)
	filter := func(id, from string) flow.Node {
		return flow.Node{ID: id, Type: "table.filter", With: map[string]any{"where": "n > 0"}, In: map[string]flow.Sources{"table": {from}}}
	}
	doc := &flow.Document{}
	doc.Spec.Nodes = []flow.Node{{ID: "each", Type: "control.map", With: map[string]any{"items": []any{1}, "result": "a"}, Nodes: []flow.Node{filter("a", "up"), filter("b", "a")}}}
	out := x.Execute(t.Context(), engine.Task{
		Tenant: tenant, Document: doc, Node: &doc.Spec.Nodes[0].Nodes[0], Attempt: 1,
		Scope: engine.Scope{Nodes: engine.NodeOutputs{"up": inline(`[{"n": 1}]`)}},
	})
	if out.Err != nil || out.Outputs["table"].Deferred() {
		t.Errorf("%+v", out)
	}
}

// An expression that asks for the rows of such a table gets them, whatever made it ask.
func TestExpressionsSeeDeferredTables(t *testing.T) {
	x := step.New(nodes.All(), env(t), nil)
	doc := &flow.Document{}
	doc.Spec.Nodes = []flow.Node{
		{ID: "a", Type: "table.filter", With: map[string]any{"where": "n > 1"}, In: map[string]flow.Sources{"table": {"up"}}},
		{ID: "b", Type: "table.limit", With: map[string]any{"rows": 1}, In: map[string]flow.Sources{"table": {"a"}}},
	}
	given := engine.NodeOutputs{"up": inline(`[{"n": 1}, {"n": 2}]`)}
	given["a"] = x.Execute(t.Context(), engine.Task{Tenant: tenant, Document: doc, Node: &doc.Spec.Nodes[0], Attempt: 1, Scope: engine.Scope{Nodes: given}}).Outputs
	if !given["a"]["table"].Deferred() {
		t.Fatalf("%+v", given["a"])
	}
	got, err := x.Evaluate(t.Context(), tenant, "{{ nodes.a.table.rows }}", engine.Scope{Nodes: given})
	if err != nil || fmt.Sprint(got) != "1" {
		t.Errorf("%v, %v", got, err)
	}
}

// What is wrong with a configuration is the step's own; what only the rows show is told with the node it is about.
func TestErrorsOfDeferredTables(t *testing.T) {
	run := func(where string) (first, second engine.Outcome) {
		x := step.New(nodes.All(), env(t), nil)
		doc := &flow.Document{}
		doc.Spec.Nodes = []flow.Node{
			{ID: "a", Type: "table.filter", With: map[string]any{"where": where}, In: map[string]flow.Sources{"table": {"up"}}},
			{ID: "b", Type: "table.limit", With: map[string]any{"rows": 1}, In: map[string]flow.Sources{"table": {"a"}}},
		}
		given := engine.NodeOutputs{"up": inline(`[{"n": "7"}, {"n": "x"}]`)}
		task := engine.Task{Tenant: tenant, Document: doc, Node: &doc.Spec.Nodes[0], Attempt: 1, Scope: engine.Scope{Nodes: given}}
		first = x.Execute(t.Context(), task)
		given["a"] = first.Outputs
		task.Node = &doc.Spec.Nodes[1]
		return first, x.Execute(t.Context(), task)
	}
	first, _ := run("m > 0")
	if first.Err == nil || first.Err.Details[0].Node != "a" || first.Err.Details[0].Field != "with.where" {
		t.Errorf("%+v", first.Err)
	}
	first, second := run("n::INT > 8")
	if first.Err != nil || second.Err == nil || second.Err.Details[0].Node != "a" || second.Err.Details[0].Field != "with.where" {
		t.Errorf("%+v, then %+v", first.Err, second.Err)
	}
}

// withFile gives an executor and a function that writes the file n.csv.
func withFile(t *testing.T) (*step.Executor, func(text string)) {
	t.Helper()
	e := env(t)
	store, err := files.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	e.Files = store
	return step.New(nodes.All(), e, nil), func(text string) {
		if _, err := store.Put(t.Context(), tenant, "n.csv", strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
}

// A file that is read by its reader has to be the one that was looked at.
func TestFileThatChangesUnderway(t *testing.T) {
	x, write := withFile(t)
	write("n\n1\n2\n")
	doc := &flow.Document{}
	doc.Spec.Nodes = []flow.Node{
		{ID: "read", Type: "file.read", With: map[string]any{"path": "n.csv"}},
		{ID: "b", Type: "table.filter", With: map[string]any{"where": "n > 1"}, In: map[string]flow.Sources{"table": {"read"}}},
	}
	given := engine.NodeOutputs{}
	task := engine.Task{Tenant: tenant, Document: doc, Node: &doc.Spec.Nodes[0], Attempt: 1, Scope: engine.Scope{Nodes: given}}
	out := x.Execute(t.Context(), task)
	if out.Err != nil || !out.Outputs["table"].Deferred() {
		t.Fatalf("%+v", out)
	}
	given["read"] = out.Outputs
	task.Node = &doc.Spec.Nodes[1]
	if out := x.Execute(t.Context(), task); out.Err != nil || out.Outputs["table"].Table.Rows != 1 {
		t.Fatalf("%+v", out)
	}
	write("n\n1\n2\n3\n4\n")
	for name, err := range map[string]error{
		"its reader":    x.Execute(t.Context(), task).Err,
		"somebody else": func() error { _, err := x.Compute(t.Context(), tenant, given["read"]["table"], nil); return err }(),
	} {
		e := errs.From(err)
		if e == nil || e.Code != "file_changed" || e.Details[0].Node != "read" {
			t.Errorf("%s: %+v", name, err)
		}
	}
}

// Whoever computes the table of a file is told which node reads it.
func TestErrorsOfFilesAreAtTheirNode(t *testing.T) {
	x, write := withFile(t)
	write("n,m\n" + strings.Repeat("1,"+strings.Repeat("2", 60)+"\n", 100_000) + "x,2,3\n")
	doc := &flow.Document{}
	doc.Spec.Nodes = []flow.Node{
		{ID: "read", Type: "file.read", With: map[string]any{"path": "n.csv"}},
		{ID: "b", Type: "table.limit", With: map[string]any{"rows": 500_000}, In: map[string]flow.Sources{"table": {"read"}}},
	}
	given := engine.NodeOutputs{}
	task := engine.Task{Tenant: tenant, Document: doc, Node: &doc.Spec.Nodes[0], Attempt: 1, Scope: engine.Scope{Nodes: given}}
	out := x.Execute(t.Context(), task)
	if out.Err != nil || !out.Outputs["table"].Deferred() {
		t.Fatalf("%+v", out)
	}
	given["read"] = out.Outputs
	_, err := x.Compute(t.Context(), tenant, out.Outputs["table"], nil)
	task.Node = &doc.Spec.Nodes[1]
	for name, err := range map[string]error{"somebody who looks": err, "its reader": x.Execute(t.Context(), task).Err} {
		e := errs.From(err)
		if e == nil || len(e.Details) == 0 || e.Details[0].Node != "read" || !strings.Contains(e.Message, "100002") {
			t.Errorf("%s: %+v", name, err)
		}
	}
}

// A value that is not of the type that is set for its column ends the run in the node that reads it, whatever is read of the file later.
func TestSetTypesAreCheckedWhateverIsRead(t *testing.T) {
	x, write := withFile(t)
	write("n,m\n1,1\n2,x\n")
	doc := &flow.Document{}
	for typ, deferred := range map[string]bool{"BIGINT": false, "varchar": true} {
		doc.Spec.Nodes = []flow.Node{
			{ID: "read", Type: "file.read", With: map[string]any{"path": "n.csv", "types": []any{map[string]any{"column": "m", "type": typ}}}},
			{ID: "b", Type: "table.select", With: map[string]any{"columns": []any{"n"}}, In: map[string]flow.Sources{"table": {"read"}}},
		}
		for _, keep := range []bool{true, false} {
			out := x.Execute(t.Context(), engine.Task{Tenant: tenant, Document: doc, Node: &doc.Spec.Nodes[0], Attempt: 1, Keep: keep, Scope: engine.Scope{Nodes: engine.NodeOutputs{}}})
			switch {
			case deferred && (out.Err != nil || out.Outputs["table"].Deferred() == keep):
				t.Errorf("%v: %+v", keep, out)
			case !deferred && (out.Err == nil || !strings.Contains(out.Err.Message, `line 3: "x" in the column "m" is not of the type BIGINT`)):
				t.Errorf("%v: %+v", keep, out)
			}
		}
	}
}

// A step says when texts and numbers meet in it, also where its table is handed on as a plan.
func TestAStepWarnsOfTypesThatMeet(t *testing.T) {
	x, write := withFile(t)
	write("n,m\n1,a\n2,b\n")
	doc := &flow.Document{}
	doc.Spec.Nodes = []flow.Node{
		{ID: "read", Type: "file.read", With: map[string]any{"path": "n.csv"}},
		{ID: "again", Type: "file.read", With: map[string]any{"path": "n.csv"}},
		{ID: "join", Type: "table.join", With: map[string]any{"on": []any{map[string]any{"left": "m", "right": "n"}}}, In: map[string]flow.Sources{"left": {"read"}, "right": {"again"}}},
		{ID: "last", Type: "table.limit", With: map[string]any{"rows": 1}, In: map[string]flow.Sources{"table": {"join"}}},
	}
	given := engine.NodeOutputs{}
	var said []string
	for i := range doc.Spec.Nodes[:3] {
		out := x.Execute(t.Context(), engine.Task{
			Tenant: tenant, Document: doc, Node: &doc.Spec.Nodes[i], Attempt: 1, Scope: engine.Scope{Nodes: given}, Log: func(level, text string) { said = append(said, level+" "+text) },
		})
		if out.Err != nil || !out.Outputs["table"].Deferred() {
			t.Fatalf("%+v", out)
		}
		given[doc.Spec.Nodes[i].ID] = out.Outputs
	}
	if len(said) != 1 || !strings.HasPrefix(said[0], `warn The column "m" (VARCHAR) is compared with "n" (BIGINT): `) {
		t.Errorf("%q", said)
	}
}

// Whoever reads a file says which value has made texts of a column of numbers.
func TestAStepNamesAnOddValue(t *testing.T) {
	x, write := withFile(t)
	write("n\n" + strings.Repeat("7\n", 1200) + "n/a\n")
	doc := &flow.Document{}
	doc.Spec.Nodes = []flow.Node{
		{ID: "read", Type: "file.read", With: map[string]any{"path": "n.csv"}},
		{ID: "last", Type: "table.limit", With: map[string]any{"rows": 1}, In: map[string]flow.Sources{"table": {"read"}}},
	}
	const want = `warn Column "n" of n.csv is one of texts because of "n/a" in line 1202: the 1,200 values before it are of the type BIGINT.`
	for _, keep := range []bool{true, false} {
		given := engine.NodeOutputs{}
		var said []string
		for i := range doc.Spec.Nodes {
			out := x.Execute(t.Context(), engine.Task{
				Tenant: tenant, Document: doc, Node: &doc.Spec.Nodes[i], Attempt: 1, Keep: keep, Scope: engine.Scope{Nodes: given}, Log: func(level, text string) { said = append(said, level+" "+text) },
			})
			if out.Err != nil {
				t.Fatal(out.Err)
			}
			given[doc.Spec.Nodes[i].ID] = out.Outputs
		}
		if len(said) != 1 || !strings.HasPrefix(said[0], want) {
			t.Errorf("%v: %q", keep, said)
		}
	}
}

// A column that is agreed to be of texts is one, whether or not one of its codes begins with a 0 this time.
func TestTextsThatAreAgreedOnStayTexts(t *testing.T) {
	x, write := withFile(t)
	doc := &flow.Document{}
	for _, text := range []string{"code,n\n007,1\n12,2\n", "code,n\n7,1\n12,2\n", "code,n\n,1\n"} {
		for retyped, want := range map[string]string{"": "VARCHAR", "ignore": "VARCHAR", "add": "BIGINT"} {
			write(text)
			doc.Spec.Nodes = []flow.Node{{
				ID: "read", Type: "file.read", With: map[string]any{"path": "n.csv"},
				Contract: map[string]flow.Contract{"table": {Columns: []flow.ContractColumn{{Name: "code", Type: "text"}, {Name: "n", Type: "BIGINT"}}, Retyped: retyped}},
			}}
			out := x.Execute(t.Context(), engine.Task{Tenant: tenant, Document: doc, Node: &doc.Spec.Nodes[0], Attempt: 1, Scope: engine.Scope{Nodes: engine.NodeOutputs{}}})
			if out.Err != nil {
				t.Fatalf("%q %q: %v", text, retyped, out.Err)
			}
			if !strings.Contains(text, "\n7") {
				want = "VARCHAR"
			}
			if got := out.Outputs["table"].Table.Columns[0].Type; got != want {
				t.Errorf("%q %q: %s", text, retyped, got)
			}
		}
	}
}
