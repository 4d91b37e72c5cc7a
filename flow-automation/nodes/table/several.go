package table

import (
	"encoding/json"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/table/transform/aggregate"
	"dataflow/ide-go-lib/table/transform/join"
	"dataflow/ide-go-lib/table/transform/sql"
	"dataflow/ide-go-lib/table/transform/union"
)

func joinType() node.Type {
	inputs := func(left, right string) map[string]json.RawMessage {
		return map[string]json.RawMessage{"left": json.RawMessage(left), "right": json.RawMessage(right)}
	}
	strikes, airports := `[{"airport": "AMS", "cost": 5}, {"airport": "XXX", "cost": 7}]`, `[{"iata": "AMS", "name": "Schiphol"}, {"iata": "JFK", "name": "Kennedy"}]`
	return transform[join.Config]("table.join", node.Doc{
		Title:   node.Text{EN: "Join tables", ZH: "连接表"},
		Summary: node.Text{EN: "Puts the rows of two tables side by side where columns are equal.", ZH: "按相等的列将两个表的行并排连接。"},
		Details: node.Text{
			EN: "The result has all columns of the left table, then those of the right; a column of the right table whose name the left has too gets the suffix, and a key that is called the same on both sides comes once. " +
				"The order of rows is not promised; sort afterwards if it matters.",
			ZH: "结果先是左表全部列，再是右表的列；右表中与左表重名的列加后缀，两侧同名的匹配列只出现一次。不保证行的顺序，如有需要请在其后排序。",
		},
		Icon: "arrows-join-2", Keywords: []string{"merge", "lookup", "combine", "vlookup"},
	}, []node.Example{
		{
			Title:  "Add names from a second table, keeping rows that have none",
			With:   with{"kind": "left", "on": list{with{"left": "airport", "right": "iata"}}},
			Inputs: inputs(strikes, airports),
			Want:   rows(`[{"airport": "AMS", "cost": 5, "iata": "AMS", "name": "Schiphol"}, {"airport": "XXX", "cost": 7, "iata": null, "name": null}]`),
		},
		{
			Title:  "Rows that have no partner",
			With:   with{"kind": "anti", "on": list{with{"left": "airport", "right": "iata"}}},
			Inputs: inputs(strikes, airports),
			Want:   rows(`[{"airport": "XXX", "cost": 7}]`),
		},
		{
			Title:  "Keys of the same name, and a column that both have",
			With:   with{"kind": "full", "on": list{with{"left": "id"}}, "suffix": "_new"},
			Inputs: inputs(`[{"id": 1, "n": "a"}]`, `[{"id": 1, "n": "b"}]`),
			Want:   rows(`[{"id": 1, "n": "a", "n_new": "b"}]`),
		},
	}, node.Port{Name: "left", Kind: value.Table, Title: node.Text{EN: "Left", ZH: "左表"}, Required: true},
		node.Port{Name: "right", Kind: value.Table, Title: node.Text{EN: "Right", ZH: "右表"}, Required: true})
}

func unionType() node.Type {
	return transform[union.Config]("table.union", node.Doc{
		Title:   node.Text{EN: "Append tables", ZH: "合并表"},
		Summary: node.Text{EN: "Puts tables below each other.", ZH: "将多个表上下拼接。"},
		Details: node.Text{
			EN: "Connect as many tables as you like; their rows come in the order of the connections. By name, a column that a table lacks is empty in its rows.",
			ZH: "可连接任意多个表，行按连接顺序排列。按名称对应时，某表缺少的列在其行中为空。",
		},
		Icon: "stack-2", Keywords: []string{"concat", "append", "stack"},
	}, []node.Example{
		{
			Title:  "By name",
			With:   with{},
			Inputs: map[string]json.RawMessage{"table": json.RawMessage(`[{"a": 1, "b": "x"}]`), "table[1]": json.RawMessage(`[{"b": "y", "c": true}]`)},
			Want:   rows(`[{"a": 1, "b": "x", "c": null}, {"a": null, "b": "y", "c": true}]`),
		},
		{
			Title:  "By position",
			With:   with{"match": "position"},
			Inputs: map[string]json.RawMessage{"table": json.RawMessage(`[{"a": 1}]`), "table[1]": json.RawMessage(`[{"other": 2}, {"other": 1}]`)},
			Want:   rows(`[{"a": 1}, {"a": 2}, {"a": 1}]`),
		},
	}, node.Port{Name: "table", Kind: value.Table, Title: node.Text{EN: "Tables", ZH: "表"}, Required: true, Many: true})
}

