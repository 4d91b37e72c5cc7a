// Package each has the node that carries out its body once for each item of a list.
package each

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/spec"
)

// Config is the configuration of control.map.
type Config struct {
	Items       any    `json:"items,omitempty" title:"Items" zh:"列表" doc:"A list, mostly as an expression; left out, what comes in at items is taken" doc_zh:"列表，通常为表达式；留空则使用 items 端口的输入" widget:"expression"`
	Concurrency int    `json:"concurrency,omitempty" title:"At once" zh:"并发数" minimum:"0" maximum:"10000" default:"0" doc:"How many items are under way at once; 0 is as many as there are workers for" doc_zh:"同时处理的项数；0 表示由工作线程数决定"`
	Errors      string `json:"errors,omitempty" title:"When an item fails" zh:"某项失败时" enum:"fail,collect" default:"fail" doc:"fail: the map fails with it and gives up the others. collect: the others go on, and errors lists what failed" doc_zh:"fail：整个映射失败并放弃其余项；collect：其余项继续，errors 列出失败项"`
	Result      string `json:"result,omitempty" title:"Result" zh:"结果" doc:"The node in the body, or node.port, whose output is the result of an item; left out, the body's last node" doc_zh:"作为每项结果的内部节点或 node.port；留空则为最后一个节点" example:"fetch.response"`
}

// maxItems bounds the list of one map; beyond it, work belongs into tables.
const maxItems = 1_000_000

// maxTables bounds how many tables are put below each other.
const maxTables = 1000

// Needs implements node.Needing.
func (c Config) Needs(connected func(port string) bool) []node.Need {
	if c.Items != nil || connected("items") {
		return nil
	}
	return []node.Need{{Field: "in.items", Message: node.Text{
		EN: "There are no items: connect a list or a table to items, or write one into the field Items",
		ZH: "没有列表：请将列表或表连接到“列表”输入，或在“列表”字段中填写",
	}}}
}

// Type is control.map.
func Type() node.Type {
	schema := spec.For[Config]()
	return node.DefineContainer[Config](node.Type{
		Name: "control.map", Config: schema,
		Doc: node.Doc{
			Title:   node.Text{EN: "Map", ZH: "映射"},
			Summary: node.Text{EN: "Carries out the nodes in it once for each item of a list.", ZH: "对列表的每一项执行一次内部节点。"},
			Details: node.Text{
				EN: "Inside, expressions see `item` and `index`, and a port can take its input from `item`. `results` keeps the order of the items; where every item gives a table, it is one table of all their rows. A table that comes in is taken row by row.",
				ZH: "内部表达式可使用 `item` 和 `index`，端口也可以从 `item` 取得输入。`results` 保持各项的顺序；如果每项都给出表，则合并为一个表。输入的表按行处理。",
			},
			Family: "control", Icon: "repeat", Keywords: []string{"for each", "loop", "fan-out", "parallel", "iterate"},
		},
		Inputs: []node.Port{{Name: "items", Title: node.Text{EN: "Items", ZH: "列表"}}},
		Outputs: []node.Port{
			{Name: "results", Title: node.Text{EN: "Results", ZH: "结果"}},
			{Name: "errors", Kind: value.JSON, Title: node.Text{EN: "Errors", ZH: "错误"}},
		},
		Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title: "Squares", With: map[string]any{"items": []any{1, 2, 3}},
				Nodes: []flow.Node{{ID: "square", Type: "value.set", With: map[string]any{"value": "{{ item * item }}"}}},
				Want:  map[string]json.RawMessage{"results": json.RawMessage(`[1, 4, 9]`), "errors": json.RawMessage(`[]`)},
			},
			{
				Title: "Errors are collected", With: map[string]any{"errors": "collect", "concurrency": 1},
				Inputs: map[string]json.RawMessage{"items": json.RawMessage(`["4", "x"]`)},
				Nodes:  []flow.Node{{ID: "number", Type: "value.set", With: map[string]any{"value": "{{ int(item) }}"}}},
				Want: map[string]json.RawMessage{
					"results": json.RawMessage(`[4, null]`),
					"errors":  json.RawMessage(`[{"index": 1, "code": "expression_failed"}]`),
				},
			},
			{
				Title: "The rows of a table", With: map[string]any{},
				Inputs: map[string]json.RawMessage{"items": json.RawMessage(`[{"n": 1}, {"n": 5}]`)},
				Nodes:  []flow.Node{{ID: "double", Type: "value.set", With: map[string]any{"value": "{{ item.n * 2 + index }}"}}},
				Want:   map[string]json.RawMessage{"results": json.RawMessage(`[2, 11]`), "errors": json.RawMessage(`[]`)},
			},
		},
	}, node.Container{
		Bodies: []string{"nodes"},
		Open: func(ctx context.Context, call *node.Call) (node.Opening, error) {
			config, err := node.Config[Config](call, schema)
			if err != nil {
				return node.Opening{}, err
			}
			return open(ctx, call, config)
		},
		Close: gather,
	})
}

