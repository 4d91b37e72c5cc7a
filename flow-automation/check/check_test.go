package check_test

import (
	"fmt"
	"strings"
	"testing"

	"dataflow/flow-automation/check"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/nodes"
)

const head = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: f}
spec:
  params: {min: {type: number, default: 1}}
  vars: {region: EU}
  nodes:
    - {id: s, type: value.set, with: {value: [{a: 1}]}}
`

func analyze(t *testing.T, text string) check.Analysis {
	t.Helper()
	doc, places, err := flow.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return check.New(nodes.All(), nodes.Triggers()).Analyze(doc, places)
}

func TestProblems(t *testing.T) {
	for name, c := range map[string]struct {
		nodes string // from line 9
		want  string // severity code node field line: part of the message
	}{
		"fine":                 {`- {id: n, type: table.filter, in: {table: s}, with: {where: "a > {{ params.min }}"}}`, ""},
		"unknown type":         {`- {id: n, type: table.filtr, after: [s]}`, "error unknown_type n type 9: did you mean table.filter?"},
		"unknown field":        {`- {id: n, type: table.filter, in: {table: s}, with: {where: x, wher: y}}`, `error unknown_field n with.wher 9: where`},
		"missing field":        {`- {id: n, type: table.filter, in: {table: s}}`, "error missing_field n with.where 9: must be filled in"},
		"missing input":        {`- {id: n, type: table.filter, with: {where: x}, after: [s]}`, "error input_missing n in.table 9: must be connected"},
		"no reference":         {`- {id: n, type: quality.check, in: {table: s}, with: {rules: [{check: row_count, min: 1}, {check: reference, columns: [a]}]}}`, "error input_missing n in.reference 9: The rule 2 looks values up"},
		"a reference":          {`- {id: n, type: quality.check, in: {table: s, reference: s}, with: {rules: [{check: reference, columns: [a]}]}}`, ""},
		"no value":             {`- {id: n, type: text.trim, after: [s]}`, "error input_missing n in.value 9: nothing to work on"},
		"a value that is null": {`- {id: n, type: text.trim, after: [s], with: {value: null}}`, ""},
		"a value in a run":     {`- {id: n, type: text.trim, after: [s], with: {value: "{{ nodes.s.value }}"}}`, ""},
		"no value, by clocks":  {`- {id: n, type: time.truncate, after: [s], with: {unit: days}}`, "error input_missing n in.value 9: nothing to work on"},
		"no other time":        {`- {id: n, type: time.diff, after: [s], with: {to: "2026-01-01"}}`, "error input_missing n in.value 9: write down from"},
		"both times":           {`- {id: n, type: time.diff, after: [s], with: {to: "2026-01-01", from: "{{ run.started_at }}"}}`, ""},
		"no items":             {`- {id: n, type: control.map, after: [s], nodes: [{id: m, type: value.set, with: {value: 1}}]}`, "error input_missing n in.items 9: There are no items"},
		"nothing to put":       {`- {id: n, type: storage.put, after: [s], with: {connection: b, name: x.csv}}`, "error input_missing n in.table 9: nothing to put"},
		"files in parts":       {"- {id: g, type: storage.get, after: [s], with: {connection: b, name: a}}\n    - {id: n, type: storage.put, in: {file: g.file}, with: {connection: b, name: x/, partition_by: [a]}}", "error input_missing n with.partition_by 10: Only a table"},
		"unknown input":        {`- {id: n, type: table.filter, in: {table: s, tabel: s}, with: {where: x}}`, `error unknown_port n in.tabel 9: did you mean table?`},
		"unknown output":       {`- {id: n, type: table.filter, in: {table: s.values}, with: {where: x}}`, `error unknown_port n in.table 9: it has value`},
		"one object":           {"- {id: c, type: quality.check, in: {table: s}, with: {rules: [{check: row_count, min: 1}]}}\n    - {id: n, type: file.write, in: {table: c.report}, with: {path: x.csv}}", "error kind_mismatch n in.table 10: only a list of objects becomes a table, and this is one object"},
		"a list of objects":    {`- {id: n, type: file.write, in: {table: s.value}, with: {path: x.csv}}`, ""},
		"no error output":      {`- {id: n, type: control.merge, in: {value: s.error}}`, "error unknown_port n in.value 9: onError: port"},
		"error output":         {"- {id: e, type: value.set, onError: port, with: {value: 1}, after: [s]}\n    - {id: n, type: control.merge, in: {value: e.error}}", ""},
		"too many":             {`- {id: n, type: table.filter, in: {table: [s, s.value]}, with: {where: x}}`, "error too_many_sources n in.table 9: takes one source, not 2"},
		"which branch":         {"- {id: i, type: control.if, in: {value: s}, with: {condition: true}}\n    - {id: n, type: control.merge, in: {value: i}}", "error unknown_port n in.value 10: such as i.true"},
		"parameter":            {`- {id: n, type: value.set, with: {value: "{{ params.mim }}"}, after: [s]}`, "error unknown_reference n with.value 9: there is no parameter mim; did you mean min?"},
		"parameter in SQL":     {`- {id: n, type: table.filter, in: {table: s}, with: {where: "a > {{ params.mim }}"}}`, "error unknown_reference n with.where 9: column 1: there is no parameter mim"},
		"variable":             {`- {id: n, type: value.set, with: {value: "{{ vars.regio }}"}, after: [s]}`, "error unknown_reference n with.value 9: did you mean region?"},
		"run":                  {`- {id: n, type: value.set, with: {value: "{{ run.di }}"}, after: [s]}`, "error unknown_reference n with.value 9: field of run"},
		"item":                 {`- {id: n, type: value.set, with: {value: "{{ item.x }}"}, after: [s]}`, "error unknown_reference n with.value 9: container"},
		"item of a list":       {`- {id: n, type: json.map, in: {value: s}, with: {to: {a: "{{ item.a + index }}"}}}`, ""},
		"item, other field":    {`- {id: n, type: json.get, in: {value: s}, with: {path: "{{ item.a }}"}}`, "error unknown_reference n with.path 9: container"},
		"in a field for items": {`- {id: n, type: json.map, in: {value: s}, with: {to: {a: ["{{ params.mim }}"]}}}`, "error unknown_reference n with.to.a[0] 9: did you mean min?"},
		"syntax for items":     {`- {id: n, type: json.filter, in: {value: s}, with: {where: "{{ item. }}"}}`, "error expression_invalid n with.where 9: {{ item. }}"},
		"unknown node":         {`- {id: n, type: value.set, with: {value: "{{ nodes.t.value }}"}, after: [s]}`, "error unknown_reference n with.value 9: there is no node t"},
		"not upstream":         {"- {id: n, type: value.set, with: {value: \"{{ nodes.s.value }}\"}}\n    - {id: m, type: value.set, after: [n, s], with: {value: 1}}", "error unknown_reference n with.value 9: does not come before"},
		"far upstream":         {"- {id: m, type: value.set, after: [s], with: {value: 1}}\n    - {id: n, type: value.set, after: [m], with: {value: \"{{ nodes.s.value[0].a }}\"}}", ""},
		"itself":               {`- {id: n, type: value.set, with: {value: "{{ nodes.n.value }}"}, after: [s]}`, "error unknown_reference n with.value 9: its own outputs"},
		"unknown port of it":   {`- {id: n, type: value.set, with: {value: "{{ nodes.s.table }}"}, after: [s]}`, "error unknown_reference n with.value 9: it has value"},
		"field of a table":     {"- {id: t, type: table.limit, in: {table: s}}\n    - {id: n, type: value.set, after: [t], with: {value: \"{{ nodes.t.table.count }}\"}}", "error unknown_reference n with.value 10: expressions see columns and rows, not count"},
		"syntax":               {`- {id: n, type: value.set, with: {value: "{{ 1 + }}"}, after: [s]}`, "error expression_invalid n with.value 9: {{ 1 + }}"},
		"quoted value":         {`- {id: n, type: table.filter, in: {table: s}, with: {where: "a = '{{ params.min }}'"}}`, "error expression_invalid n with.where 9: remove the quotes"},
		"code is code":         {`- {id: n, type: python, in: {s: s}, with: {code: "def main(s): return '{{ nope }}'"}}`, ""},
		"no main":              {`- {id: n, type: python, in: {s: s}, with: {code: "x = 1"}}`, "error config_invalid n with.code 9: needs a function main()"},
		"further output":       {"- {id: p, type: python, after: [s], with: {code: \"def main(): return {}\"}}\n    - {id: n, type: table.limit, in: {table: p.other}}", ""},
		"response is a value":  {"- {id: h, type: http.request, after: [s], with: {url: \"https://x.org\"}}\n    - {id: n, type: table.limit, in: {table: h}}", ""},
		"version":              {`- {id: n, type: value.set, version: 9, with: {value: 1}, after: [s]}`, "error version n version 9: newer than this installation"},
		"container":            {`- {id: n, type: value.set, with: {value: 1}, after: [s], nodes: [{id: x, type: value.set, with: {value: 1}}]}`, "error not_a_container n nodes 9: cannot hold"},
		"case twice":           {`- {id: n, type: control.switch, in: {value: s}, with: {value: 1, cases: [{name: a, equals: 1}, {name: a, equals: 2}]}}`, "error case_name n with.cases[1].name 9: two cases"},
		"alone":                {`- {id: n, type: value.set, with: {value: 1}}`, "warning alone n  9: not connected"},
		"contract of a table":  {`- {id: n, type: table.limit, in: {table: s}, contract: {table: {columns: [{name: a, type: BIGINT, nullable: false}], missing: ignore}}}`, ""},
		"contract, no port":    {`- {id: n, type: table.limit, in: {table: s}, contract: {tabel: {columns: [{name: a, type: BIGINT}]}}}`, "error unknown_port n contract.tabel 9: did you mean table?"},
		"contract of a value":  {`- {id: n, type: value.set, with: {value: 1}, after: [s], contract: {value: {columns: [{name: a, type: BIGINT}]}}}`, "error contract_no_table n contract.value 9: only tables"},
		"contract, no type":    {`- {id: n, type: table.limit, in: {table: s}, contract: {table: {columns: [{name: a}]}}}`, "error contract_column n contract.table.columns[0].type 9: such as BIGINT"},
		"contract, SQL":        {`- {id: n, type: table.limit, in: {table: s}, contract: {table: {columns: [{name: a, type: "DOUBLE) * 2 AS x, CAST(1 AS INT"}]}}}`, "error contract_column n contract.table.columns[0].type 9: such as BIGINT"},
		"contract of a body":   {`- {id: n, type: control.try, after: [s], nodes: [{id: m, type: value.set, with: {value: 1}}], contract: {table: {columns: [{name: a, type: BIGINT}]}}}`, "error contract_unsupported n contract.table 9: put it on the node that makes the table"},
		"contract, twice":      {`- {id: n, type: table.limit, in: {table: s}, contract: {table: {columns: [{name: a, type: DATE}, {name: A, type: DATE}]}}}`, "error contract_column n contract.table.columns[1].name 9: twice"},
		"contract, policy":     {`- {id: n, type: table.limit, in: {table: s}, contract: {table: {new: drop, columns: [{name: a, type: DATE}]}}}`, "error not_allowed n contract.table.new 9: one of fail, add, ignore"},
		"unused field":         {`- {id: n, type: table.sample, in: {table: s}, with: {by: rows, percent: 5}}`, "warning field_unused n with.percent 9: means nothing while by is rows"},
		"http body":            {`- {id: n, type: http.request, with: {url: "ftp://x"}, after: [s]}`, "error config_invalid n with.url 9: must begin with http"},
	} {
		a := analyze(t, head+"    "+c.nodes+"\n")
		got := ""
		for _, p := range a.Problems {
			if p.Node == "s" { // the first node stands alone in some
				continue
			}
			got = fmt.Sprintf("%s %s %s %s %d: %s", p.Severity, p.Code, p.Node, p.Field, p.Line, p.Message)
			break
		}
		place, message, _ := strings.Cut(c.want, ": ")
		if !strings.HasPrefix(got, place) || !strings.Contains(got, message) || c.want == "" && got != "" {
			t.Errorf("%s:\n got %q\nwant %q", name, got, c.want)
		}
	}
}

func TestTriggers(t *testing.T) {
	for name, c := range map[string]struct{ triggers, want string }{
		"fine":      {`[{id: m, type: manual}, {id: h, type: webhook, with: {path: a/b}}]`, ""},
		"unknown":   {`[{id: m, type: manua}]`, "unknown_trigger_type spec.triggers[0].type did you mean manual?"},
		"path":      {`[{id: h, type: webhook}]`, "missing_field spec.triggers[0].with.path"},
		"secret":    {`[{id: h, type: webhook, with: {path: a, auth: hmac, secret: short}}]`, "webhook_secret spec.triggers[0].with.secret"},
		"same path": {`[{id: h, type: webhook, with: {path: a}}, {id: i, type: webhook, with: {path: a}}]`, "webhook_path_twice spec.triggers[1].with.path"},
		"double id": {`[{id: h, type: manual}, {id: h, type: manual}]`, "trigger_duplicate spec.triggers[1].id"},
	} {
		a := analyze(t, head+"  triggers: "+c.triggers+"\n")
		got := ""
		if len(a.Problems) > 0 {
			got = a.Problems[0].Code + " " + a.Problems[0].Field + " " + a.Problems[0].Message
			if a.Problems[0].Line == 0 {
				t.Errorf("%s: no line", name)
			}
		}
		for _, want := range strings.SplitN(c.want, " ", 3) {
			if !strings.Contains(got, want) || c.want == "" && got != "" {
				t.Errorf("%s: got %q, want %q", name, got, c.want)
			}
		}
	}
}

func TestPortsFollowTheConfiguration(t *testing.T) {
	a := analyze(t, head+`    - {id: w, type: control.switch, onError: port, in: {value: s}, with: {value: 1, cases: [{name: one, equals: 1}]}}
    - {id: p, type: python, in: {birds: w.one}, with: {code: "def main(birds): return 1"}}
    - {id: x, type: nope, after: [p]}
`)
	names := func(id string) string {
		var list []string
		for _, p := range a.Nodes[id].Inputs {
			list = append(list, "in "+p.Name)
		}
		for _, p := range a.Nodes[id].Outputs {
			list = append(list, "out "+p.Name)
		}
		return strings.Join(list, ", ")
	}
	for id, want := range map[string]string{"w": "in value, out one, out default, out error", "p": "in birds, out result", "x": ""} {
		if got := names(id); got != want {
			t.Errorf("%s: %s", id, got)
		}
	}
	if a.Nodes["x"].Inputs == nil || a.Err() == nil {
		t.Error("an unknown type has empty lists and is an error")
	}
}