func aggregateType() node.Type {
	sales := `[{"city": "Utrecht", "amount": 5}, {"city": "Amsterdam", "amount": 2}, {"city": "Utrecht", "amount": 1}, {"city": "Utrecht", "amount": null}]`
	return transform[aggregate.Config]("table.aggregate", node.Doc{
		Title:   node.Text{EN: "Aggregate", ZH: "汇总"},
		Summary: node.Text{EN: "Groups rows and computes counts, sums, averages and more.", ZH: "分组并计算计数、求和、平均等。"},
		Details: node.Text{
			EN: "Gives one row for each combination of the grouping columns, in their order. Empty values are left out of sums, averages and counts of a column; a count without a column counts rows.",
			ZH: "分组列的每种组合得到一行，并按其排序。对列求和、平均、计数时忽略空值；不填列的计数统计行数。",
		},
		Icon: "sum", Keywords: []string{"group by", "sum", "count", "average", "summarise", "pivot"},
	}, []node.Example{
		{
			Title:  "Rows and amount of each city",
			With:   with{"by": list{"city"}, "values": list{with{"function": "count", "as": "sales"}, with{"function": "sum", "column": "amount"}}},
			Inputs: rows(sales),
			Want:   rows(`[{"city": "Amsterdam", "sales": 1, "sum_amount": 2}, {"city": "Utrecht", "sales": 3, "sum_amount": 6}]`),
		},
		{
			Title:  "The whole table",
			With:   with{"values": list{with{"function": "avg", "column": "amount", "as": "mean"}, with{"function": "count_distinct", "column": "city", "as": "cities"}, with{"function": "count", "column": "amount", "as": "known"}}},
			Inputs: rows(`[{"city": "Utrecht", "amount": 5}, {"city": "Amsterdam", "amount": 2}, {"city": "Utrecht", "amount": null}]`),
			Want:   rows(`[{"mean": 3.5, "cities": 2, "known": 2}]`),
		},
	})
}

func sqlType() node.Type {
	t := transform[sql.Config]("table.sql", node.Doc{
		Title:   node.Text{EN: "SQL", ZH: "SQL 查询"},
		Summary: node.Text{EN: "Any SELECT over the inputs.", ZH: "对输入执行任意 SELECT。"},
		Details: node.Text{
			EN: "One SELECT in DuckDB's dialect, with WITH, window functions, PIVOT in FROM, and so on. The table at the port `table` is called `input`; connect further tables under names of your own and use these. " +
				"Nothing but the inputs can be read. `{{ … }}` gives a value, never SQL text.",
			ZH: "一个 DuckDB 方言的 SELECT，可用 WITH、窗口函数、FROM 中的 PIVOT 等。`table` 端口的表名为 `input`；其他表可用自定义名称连接并引用。只能读取输入。`{{ … }}` 只提供值，不会成为 SQL 文本。",
		},
		Icon: "sql", Keywords: []string{"query", "select", "window", "custom"},
	}, []node.Example{
		{
			Title:  "A running total",
			With:   with{"query": "SELECT day, sum(n) OVER (ORDER BY day) AS total FROM input ORDER BY day;"},
			Inputs: rows(`[{"day": 2, "n": 5}, {"day": 1, "n": 3}]`),
			Want:   rows(`[{"day": 1, "total": 3}, {"day": 2, "total": 8}]`),
		},
		{
			Title:  "Two inputs and a value",
			With:   with{"query": "SELECT o.id, c.name\nFROM orders AS o JOIN customers AS c ON o.customer = c.id\nWHERE o.amount > {{ params.least }}"},
			Params: with{"least": 10},
			Inputs: map[string]json.RawMessage{"orders": json.RawMessage(`[{"id": 1, "customer": 7, "amount": 20}, {"id": 2, "customer": 7, "amount": 5}]`), "customers": json.RawMessage(`[{"id": 7, "name": "Ada"}]`)},
			Want:   rows(`[{"id": 1, "name": "Ada"}]`),
		},
	}, node.Port{Name: "table", Kind: value.Table, Title: node.Text{EN: "input", ZH: "input"}})
	t.NamedInputs = true
	return t
}
