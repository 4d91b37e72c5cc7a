package mongo

import (
	"context"
	"encoding/json"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/newer"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
)

// Read says which documents to read.
type Read struct {
	Target
	Filter      string   `json:"filter,omitempty" title:"Filter" zh:"筛选条件" widget:"document" of:"filter" example:"{\"city\": \"Delft\", \"day\": {\"$gte\": {\"$date\": {{ params.since }}}}}" doc:"Which documents, as JSON; left empty, all" doc_zh:"以 JSON 表示的筛选条件；留空为全部文档"`
	Fields      []string `json:"fields,omitempty" title:"Fields" zh:"字段" doc:"Of the documents; left empty, all that any document has" doc_zh:"要读取的字段；留空为所有文档中出现的全部字段"`
	Projection  string   `json:"projection,omitempty" title:"Projection" zh:"投影" more:"true" widget:"document" example:"{\"name\": 1, \"first\": {\"$first\": \"$lines\"}}" doc:"In place of fields: what to give of each document, as JSON" doc_zh:"代替字段：以 JSON 表示每个文档返回的内容"`
	Sort        string   `json:"sort,omitempty" title:"Order" zh:"排序" widget:"document" example:"{\"day\": -1, \"name\": 1}" doc:"As JSON: 1 is upwards, -1 downwards" doc_zh:"JSON 格式：1 为升序，-1 为降序"`
	Pipeline    string   `json:"pipeline,omitempty" title:"Pipeline" zh:"聚合管道" more:"true" widget:"document" example:"[{\"$match\": {\"city\": \"Delft\"}}, {\"$group\": {\"_id\": \"$name\", \"n\": {\"$sum\": 1}}}]" doc:"In place of all these: the stages of an aggregation, as a JSON list; none that writes" doc_zh:"代替以上各项：以 JSON 列表表示的聚合阶段；不允许写入的阶段"`
	Limit       int64    `json:"limit,omitempty" title:"At most" zh:"最多文档数" more:"true" minimum:"0" doc:"Documents to read; 0 is all" doc_zh:"读取的文档数；0 为全部"`
	Incremental string   `json:"incremental,omitempty" title:"Only new ones by" zh:"按字段增量读取" example:"_id" doc:"A field that grows, such as an object id or the time of the last change: only documents beyond the greatest value of the last run that succeeded are read, and none without a value" doc_zh:"递增的字段，例如对象 ID 或最后修改时间：只读取大于上次成功运行最大值的文档，没有值的文档不会读取"`
	node.Advances
}

// Check finds what the schema cannot, and what is no JSON.
func (c Read) Check() []errs.Detail {
	found := c.problems()
	for _, part := range []struct{ field, text string }{{"filter", c.Filter}, {"projection", c.Projection}, {"sort", c.Sort}, {"pipeline", c.Pipeline}} {
		if part.text != "" && !strings.Contains(part.text, "{{") && !json.Valid([]byte(part.text)) {
			found = append(found, node.Refuse("with."+part.field, "This is not valid JSON")...)
		}
	}
	return found
}

// problems are in what is set together.
func (c Read) problems() []errs.Detail {
	switch {
	case c.Pipeline != "" && c.Filter+c.Projection+c.Sort != "":
		return node.Refuse("with.pipeline", "A pipeline itself says which documents, in which order and what of them: leave filter, projection and order out")
	case c.Pipeline != "" && len(c.Fields) > 0:
		return node.Refuse("with.fields", "A pipeline itself says which fields it gives: end it with $project")
	case c.Projection != "" && len(c.Fields) > 0:
		return node.Refuse("with.fields", "Give fields or a projection, not both")
	case c.Limit > 0 && c.Incremental != "":
		return node.Refuse("with.limit", "With a limit, new documents would be left out for good")
	}
	return nil
}

