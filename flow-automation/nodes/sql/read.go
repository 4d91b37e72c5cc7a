package sql

import (
	"context"
	"encoding/json"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/newer"
	"dataflow/flow-automation/nodes/internal/rows"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// Read says what to read: a table or a query.
type Read struct {
	Connection string `json:"connection" required:"true" title:"Connection" zh:"连接" widget:"connection" of:"sql" example:"warehouse" doc:"The database" doc_zh:"数据库连接"`
	Target
	Columns     []string  `json:"columns,omitempty" title:"Columns" zh:"列" widget:"stored" of:"column" doc:"Of the table; left empty, all of them" doc_zh:"要读取的列；留空为全部"`
	Query       table.SQL `json:"query,omitempty" title:"Query" zh:"查询" widget:"sql" example:"SELECT * FROM orders WHERE day >= {{ params.since }}" doc:"A SELECT in the database's own SQL, in place of a table; expressions in it are bound as values" doc_zh:"以数据库自身 SQL 编写的 SELECT，代替表；其中的表达式作为绑定值传入"`
	Incremental string    `json:"incremental,omitempty" title:"Only new rows by" zh:"按列增量读取" widget:"stored" of:"column" example:"id" doc:"A column that grows, such as a number or the time of the last change: only rows beyond the greatest value of the last run that succeeded are read, and none without a value" doc_zh:"递增的列，例如编号或最后修改时间：只读取大于上次成功运行最大值的行，没有值的行不会读取"`
	node.Advances
}

// Check finds what the schema cannot, and what every database would refuse: a procedure that only reads may be called.
func (c Read) Check() []errs.Detail {
	found := c.problems()
	if word := sqltext.Changes(c.Query.Text); word != "" && word != "CALL" && len(found) == 0 {
		found = []errs.Detail{{Code: connector.CodeSQL, Message: "Only a SELECT may stand here; " + word + " is not possible", Place: errs.Place{Field: "with.query"}}}
	}
	return found
}

// problems are in what is set together.
func (c Read) problems() []errs.Detail {
	query := strings.TrimSpace(c.Query.Text) != ""
	switch {
	case query && c.Table != "":
		return node.Refuse("with.query", "Give a table or a query, not both")
	case !query && c.Table == "":
		return node.Refuse("with.table", "Name a table, or write a query")
	case query && len(c.Columns) > 0:
		return node.Refuse("with.columns", "A query itself says which columns it gives")
	}
	return nil
}

func readType() node.Type {
	out := func(text string) map[string]json.RawMessage {
		return map[string]json.RawMessage{"table": json.RawMessage(text)}
	}
	t := node.Define(node.Type{
		Name: "sql.read",
		Doc: node.Doc{
			Title:   node.Text{EN: "Read from database", ZH: "读取数据库"},
			Summary: node.Text{EN: "Reads a table or a query of a database.", ZH: "读取数据库中的表或查询结果。"},
			Details: node.Text{
				EN: "All rows are read in one transaction that changes nothing, and stream into a table, however many there are. The query is a single SELECT; expressions in it become bound values, never SQL. Numbers, times, JSON, lists and bytes keep their types; a `numeric` without a precision becomes a DOUBLE, and what only the database knows becomes a text. " +
					"With *Only new rows by*, the greatest value of that column is remembered for this step once the whole run has succeeded, so that after a run which fails the next one reads the same rows again; so it does after one in which a step behind this one failed on its way to something that is written or sent, also when that was passed over, unless *Counts as read* allows it. Tests and runs of some nodes only change nothing of it. Rows that are committed later with a smaller value are not seen: choose a column that only grows, such as a sequence or a time of change. Rows that come later with the very time that was the greatest are read; with the same number or text they are not. The memory belongs to the flow's and the node's name and to what is read; another place that the connection leads to, table, query or value bound in it begins anew." +
					"\n\nBefore the first run, a preview reads the first 1,000 rows, or only the columns where those take long, so that the columns are known while the flow is drawn. It says what it has read. Settings must be fixed or come from parameters for that.",
				ZH: "所有行在一个只读事务中读取，并以流的方式写入表，行数不限。查询为单个 SELECT；其中的表达式作为绑定值传入，绝不会成为 SQL 文本。数字、时间、JSON、列表和二进制保留其类型；没有精度的 `numeric` 变为 DOUBLE，数据库特有的类型变为文本。" +
					"设置“按列增量读取”后，仅当整个运行成功时才记住该列的最大值，因此失败的运行下次会重新读取相同的行；其后通向写入或发送的步骤失败时（即使被忽略）也是如此，除非“视为已读”允许。测试和仅运行部分节点不会改变该记忆。之后以更小的值提交的行不会被读取：请选择只增不减的列，例如序列号或修改时间。之后以相同最大时间到达的行仍会被读取；相同的数字或文本则不会。该记忆属于流程名、节点名和读取对象；连接指向别处、更换表、查询或其中的绑定值后重新开始。" +
					"\n\n首次运行前，预览会读取前 1,000 行；若耗时较长，则只获取列，因此绘制流程时即可知道列，并会说明读取了什么。设置须为固定值或仅引用参数。",
			},
			Family: "sql", Icon: "database-export", Keywords: []string{"database", "select", "query", "postgres", "postgresql", "mysql", "mariadb", "sqlite", "import", "incremental"},
		},
		Inputs:  []node.Port{{Name: "input", Title: node.Text{EN: "After", ZH: "前序"}, Many: true}},
		Outputs: []node.Port{{Name: "table", Kind: value.Table, Title: node.Text{EN: "Table", ZH: "表"}}},
		Effect:  node.Pure, Pool: node.IO, Key: newer.State,
		Examples: []node.Example{
			{
				Title: "Some columns of a table",
				With:  map[string]any{"connection": "shop", "table": "orders", "columns": []any{"id", "customer"}},
				Want:  out(`[{"id": 1, "customer": "Ada"}, {"id": 2, "customer": "Bob"}, {"id": 3, "customer": "Ada"}]`),
			},
			{
				Title:  "A query with a bound value",
				With:   map[string]any{"connection": "shop", "query": "SELECT customer, sum(amount) AS total FROM orders WHERE customer = {{ params.who }} GROUP BY customer"},
				Params: map[string]any{"who": "Ada"},
				Want:   out(`[{"customer": "Ada", "total": 20.5}]`),
			},
			{
				Title: "Only new rows",
				With:  map[string]any{"connection": "shop", "table": "orders", "columns": []any{"id"}, "incremental": "id"},
				Want:  out(`[{"id": 1}, {"id": 2}, {"id": 3}]`),
			},
		},
	}, read)
	t.Marked = marked
	t = node.LookOf(t, look)
	return node.DatasetsOf(t, func(c Read) []node.Dataset {
		if c.Table == "" {
			return []node.Dataset{{Kind: node.DatasetQuery, Connection: c.Connection, Name: c.Query.Text, Port: "table"}}
		}
		return []node.Dataset{{Kind: node.DatasetTable, Connection: c.Connection, Schema: c.Schema, Name: c.Table, Port: "table"}}
	})
}

func read(ctx context.Context, call *node.Call, c Read) (value.Outputs, error) {
	if problems := c.problems(); len(problems) > 0 { // with its expressions resolved
		return nil, node.Invalid(problems)
	}
	req := connector.ReadRequest{Path: c.path(), Columns: c.Columns, Query: c.Query}
	mark, err := newer.Begin(ctx, call, newer.Of{Column: c.Incremental, Connection: c.Connection, What: []newer.Part{
		{Name: "schema", Value: c.Schema}, {Name: "table", Value: c.Table}, {Name: "query", Value: c.Query.Text},
		{Name: "value bound in the query", Value: c.Query.Args, Worked: true, Later: true},
	}})
	if err != nil {
		return nil, err
	}
	req.Since = mark.Since()
	conn, err := node.Connect[connector.Tables](ctx, call, c.Connection)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }() // it has only read
	reading, err := conn.Read(ctx, req)
	if err != nil {
		return nil, c.placed(err)
	}
	call.Detail("sql", reading.SQL)
	rows.Found(call, req.Path, reading.Schema)
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
