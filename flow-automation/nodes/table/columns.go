package table

import (
	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/table/transform/cast"
	"dataflow/ide-go-lib/table/transform/derive"
	"dataflow/ide-go-lib/table/transform/selectcols"
)

func selectType() node.Type {
	return transform[selectcols.Config]("table.select", node.Doc{
		Title:   node.Text{EN: "Select columns", ZH: "选择列"},
		Summary: node.Text{EN: "Keeps, orders and renames columns.", ZH: "保留、排序并重命名列。"},
		Details: node.Text{
			EN: "Lists the columns that the result has, in this order. A column with a new name is renamed; columns that are not listed are left out.",
			ZH: "按顺序列出结果包含的列。填写新名称即重命名；未列出的列会被去掉。",
		},
		Icon: "columns-3", Keywords: []string{"rename", "reorder", "drop", "pick", "project"},
	}, []node.Example{
		{
			Title:  "Keep two columns and rename one",
			With:   with{"columns": list{with{"name": "Airport Name", "as": "airport"}, with{"name": "cost"}}},
			Inputs: rows(`[{"cost": 120, "Airport Name": "Schiphol", "size": "Large"}]`),
			Want:   rows(`[{"airport": "Schiphol", "cost": 120}]`),
		},
		{
			Title:  "Change the order, and keep one column twice",
			With:   with{"columns": list{with{"name": "b"}, with{"name": "a"}, with{"name": "a", "as": "a_before"}}},
			Inputs: rows(`[{"a": 1, "b": "x"}, {"a": 2, "b": null}]`),
			Want:   rows(`[{"b": "x", "a": 1, "a_before": 1}, {"b": null, "a": 2, "a_before": 2}]`),
		},
	})
}

func castType() node.Type {
	return transform[cast.Config]("table.cast", node.Doc{
		Title:   node.Text{EN: "Convert types", ZH: "转换类型"},
		Summary: node.Text{EN: "Gives columns another type.", ZH: "将列转换为其他类型。"},
		Details: node.Text{
			EN: "Converts the listed columns and leaves the others alone. A value that does not fit stops the run and is named in the error, or becomes empty when you choose so. " +
				"Texts with dates in another form than 2024-12-31 need a format: %d day, %m month, %Y year, %H hour, %M minute, %S second.",
			ZH: "转换所列的列，其他列保持不变。不符合的值会使运行停止并在错误中指出，也可选择置为空。日期文本若不是 2024-12-31 的形式，需要填写格式：%d 日、%m 月、%Y 年、%H 时、%M 分、%S 秒。",
		},
		Icon: "transform", Keywords: []string{"type", "convert", "parse", "date", "number"},
	}, []node.Example{
		{
			Title:  "Texts to numbers and dates; what does not fit becomes empty",
			With:   with{"columns": list{with{"name": "amount", "type": "DOUBLE"}, with{"name": "day", "type": "DATE", "format": "%d/%m/%Y"}}, "on_error": "null"},
			Inputs: rows(`[{"amount": "12.5", "day": "31/12/2024"}, {"amount": "n/a", "day": "soon"}]`),
			Want:   rows(`[{"amount": 12.5, "day": "2024-12-31"}, {"amount": null, "day": null}]`),
		},
		{
			Title:  "Numbers to texts",
			With:   with{"columns": list{with{"name": "zip", "type": "varchar"}}},
			Inputs: rows(`[{"zip": 1012, "city": "Amsterdam"}]`),
			Want:   rows(`[{"zip": "1012", "city": "Amsterdam"}]`),
		},
	})
}

func deriveType() node.Type {
	return transform[derive.Config]("table.derive", node.Doc{
		Title:   node.Text{EN: "Add columns", ZH: "添加列"},
		Summary: node.Text{EN: "Computes columns from others with SQL expressions.", ZH: "用 SQL 表达式由其他列计算新列。"},
		Details: node.Text{
			EN: "Each column is an SQL expression over the columns before it. A name that exists is replaced. Values from elsewhere come in with `{{ … }}` and are always values, never SQL.",
			ZH: "每一列是基于之前各列的 SQL 表达式。已存在的名称会被替换。可用 `{{ … }}` 引入其他值，它们始终作为值而不是 SQL 文本。",
		},
		Icon: "math-function", Keywords: []string{"compute", "formula", "expression", "add", "new column"},
	}, []node.Example{
		{
			Title:  "A total, and a class made of it",
			With:   with{"columns": list{with{"name": "total", "expression": "price * quantity"}, with{"name": "class", "expression": "CASE WHEN total >= 10 THEN 'big' ELSE 'small' END"}}},
			Inputs: rows(`[{"price": 2.5, "quantity": 4}, {"price": 3, "quantity": 1}]`),
			Want:   rows(`[{"price": 2.5, "quantity": 4, "total": 10.0, "class": "big"}, {"price": 3.0, "quantity": 1, "total": 3.0, "class": "small"}]`),
		},
		{
			Title:  "Replace a column",
			With:   with{"columns": list{with{"name": "name", "expression": "upper(trim(name))"}}},
			Inputs: rows(`[{"name": " ada "}, {"name": null}]`),
			Want:   rows(`[{"name": "ADA"}, {"name": null}]`),
		},
	})
}