func open(ctx context.Context, call *node.Call, config Config) (node.Opening, error) {
	var given struct {
		Items json.RawMessage `json:"items"`
	}
	if err := json.Unmarshal(call.Config, &given); err != nil {
		return node.Opening{}, errs.Internal(err)
	}
	list, field := given.Items, "with.items"
	in := call.Inputs["items"]
	switch {
	case len(list) > 0 && !bytes.Equal(list, []byte("null")):
	case len(in) == 0:
		return node.Opening{}, wrong("in.items", "items_missing", "There are no items: connect a list or a table to items, or write one into the field Items")
	default:
		var err error
		field = "in.items"
		if list, err = listOf(ctx, call, in[0]); err != nil {
			return node.Opening{}, err
		}
	}
	n, err := count(list)
	if err != nil {
		return node.Opening{}, wrong(field, "not_a_list", "A map takes a list; %s came in", describe(list))
	}
	if n > maxItems {
		return node.Opening{}, wrong(field, "too_many_items", "The list has %d items; at most %d are taken. Work on so many with table or Python nodes, or in parts", n, maxItems)
	}
	return node.Opening{
		Item: value.Value{Kind: value.JSON, Data: list}, Count: n, Limit: config.Concurrency, Collect: config.Errors == "collect",
	}, nil
}

func wrong(field, code, format string, args ...any) *errs.Error {
	message := fmt.Sprintf(format, args...)
	return errs.Invalid(code, "%s.", message).With(errs.Detail{Code: code, Message: message, Place: errs.Place{Field: field}})
}

// count says how many items a JSON list has.
func count(list json.RawMessage) (int, error) {
	var items []json.RawMessage
	if err := json.Unmarshal(list, &items); err != nil {
		return 0, err
	}
	return len(items), nil
}

func describe(data json.RawMessage) string {
	data = bytes.TrimSpace(data)
	if len(data) > 40 {
		return string(data[:40]) + "…"
	}
	return string(data)
}

// gather makes the outputs of what the items gave.
func gather(ctx context.Context, call *node.Call, got node.Gathered) (value.Outputs, error) {
	failed := got.Errors
	if failed == nil {
		failed = []node.ItemError{}
	}
	errors, err := json.Marshal(failed)
	if err != nil {
		return nil, errs.Internal(err)
	}
	out := value.Outputs{"errors": {Kind: value.JSON, Data: errors}}
	if tables := tablesOf(got); len(tables) > 0 {
		out["results"], err = stack(ctx, call, tables)
		return out, err
	}
	var b bytes.Buffer
	b.WriteByte('[')
	for i, v := range got.Results {
		if i > 0 {
			b.WriteByte(',')
		}
		data, err := written(ctx, call, v)
		if err != nil {
			return nil, err
		}
		b.Write(data)
	}
	b.WriteByte(']')
	out["results"] = value.Value{Kind: value.JSON, Data: b.Bytes()}
	return out, nil
}

// written is a result as JSON: a table or a file is told of, not copied.
func written(ctx context.Context, call *node.Call, v value.Value) (json.RawMessage, error) {
	switch {
	case v.Kind == value.Table && v.Table != nil && v.Artifact != nil:
		return fmt.Appendf(nil, `{"table":%q,"rows":%d}`, v.Artifact.ID, v.Table.Rows), nil
	case v.Kind == value.File && v.File != nil && v.Artifact != nil:
		return fmt.Appendf(nil, `{"file":%s,"media_type":%s,"artifact":%q,"size":%d}`, quote(v.File.Name), quote(v.File.MediaType), v.Artifact.ID, v.Artifact.Size), nil
	}
	data, err := call.JSON(ctx, v)
	if err == nil && len(data) == 0 {
		data = json.RawMessage("null")
	}
	return data, err
}

func quote(s string) string {
	text, err := json.Marshal(s)
	if err != nil { // a string always marshals
		return strconv.Quote(s)
	}
	return string(text)
}
