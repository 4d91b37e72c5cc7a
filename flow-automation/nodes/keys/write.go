package keys

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"dataflow/flow-automation/node"
	given "dataflow/flow-automation/nodes/internal/rows"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/spec"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/words"
)

// Write says which keys to write, and how.
type Write struct {
	Connection string         `json:"connection" required:"true" title:"Connection" zh:"连接" widget:"connection" of:"keys" example:"cache" doc:"The system of keys and values" doc_zh:"键值系统的连接"`
	Key        string         `json:"key" title:"Column of the key" zh:"键列" widget:"column" default:"key" minLength:"1"`
	Prefix     string         `json:"prefix,omitempty" title:"Prefix" zh:"前缀" example:"user:" doc:"What each key begins with, before the value of its column" doc_zh:"加在每个键之前的文本"`
	Value      string         `json:"value,omitempty" title:"Column of the value" zh:"值列" widget:"column" doc:"Left empty, the row becomes an object of JSON; a null removes the key" doc_zh:"留空则整行成为 JSON 对象；null 表示删除该键"`
	Type       string         `json:"type,omitempty" title:"Column of the type" zh:"类型列" more:"true" widget:"column" doc:"string, hash, list, set or zset; left empty, all are strings. Values of the others are JSON" doc_zh:"string、hash、list、set 或 zset；留空则全部为字符串。其他类型的值为 JSON"`
	Expire     string         `json:"expire,omitempty" title:"Column of the expiry" zh:"过期列" more:"true" widget:"column" doc:"Seconds until the key goes away; null keeps it" doc_zh:"键过期前的秒数；null 表示不过期"`
	Seconds    float64        `json:"seconds,omitempty" title:"Expiry in seconds" zh:"过期秒数" more:"true" minimum:"0" doc:"Of all keys, where no column says it; 0 keeps them" doc_zh:"没有过期列时用于所有键；0 表示不过期"`
	Mode       connector.Mode `json:"mode" title:"Mode" zh:"模式" enum:"upsert,append,delete" default:"upsert" doc:"upsert: put the keys in place of those that are there. append: fail where a key is there already. delete: remove the keys" doc_zh:"upsert：替换已有的键；append：键已存在则失败；delete：删除这些键"`
}

// Check finds what the schema cannot.
func (w Write) Check() []errs.Detail {
	if w.Expire != "" && w.Seconds > 0 {
		return []errs.Detail{{Code: node.CodeConfigInvalid, Message: "A column says already when keys go away; take either out", Place: errs.Place{Field: "with.seconds"}}}
	}
	return nil
}

func writeType() node.Type {
	out := func(text string) map[string]json.RawMessage {
		return map[string]json.RawMessage{"written": json.RawMessage(text)}
	}
	rows := map[string]json.RawMessage{"table": json.RawMessage(`[{"id": 2, "name": "Bea"}, {"id": 3, "name": "Cy"}]`)}
	t := node.Define(node.Type{
		Name: "keys.write",
		Doc: node.Doc{
			Title:   node.Text{EN: "Write keys", ZH: "写入键"},
			Summary: node.Text{EN: "Writes the rows of a table as keys with values.", ZH: "将表的行写为键和值。"},
			Details: node.Text{
				EN: "Up to 100,000 rows or 64 MB (2,000 rows of *append*) are written all, or none, in one transaction of Redis; more are written in several such parts, and an error then says how many rows were written. " +
					"*upsert* and *delete* give the same when they are repeated; *append* does not, and fails as interrupted after a crash in the midst of it.",
				ZH: "最多 100,000 行或 64 MB（append 为 2,000 行）在一个 Redis 事务中全部写入或全不写入；更多的行分多个这样的部分写入，出错时会说明已写入多少行。" +
					"*upsert* 和 *delete* 重复执行结果相同；*append* 则不然，中途崩溃后以中断失败。",
			},
			Family: "keys", Icon: "key", Keywords: []string{"redis", "valkey", "cache", "set", "hash", "expire", "ttl"},
		},
		Inputs:  []node.Port{{Name: "table", Kind: value.Table, Title: node.Text{EN: "Table", ZH: "表"}, Required: true}},
		Outputs: []node.Port{{Name: "written", Kind: value.JSON, Object: true, Title: node.Text{EN: "What was written", ZH: "写入结果"}}},
		Effect:  node.Unsafe, Pool: node.IO,
		Examples: []node.Example{
			{
				Title: "Rows as objects", With: map[string]any{"connection": "cache", "key": "id", "prefix": "user:", "seconds": 3600}, Inputs: rows,
				Want: out(`{"rows": 2, "updated": 1, "removed": 0, "created": false, "already": false}`),
			},
			{
				Title: "Remove keys", With: map[string]any{"connection": "cache", "key": "name", "mode": "delete"},
				Inputs: map[string]json.RawMessage{"table": json.RawMessage(`[{"name": "other"}, {"name": "never there"}]`)},
				Want:   out(`{"rows": 2, "updated": 0, "removed": 1, "created": false, "already": false}`),
			},
		},
	}, write)
	t.EffectOf = effectOf(t.Config)
	return node.DatasetsOf(t, func(c Write) []node.Dataset {
		return []node.Dataset{{Kind: node.DatasetTable, Connection: c.Connection, Name: c.Prefix + "*", Port: "table", Writes: true}}
	})
}

// effectOf is honest about what a repetition does.
func effectOf(schema *spec.Schema) func(json.RawMessage) node.Effect {
	return func(config json.RawMessage) node.Effect {
		if c, ok := node.Loose[Write](schema, config); ok && (c.Mode == connector.Upsert || c.Mode == connector.Delete) {
			return node.Idempotent
		}
		return node.Unsafe
	}
}

func write(ctx context.Context, call *node.Call, c Write) (value.Outputs, error) {
	if problems := c.Check(); len(problems) > 0 { // with its expressions resolved
		return nil, node.Invalid(problems)
	}
	form := func(columns []table.Column) (table.Relation, error) { return c.rows(columns) }
	return given.Sent(ctx, call, c.Connection, form, func(conn connector.Tables, made table.Table) (value.Outputs, error) {
		call.Progress(0, made.Meta.Rows, "keys")
		written, err := conn.Write(ctx, connector.WriteRequest{
			Path: connector.Path{Table: c.Prefix + "*"}, Mode: c.Mode, Keys: []string{"key"}, Columns: made.Meta.Columns, Rows: made.Meta.Rows,
			Give: func(ctx context.Context, columns []table.StreamColumn, drain func(context.Context, io.Reader) error) (int64, error) {
				return call.Env.Tables.Give(ctx, call.Tenant, made.Artifact, columns, drain)
			},
		})
		if err != nil {
			return nil, node.Placed(err, incoming)
		}
		call.Progress(written.Rows, made.Meta.Rows, "keys")
		call.Log("info", fmt.Sprintf("%s written.", words.Number(written.Rows, "key", "keys")))
		data, err := json.Marshal(written)
		return value.Outputs{"written": {Kind: value.JSON, Data: data}}, err
	})
}
