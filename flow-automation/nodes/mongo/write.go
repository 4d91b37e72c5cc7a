package mongo

import (
	"context"
	"encoding/json"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/rows"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
)

// Write says where to write the table and how.
type Write struct {
	Target
	Mode      connector.Mode `json:"mode" title:"Mode" zh:"模式" enum:"append,truncate,upsert,delete,replace" default:"append" doc:"append: add the rows. truncate, replace: put the rows in the place of all documents; replace also makes the collection. upsert: change the documents of the same key and add the others. delete: remove the documents of these keys" doc_zh:"append：追加；truncate、replace：以这些行替换全部文档，replace 还会创建集合；upsert：按键更新已有文档并添加其余；delete：删除这些键的文档"`
	Keys      []string       `json:"keys,omitempty" title:"Key" zh:"键" widget:"columns" doc:"Of upsert and delete: the columns that tell documents apart; upsert needs a unique index on them, as _id has" doc_zh:"用于 upsert 和 delete：区分文档的列；upsert 需要这些字段有唯一索引，_id 自带"`
	ObjectIDs []string       `json:"object_ids,omitempty" title:"Object ids" zh:"对象 ID 列" more:"true" widget:"columns" default:"[\"_id\"]" doc:"Columns of texts that become object ids" doc_zh:"将文本转换为对象 ID 的列"`
	Create    bool           `json:"create,omitempty" title:"Make the collection" zh:"自动创建集合" doc:"When there is none yet; replace makes it in any case" doc_zh:"集合不存在时创建；replace 总会创建"`
	Once      bool           `json:"once,omitempty" title:"Never twice" zh:"绝不重复" more:"true" doc:"Of append: the ids of the documents are made from the step and the row, so that a step which is repeated after a crash finds what it has added" doc_zh:"用于 append：文档 ID 由步骤和行生成，因此崩溃后重复执行的步骤能识别已添加的文档"`
}

// Check finds what the schema cannot.
func (w Write) Check() []errs.Detail {
	switch {
	case w.Mode.ByKey() && len(w.Keys) == 0:
		return node.Refuse("with.keys", "To tell documents apart by key, name the columns of the key")
	case w.Once && w.Mode != connector.Append:
		return node.Refuse("with.once", "Only append needs this; the other modes give the same when they are repeated")
	}
	return nil
}

