package keys

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/near"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/words"
)

// Read says which keys to read.
type Read struct {
	Connection string   `json:"connection" required:"true" title:"Connection" zh:"连接" widget:"connection" of:"keys" example:"cache" doc:"The system of keys and values" doc_zh:"键值系统的连接"`
	Pattern    string   `json:"pattern" required:"true" title:"Keys" zh:"键" minLength:"1" example:"user:*" doc:"A key, or a pattern of keys: * is any text, ? any character, [ab] one of several" doc_zh:"一个键，或键的模式：* 为任意文本，? 为任意字符，[ab] 为其中之一"`
	Columns    []string `json:"columns,omitempty" title:"Columns" zh:"列" doc:"Of key, type, ttl and value; left empty, all of them" doc_zh:"key、type、ttl、value 中的列；留空为全部"`
}

// keyColumns are the columns that keys have.
var keyColumns = []string{"key", "type", "ttl", "value"}

// columns are those of the table, whatever keys there are.
func (r Read) columns() []table.Column {
	types := map[string]string{"key": "VARCHAR", "type": "VARCHAR", "ttl": "DOUBLE", "value": "JSON"}
	names := r.Columns
	if len(names) == 0 {
		names = keyColumns
	}
	list := make([]table.Column, len(names))
	for i, name := range names {
		typ, ok := types[name]
		if !ok {
			return nil // an expression decides, or it is told by the check
		}
		list[i] = table.Column{Name: name, Type: typ}
	}
	return list
}

// Check finds what the schema cannot.
func (r Read) Check() []errs.Detail {
	var found []errs.Detail
	for i, name := range r.Columns {
		if !slices.Contains(keyColumns, name) && !strings.Contains(name, "{{") {
			found = append(found, errs.At(errs.Place{Field: fmt.Sprintf("with.columns[%d]", i)}, connector.CodeColumn, "Keys have no column %q. %s", name, near.Hint(name, keyColumns)))
		}
	}
	return found
}

func readType() node.Type {
	t := node.Define(node.Type{
		Name: "keys.read",
		Doc: node.Doc{
			Title:   node.Text{EN: "Read keys", ZH: "读取键"},
			Summary: node.Text{EN: "Reads keys and their values into a table.", ZH: "将键及其值读入表。"},
			Details: node.Text{
				EN: "A row is a key: its name, its type, the seconds until it goes away (null when it stays) and its value as JSON. Strings that are an object or a list of JSON are that, others are texts, also numbers. Hashes are objects, lists and sets are lists, sorted sets are lists of members with their scores, and streams are their last 100 entries; bytes that are no text become `{\"base64\": …}`. " +
					"Keys that change while they are read may be seen before or after that; none is read twice." +
					"\n\nBefore the first run, a preview reads the first keys that it comes by, at least a hundred where there are so many.",
				ZH: "每行是一个键：名称、类型、距过期的秒数（不过期为 null）和 JSON 形式的值。内容为 JSON 对象或列表的字符串即为该值，其他字符串（包括数字）为文本。哈希为对象，列表和集合为列表，有序集合为带分数的成员列表，流为最后 100 个条目；不是文本的字节变为 `{\"base64\": …}`。" +
					"读取期间变化的键可能读到变化前或变化后的值；不会重复读取。" +
					"\n\n首次运行前，预览会读取最先遇到的一些键（有一百个以上时至少一百个）。",
			},
			Family: "keys", Icon: "key", Keywords: []string{"redis", "valkey", "cache", "scan", "get", "hash"},
		},
		Inputs:  []node.Port{{Name: "input", Title: node.Text{EN: "After", ZH: "前序"}, Many: true}},
		Outputs: []node.Port{{Name: "table", Kind: value.Table, Title: node.Text{EN: "Table", ZH: "表"}}},
		Effect:  node.Pure, Pool: node.IO,
		Key: func(context.Context, *node.Call) (string, error) {
			return "", errors.New("which keys there are is known only when they are read")
		},
		Examples: []node.Example{
			{
				Title: "Keys by a pattern", With: map[string]any{"connection": "cache", "pattern": "user:*"},
				Want: map[string]json.RawMessage{"table": json.RawMessage(`[{"key": "user:1", "type": "string", "ttl": null, "value": {"name": "Ada"}}, {"key": "user:2", "type": "string", "ttl": null, "value": "Bob"}]`)},
			},
			{
				Title: "No such key", With: map[string]any{"connection": "cache", "pattern": "session:9"},
				Want: map[string]json.RawMessage{"table": json.RawMessage(`[]`)},
			},
		},
	}, read)
	t = node.LookOf(node.FixedOf(t, Read.columns), look)
	return node.DatasetsOf(t, func(c Read) []node.Dataset {
		return []node.Dataset{{Kind: node.DatasetTable, Connection: c.Connection, Name: c.Pattern, Port: "table"}}
	})
}

// places are the fields that errors of connections are about.
var places = map[string]string{connector.CodeColumn: "with.columns", connector.CodeTable: "with.pattern", connector.CodeType: "with.pattern"}

func read(ctx context.Context, call *node.Call, c Read) (_ value.Outputs, err error) {
	conn, err := node.Connect[connector.Tables](ctx, call, c.Connection)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	reading, err := conn.Read(ctx, connector.ReadRequest{Path: connector.Path{Table: c.Pattern}, Columns: c.Columns})
	if err != nil {
		return nil, node.Placed(err, places)
	}
	t, err := call.Env.Tables.Take(ctx, call.Tenant, reading.Columns, reading.Feed, func(rows, total int64, _ float64) { call.Progress(rows, total, "keys") })
	if err != nil {
		return nil, node.Placed(err, places)
	}
	call.Log("info", fmt.Sprintf("%s read.", words.Number(t.Meta.Rows, "key", "keys")))
	return value.Outputs{"table": {Kind: value.Table, Artifact: &t.Artifact, Table: &t.Meta}}, nil
}
