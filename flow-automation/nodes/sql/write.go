package sql

import (
	"context"
	"encoding/json"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/rows"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// Write says where to write the table and how.
type Write struct {
	Connection string `json:"connection" required:"true" title:"Connection" zh:"连接" widget:"connection" of:"sql" example:"warehouse" doc:"The database" doc_zh:"数据库连接"`
	Target
	Mode     connector.Mode `json:"mode" title:"Mode" zh:"模式" enum:"append,truncate,upsert,mirror,delete,replace" default:"append" doc:"append: add the rows. truncate: empty the table first. upsert: change the rows of the same key and add the others. mirror: upsert, and remove the rows whose key did not come in. delete: remove the rows of these keys. replace: put these rows, with their columns, in the place of the table's" doc_zh:"append：追加行；truncate：先清空表；upsert：按键更新已有行并添加其余行；mirror：在 upsert 的基础上删除键未出现的行；delete：删除这些键的行；replace：用这些行及其列替换表中的内容"`
	Keys     []string       `json:"keys,omitempty" title:"Key" zh:"键" widget:"columns" doc:"Of upsert, mirror and delete: the columns that tell rows apart; for the first two the table needs a unique index on them" doc_zh:"用于 upsert、mirror 和 delete：区分行的列；前两者要求表在这些列上有唯一索引"`
	Create   bool           `json:"create,omitempty" title:"Make the table" zh:"自动建表" doc:"When there is none yet; replace makes it in any case" doc_zh:"表不存在时创建；replace 总会创建"`
	Once     bool           `json:"once,omitempty" title:"Never twice" zh:"绝不重复" more:"true" doc:"Of append: the database remembers, in the table dataflow_writes and in the same transaction, which steps have written, so that a step which is repeated after a crash does not add its rows again" doc_zh:"用于 append：数据库在同一事务中用表 dataflow_writes 记住已写入的步骤，因此崩溃后重复执行的步骤不会再次追加"`
	Rounding table.Rounding `json:"rounding,omitempty" title:"Rounding" zh:"舍入" more:"true" enum:"inexact,refuse,allow" default:"inexact" doc:"What to do with values that the column has room for only rounded. inexact: write fractions into floating point (real, FLOAT), and times with more places of seconds than the column has, as the nearest that there is, and times with a zone as those of UTC where it keeps no zones, with a warning; name all others. refuse: name every such value, and write nothing. allow: round decimals and whole numbers, too, with a warning. Columns of the key are never rounded" doc_zh:"如何处理列只能以舍入形式容纳的值。inexact：写入浮点列（real、FLOAT）的小数以及秒的小数位多于列的时间，按最近的值写入，列不保留时区时带时区的时间按 UTC 写入，均告警，其余的则报错；refuse：一律报错，不写入；allow：小数和整数也舍入，并告警。键列从不舍入"`
}

// Check finds what the schema cannot.
func (w Write) Check() []errs.Detail {
	switch {
	case w.Table == "":
		return node.Refuse("with.table", "Name the table to write to")
	case w.Mode.ByKey() && len(w.Keys) == 0:
		return node.Refuse("with.keys", "To tell rows apart, name the columns of the key")
	case w.Once && w.Mode != connector.Append:
		return node.Refuse("with.once", "Only append needs this; the other modes give the same when they are repeated")
	}
	return nil
}

func writeType() node.Type {
	input := map[string]json.RawMessage{"table": json.RawMessage(`[{"id": 3, "customer": "Cy", "amount": 7.5}, {"id": 4, "customer": "Di", "amount": null}]`)}
	out := func(text string) map[string]json.RawMessage {
		return map[string]json.RawMessage{"written": json.RawMessage(text)}
	}
	t := node.Define(node.Type{
		Name: "sql.write",
		Doc: node.Doc{
			Title:   node.Text{EN: "Write to database", ZH: "写入数据库"},
			Summary: node.Text{EN: "Writes a table into one of a database.", ZH: "将表写入数据库中的表。"},
			Details: node.Text{
				EN: "All rows are written, or none: a write that fails leaves the table as it was, and a value that does not fit is named with its row and column. Rows are counted on both sides before they are kept. " +
					"A value fits when it comes out as it went in: whole numbers and decimals are not rounded, nor is the time of day cut off; what floating point and seconds may lose is a warning, with the column and the first row, and *Rounding* makes it stricter or laxer. *truncate* and *replace* refuse tables whose rows would take those of others along (ON DELETE CASCADE). " +
					"*replace* stages the rows, counts them and then puts them in the place of what is there; a table of the same columns keeps its types, indexes and all that belongs to it, or the step says what stands in the way. *mirror* makes the table hold what came in and nothing else, which finds rows that were deleted at the source; it refuses to when no rows came in. All but append give the same when they are repeated. *append* does not: after a crash in the midst of it the step is not repeated but fails as interrupted, unless *Never twice* is on.",
				ZH: "要么写入所有行，要么一行也不写：失败的写入不改变原表，不匹配的值会指出其行和列。保留之前会核对两侧的行数。" +
					"值写入后读出不变才算匹配：不会舍入整数和小数，也不会截掉时刻；浮点数与秒的小数位可能的损失会给出告警，指明列和首个行号，“舍入”可以更严或更宽。若清空表会连带更改其他表的行（ON DELETE CASCADE），*truncate* 和 *replace* 会拒绝执行。" +
					"*replace* 先暂存并核对行数，再替换原有内容；列相同的表保留其类型、索引及所属的一切，否则步骤会指出障碍所在。*mirror* 使表中只保留输入的行，从而发现源头已删除的行；没有输入行时会拒绝执行。除 append 外，重复执行结果相同。*append* 则不然：中途崩溃后该步骤不会重复执行，而是以中断失败，除非打开“绝不重复”。",
			},
			Family: "sql", Icon: "database-import", Keywords: []string{"database", "insert", "upsert", "merge", "load", "postgres", "postgresql", "mysql", "mariadb", "sqlite", "export"},
		},
		Inputs:  []node.Port{{Name: "table", Kind: value.Table, Title: node.Text{EN: "Table", ZH: "表"}, Required: true}},
		Outputs: []node.Port{{Name: "written", Kind: value.JSON, Object: true, Title: node.Text{EN: "What was written", ZH: "写入结果"}}},
		Effect:  node.Unsafe, Pool: node.IO,
		Examples: []node.Example{
			{
				Title: "Change rows by their key and add the others", With: map[string]any{"connection": "shop", "table": "orders", "mode": "upsert", "keys": []any{"id"}}, Inputs: input,
				Want: out(`{"rows": 2, "updated": 1, "removed": 0, "created": false, "already": false}`),
			},
			{
				Title: "Keep what came in and nothing else", With: map[string]any{"connection": "shop", "table": "stock", "mode": "mirror", "keys": []any{"id"}, "create": true}, Inputs: input,
				Want: out(`{"rows": 2, "updated": 0, "removed": 0, "created": true, "already": false}`),
			},
			{
				Title: "Remove rows by their key", With: map[string]any{"connection": "shop", "table": "orders", "mode": "delete", "keys": []any{"id"}},
				Inputs: map[string]json.RawMessage{"table": json.RawMessage(`[{"id": 1}, {"id": 99}]`)},
				Want:   out(`{"rows": 2, "updated": 0, "removed": 1, "created": false, "already": false}`),
			},
			{
				Title: "Put a new table in place", With: map[string]any{"connection": "shop", "table": "report", "mode": "replace"}, Inputs: input,
				Want: out(`{"rows": 2, "updated": 0, "removed": 0, "created": true, "already": false}`),
			},
			{
				Title: "Add rows, and never twice", With: map[string]any{"connection": "shop", "table": "log", "create": true, "once": true}, Inputs: input,
				Want: out(`{"rows": 2, "updated": 0, "removed": 0, "created": true, "already": false}`),
			},
		},
	}, write)
	t.EffectOf = rows.EffectOf(t.Config, func(c Write) (connector.Mode, bool) { return c.Mode, c.Once })
	return node.DatasetsOf(t, func(c Write) []node.Dataset {
		d := node.Dataset{Kind: node.DatasetTable, Connection: c.Connection, Schema: c.Schema, Name: c.Table, Port: "table", Writes: true}
		if c.Mode == connector.Delete {
			d.Filter = c.Keys
		}
		return []node.Dataset{d}
	})
}

func write(ctx context.Context, call *node.Call, c Write) (value.Outputs, error) {
	if problems := c.Check(); len(problems) > 0 { // with its expressions resolved
		return nil, node.Invalid(problems)
	}
	in, err := call.Table("table")
	if err != nil {
		return nil, err
	}
	return rows.Write[connector.Tables](ctx, call, in, rows.Target{
		Connection: c.Connection, Rounding: c.Rounding, Once: c.Once, Places: places, Statements: "sql",
		Request: connector.WriteRequest{Path: c.path(), Mode: c.Mode, Keys: c.Keys, Create: c.Create},
	})
}
