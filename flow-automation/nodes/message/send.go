package message

import (
	"context"
	"encoding/json"
	"fmt"

	"dataflow/flow-automation/node"
	given "dataflow/flow-automation/nodes/internal/rows"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/spec"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/words"
)

// Send says what to send, and where to.
type Send struct {
	Connection string   `json:"connection" required:"true" title:"Connection" zh:"连接" widget:"connection" of:"messages" example:"events" doc:"The system of messages" doc_zh:"消息系统的连接"`
	Topic      string   `json:"topic" required:"true" title:"Topic" zh:"主题" minLength:"1" example:"orders" doc:"Topic, subject, stream or queue" doc_zh:"主题、流或队列"`
	Format     Format   `json:"format" title:"Bodies" zh:"消息体" enum:"json,text,binary" default:"json" doc:"json: the row as an object, or one column. text and binary: one column, which for binary holds bytes or base64" doc_zh:"json：整行作为对象，或某一列；text 和 binary：某一列，binary 为字节或 base64"`
	Body       string   `json:"body,omitempty" title:"Column of the body" zh:"消息体列" widget:"column" doc:"Left empty, the row becomes an object" doc_zh:"留空则整行成为对象"`
	Columns    []string `json:"columns,omitempty" title:"Fields" zh:"字段" widget:"columns" doc:"The columns that make the object; left empty, all of them" doc_zh:"组成对象的列；留空为全部"`
	Key        string   `json:"key,omitempty" title:"Column of the key" zh:"键列" widget:"column" doc:"Of systems whose messages have keys" doc_zh:"用于消息带键的系统"`
	Headers    []string `json:"headers,omitempty" title:"Headers" zh:"消息头" more:"true" widget:"columns" doc:"Columns whose values become headers of the same name; null is no header" doc_zh:"其值成为同名消息头的列；null 表示没有"`
	Repeat     bool     `json:"repeat,omitempty" title:"May be sent again" zh:"允许重发" more:"true" doc:"After a crash in the midst of it the step is repeated, so that messages may come twice: for receivers who tell them apart, such as by their keys" doc_zh:"中途崩溃后重复该步骤，消息可能到达两次：适用于能区分消息（例如按键）的接收方"`
}

// Check finds what the schema cannot.
func (s Send) Check() []errs.Detail {
	switch {
	case s.Format != JSON && s.Body == "":
		return node.Refuse("with.body", "Name the column that has the body; only bodies of JSON are made of whole rows")
	case s.Body != "" && len(s.Columns) > 0:
		return node.Refuse("with.columns", "The body is one column already; take either out")
	}
	return nil
}

func sendType() node.Type {
	t := node.Define(node.Type{
		Name: "message.send",
		Doc: node.Doc{
			Title:   node.Text{EN: "Send messages", ZH: "发送消息"},
			Summary: node.Text{EN: "Sends each row of a table as a message.", ZH: "将表的每一行作为一条消息发送。"},
			Details: node.Text{
				EN: "Rows are sent in their order, and the step ends when the system has all of them safe. A step that fails may have sent some: the error says how many. " +
					"After a crash in the midst of it the step is not repeated but fails as interrupted, unless *May be sent again* is on; a stream of NATS then leaves out the messages that it has already, within its window of duplicates. " +
					"A null body removes those of the same key where topics of Kafka are compacted, and is an empty one elsewhere.",
				ZH: "按行的顺序发送，系统安全保存所有消息后步骤结束。失败的步骤可能已发送一部分：错误会说明数量。" +
					"中途崩溃后该步骤不会重复执行，而是以中断失败，除非打开“允许重发”；此时 NATS 的流会在其去重窗口内忽略已有的消息。" +
					"消息体为 null 时，在压缩的 Kafka 主题中删除同键消息，其他系统中为空消息体。",
			},
			Family: "message", Icon: "message-up", Keywords: []string{"kafka", "nats", "mqtt", "nsq", "redis", "stream", "queue", "topic", "publish", "produce", "event", "emit"},
		},
		Inputs:  []node.Port{{Name: "table", Kind: value.Table, Title: node.Text{EN: "Table", ZH: "表"}, Required: true}},
		Outputs: []node.Port{{Name: "sent", Kind: value.JSON, Title: node.Text{EN: "What was sent", ZH: "发送结果"}}},
		Effect:  node.Unsafe, Pool: node.IO,
		Examples: []node.Example{
			{
				Title: "Rows as JSON, with a key", With: map[string]any{"connection": "events", "topic": "notes", "key": "customer", "columns": []any{"id", "amount"}},
				Inputs: map[string]json.RawMessage{"table": json.RawMessage(`[{"id": 3, "customer": "Cy", "amount": 7.5}, {"id": 4, "customer": "Di", "amount": null}]`)},
				Want:   map[string]json.RawMessage{"sent": json.RawMessage(`{"messages": 2}`)},
			},
			{
				Title: "A column as the body, another as a header", With: map[string]any{"connection": "events", "topic": "notes", "format": "text", "body": "text", "headers": []any{"language"}},
				Inputs: map[string]json.RawMessage{"table": json.RawMessage(`[{"text": "Hello", "language": "en"}]`)},
				Want:   map[string]json.RawMessage{"sent": json.RawMessage(`{"messages": 1}`)},
			},
		},
	}, send)
	t.EffectOf = sendEffect(t.Config)
	return node.DatasetsOf(t, func(c Send) []node.Dataset {
		return []node.Dataset{{Kind: node.DatasetTable, Connection: c.Connection, Name: c.Topic, Port: "table", Writes: true}}
	})
}

// sendEffect is honest about what a repetition does.
func sendEffect(schema *spec.Schema) func(json.RawMessage) node.Effect {
	return func(config json.RawMessage) node.Effect {
		if c, ok := node.Loose[Send](schema, config); ok && c.Repeat {
			return node.Idempotent
		}
		return node.Unsafe
	}
}

func send(ctx context.Context, call *node.Call, c Send) (value.Outputs, error) {
	if problems := c.Check(); len(problems) > 0 { // with its expressions resolved
		return nil, node.Invalid(problems)
	}
	var rows rows
	form := func(columns []table.Column) (_ table.Relation, err error) {
		rows, err = c.rows(columns)
		return rows, err
	}
	return given.Sent(ctx, call, c.Connection, form, func(conn connector.Messages, made table.Table) (value.Outputs, error) {
		out := &sender{call: call, conn: conn, to: c, total: made.Meta.Rows}
		if _, err := call.Env.Tables.Give(ctx, call.Tenant, made.Artifact, rows.stream(), out.drain); err != nil {
			return nil, out.partly(node.Placed(err, places))
		}
		call.Log("info", fmt.Sprintf("%s sent to %s.", words.Number(out.sent, "message", "messages"), c.Topic))
		data, err := json.Marshal(map[string]int64{"messages": out.sent})
		return value.Outputs{"sent": {Kind: value.JSON, Data: data}}, err
	})
}