func readType() node.Type {
	out := func(text string) map[string]json.RawMessage {
		return map[string]json.RawMessage{"table": json.RawMessage(text)}
	}
	t := node.Define(node.Type{
		Name: "mongo.read",
		Doc: node.Doc{
			Title:   node.Text{EN: "Read from MongoDB", ZH: "读取 MongoDB"},
			Summary: node.Text{EN: "Reads documents of a collection as a table.", ZH: "将集合中的文档读取为表。"},
			Details: node.Text{
				EN: "Each field at the top of the documents becomes a column, with the type of its values in **all** documents that are read. Object ids become texts, nested documents and lists become JSON. A field whose values have no common type becomes JSON as well, so that nothing is lost: in it each value says what it is, such as `{\"$oid\": \"65a…\"}`. A field that a document does not have is empty. " +
					"Filter, projection, order and pipeline are Extended JSON: times are written `{\"$date\": \"2024-12-31T00:00:00Z\"}` and object ids `{\"$oid\": \"65a…\"}`. Expressions in them are values, such as `{{ params.city }}` without quotes, and can become neither operators nor code: what comes from outside cannot change the query. Where something is computed, as in a projection or in stages other than `$match`, a value that begins with `$` would be a field and is refused; `{\"$literal\": {{ params.city }}}` takes any. " +
					"With *Only new ones by*, the greatest value of that field is remembered for this step once the whole run has succeeded; documents without the field are left out. A field with values of several kinds is refused, for no order says which of them are new. Documents that come later with the very time that was the greatest are read; with the same value of another kind they are not." +
					"\n\nBefore the first run, a preview reads the first 1,000 documents, so that the columns are known while the flow is drawn; later documents may bring further columns and other types.",
				ZH: "文档顶层的每个字段成为一列，类型取自**所有**读取文档中的值。对象 ID 变为文本，嵌套文档和列表变为 JSON。值没有共同类型的字段也变为 JSON，因此不会丢失任何内容：其中每个值都说明自身类型，例如 `{\"$oid\": \"65a…\"}`。文档中没有的字段为空。" +
					"筛选条件、投影、排序和管道采用扩展 JSON：时间写作 `{\"$date\": \"2024-12-31T00:00:00Z\"}`，对象 ID 写作 `{\"$oid\": \"65a…\"}`。其中的表达式是值，例如不带引号的 `{{ params.city }}`，不会成为操作符或代码：外部数据无法改变查询。在进行计算的位置（如投影或 `$match` 以外的阶段），以 `$` 开头的值会被视为字段，因此会被拒绝；`{\"$literal\": {{ params.city }}}` 可接受任意值。" +
					"设置“按字段增量读取”后，仅当整个运行成功时才记住该字段的最大值；没有该字段的文档不会被读取。字段中含有多种类型的值时会被拒绝，因为无法判断哪些是新的。之后以相同最大时间到达的文档仍会被读取；其他类型的相同值则不会。" +
					"\n\n首次运行前，预览会读取前 1,000 个文档，因此绘制流程时即可知道列；之后的文档可能带来更多列和其他类型。",
			},
			Family: "sql", Icon: "brand-mongodb", Keywords: []string{"mongodb", "nosql", "document", "collection", "find", "aggregate", "import", "atlas"},
		},
		Inputs:  []node.Port{{Name: "input", Title: node.Text{EN: "After", ZH: "前序"}, Many: true}},
		Outputs: []node.Port{{Name: "table", Kind: value.Table, Title: node.Text{EN: "Table", ZH: "表"}}},
		Effect:  node.Pure, Pool: node.IO, Key: newer.State,
		Examples: []node.Example{
			{
				Title:  "Some fields of some documents",
				With:   map[string]any{"connection": "catalog", "collection": "products", "filter": `{"price": {"$lt": {{ params.most }}}}`, "fields": []any{"name", "price"}, "sort": `{"price": 1}`},
				Params: map[string]any{"most": 10},
				Want:   out(`[{"name": "pen", "price": 1.5}, {"name": "book", "price": 8}]`),
			},
			{
				Title: "Nested documents are JSON",
				With:  map[string]any{"connection": "catalog", "collection": "products", "filter": `{"name": "pen"}`},
				Want:  out(`[{"_id": "65a000000000000000000001", "name": "pen", "price": 1.5, "tags": ["blue", "new"], "added": "2024-01-01T00:00:00Z"}]`),
			},
			{
				Title: "A pipeline",
				With:  map[string]any{"connection": "catalog", "collection": "products", "pipeline": `[{"$unwind": "$tags"}, {"$group": {"_id": "$tags", "n": {"$sum": 1}}}, {"$sort": {"n": -1, "_id": 1}}]`},
				Want:  out(`[{"_id": "new", "n": 2}, {"_id": "blue", "n": 1}]`),
			},
		},
	}, read)
	t.Marked = marked
	t = node.LookOf(t, look)
	return node.DatasetsOf(t, func(c Read) []node.Dataset { return c.datasets() })
}

func read(ctx context.Context, call *node.Call, c Read) (value.Outputs, error) {
	if problems := c.problems(); len(problems) > 0 { // with its expressions resolved
		return nil, node.Invalid(problems)
	}
	mark, err := newer.Begin(ctx, call, newer.Of{Column: c.Incremental, Connection: c.Connection, What: []newer.Part{
		{Name: "database", Value: c.Database}, {Name: "collection", Value: c.Collection},
		{Name: "filter", Value: c.Filter, Worked: true}, {Name: "pipeline", Value: c.Pipeline, Worked: true},
	}})
	if err != nil {
		return nil, err
	}
	conn, err := node.Connect[connector.Collections](ctx, call, c.Connection)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }() // it has only read
	req := c.request()
	req.Since = mark.Since()
	reading, err := conn.Read(ctx, req)
	if err != nil {
		return nil, c.placed(err)
	}
	call.Detail("query", reading.SQL)
	t, err := call.Env.Tables.Take(ctx, call.Tenant, reading.Columns, reading.Feed, func(rows, total int64, _ float64) { call.Progress(rows, total, "rows") })
	if err != nil {
		return nil, c.placed(err)
	}
	t, err = mark.Propose(ctx, call, t, reading)
	if err != nil {
		return nil, err
	}
	return value.Outputs{"table": {Kind: value.Table, Artifact: &t.Artifact, Table: &t.Meta}}, nil
}