func writeType() node.Type {
	input := map[string]json.RawMessage{"table": json.RawMessage(`[{"name": "pen", "price": 2.5}, {"name": "lamp", "price": 30}]`)}
	out := func(text string) map[string]json.RawMessage {
		return map[string]json.RawMessage{"written": json.RawMessage(text)}
	}
	t := node.Define(node.Type{
		Name: "mongo.write",
		Doc: node.Doc{
			Title:   node.Text{EN: "Write to MongoDB", ZH: "写入 MongoDB"},
			Summary: node.Text{EN: "Writes a table into a collection, each row as a document.", ZH: "将表写入集合，每行成为一个文档。"},
			Details: node.Text{
				EN: "JSON, lists and structures become nested documents; in JSON, `{\"$oid\": …}` and `{\"$date\": …}` become what they say. Times are kept to the millisecond, an empty value is `null`. " +
					"MongoDB has no transaction over any number of documents. *replace* and *truncate* fill a new collection with the same indexes and rules and swap it in: all or nothing. *append* takes back what it has added when it fails, except rows that bring an `_id` of their own. *upsert* and *delete* that fail in the midst of it leave what they have done, say so, and give the same when they are repeated. " +
					"After a crash *append* is not repeated but fails as interrupted, unless *Never twice* is on.",
				ZH: "JSON、列表和结构成为嵌套文档；JSON 中的 `{\"$oid\": …}` 和 `{\"$date\": …}` 转换为相应类型。时间保留到毫秒，空值为 `null`。" +
					"MongoDB 没有覆盖任意数量文档的事务。*replace* 和 *truncate* 先填充具有相同索引和规则的新集合，再整体替换：全部或全无。*append* 失败时收回已添加的文档，但自带 `_id` 的行除外。*upsert* 和 *delete* 中途失败时保留已完成的部分并说明，重复执行结果相同。" +
					"崩溃后 *append* 不会重复执行，而是以中断失败，除非打开“绝不重复”。",
			},
			Family: "sql", Icon: "brand-mongodb", Keywords: []string{"mongodb", "nosql", "document", "collection", "insert", "upsert", "export", "atlas"},
		},
		Inputs:  []node.Port{{Name: "table", Kind: value.Table, Title: node.Text{EN: "Table", ZH: "表"}, Required: true}},
		Outputs: []node.Port{{Name: "written", Kind: value.JSON, Object: true, Title: node.Text{EN: "What was written", ZH: "写入结果"}}},
		Effect:  node.Unsafe, Pool: node.IO,
		Examples: []node.Example{
			{
				Title: "Change documents by their key and add the others", With: map[string]any{"connection": "catalog", "collection": "stock", "mode": "upsert", "keys": []any{"name"}}, Inputs: input,
				Want: out(`{"rows": 2, "updated": 1, "removed": 0, "created": false, "already": false}`),
			},
			{
				Title: "Put a new collection in place", With: map[string]any{"connection": "catalog", "collection": "report", "mode": "replace"}, Inputs: input,
				Want: out(`{"rows": 2, "updated": 0, "removed": 0, "created": true, "already": false}`),
			},
			{
				Title: "Add documents, and never twice", With: map[string]any{"connection": "catalog", "collection": "log", "create": true, "once": true}, Inputs: input,
				Want: out(`{"rows": 2, "updated": 0, "removed": 0, "created": true, "already": false}`),
			},
		},
	}, write)
	t.EffectOf = rows.EffectOf(t.Config, func(c Write) (connector.Mode, bool) { return c.Mode, c.Once })
	return node.DatasetsOf(t, func(c Write) []node.Dataset {
		d := c.dataset("table")
		d.Writes = true
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
	if c.Mode == connector.Upsert {
		if err := distinct(ctx, call, c, in); err != nil {
			return nil, err
		}
	}
	return rows.Write[connector.Collections](ctx, call, in, rows.Target{
		Connection: c.Connection, Once: c.Once, Places: places, Statements: "query",
		Request: connector.WriteRequest{Path: c.path(), Mode: c.Mode, Keys: c.Keys, Create: c.Create, IDs: c.ObjectIDs},
	})
}

// distinct makes sure that no key comes twice: nobody could say which of the rows is meant.
func distinct(ctx context.Context, call *node.Call, c Write, in value.Value) error {
	for _, k := range c.Keys {
		if !has(in.Table.Columns, k) {
			return nil // the connection says it with what is near
		}
	}
	first := func(r table.Relation) (table.Preview, error) {
		return call.Env.Tables.Preview(ctx, call.Tenant, table.Plan{Relation: r, Inputs: map[string]table.Source{"rows": {Artifact: *in.Artifact}}}, table.PreviewOptions{Limit: 1})
	}
	page, err := first(repeated{keys: c.Keys})
	if err != nil || len(page.Rows) == 0 {
		return err
	}
	if page, err = first(repeated{keys: c.Keys, rows: true}); err != nil {
		return err
	}
	var r connector.Repeated
	for _, row := range page.Rows {
		if err := json.Unmarshal(row, &[]any{&r.First, &r.Second, &r.Key}); err != nil {
			return errs.Internal(err)
		}
	}
	return node.Placed(r.Error(c.Collection, c.Keys), places)
}

func has(columns []table.Column, name string) bool {
	for _, c := range columns {
		if c.Name == name {
			return true
		}
	}
	return false
}

// repeated is the relation of keys that are there more than once or, to name the rows, which takes longer, of the first that is there again: the
// numbers of both rows, and its values.
type repeated struct {
	keys []string
	rows bool
}

func (r repeated) Query(inputs map[string]table.Input) (table.Query, error) {
	quoted, texts := make([]string, len(r.keys)), make([]string, len(r.keys))
	for i, k := range r.keys {
		quoted[i] = sqltext.Quote(k)
		texts[i] = "coalesce(CAST(" + quoted[i] + " AS VARCHAR), 'null')"
	}
	list, from := strings.Join(quoted, ", "), inputs["rows"].Name
	if !r.rows {
		return table.Query{Text: "SELECT " + list + " FROM " + from + " GROUP BY " + list + " HAVING count(*) > 1"}, nil
	}
	row := sqltext.Quote(columns.Free(columns.Row, inputs["rows"]))
	before := "lag(" + row + ") OVER (PARTITION BY " + list + " ORDER BY " + row + ")"
	return table.Query{Text: "SELECT " + before + " AS first, " + row + " AS second, concat_ws(', ', " + strings.Join(texts, ", ") + ") AS key FROM (SELECT *, row_number() OVER () AS " + row + " FROM " + from +
		") QUALIFY " + before + " IS NOT NULL ORDER BY " + row + " LIMIT 1"}, nil
}
