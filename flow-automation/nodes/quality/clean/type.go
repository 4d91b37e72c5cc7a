package clean

import (
	"encoding/json"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/spec"
	"dataflow/ide-go-lib/table"
	transform "dataflow/ide-go-lib/table/transform/clean"
)

// Type is quality.clean.
func Type() node.Type {
	t := node.Define(node.Type{
		Name: "quality.clean", Version: 1,
		Doc: node.Doc{
			Title:   node.Text{EN: "Clean values", ZH: "清洗数据"},
			Summary: node.Text{EN: "Mends values step by step, and counts each change.", ZH: "逐步修正取值，并统计每一处修改。"},
			Details: node.Text{
				EN: "Takes away white space and characters that show nothing, makes what means nothing empty, reads numbers, dates and truth values however they are written, puts one spelling in place of many, mends texts that were read in a wrong encoding, and brings numbers into a range. " +
					"The steps are carried out in their order, all in one query. Nothing is guessed: what can be meant in two ways, such as 1,234 or 03/04/2024, is not read unless you say which it is. " +
					"Rows with a value that cannot be read go to `failed` as they came, with the reasons, unless the step keeps the value or makes it empty. `report` has, for each step and column, how many values were changed, with samples.",
				ZH: "去除空白和不可见字符，把表示缺失的文本变为空值，识别各种写法的数字、日期和真假值，统一拼写，修复编码错误的文本，并把数字限制在范围内。各步骤按顺序在同一条查询中执行。不做猜测：两可的写法（如 1,234 或 03/04/2024）在未指明读法时视为无法读取。含有无法读取的值的行按原样进入 `failed` 并附原因，除非该步骤选择保留或置空。`report` 给出每一步每一列修改了多少值，并附样例。",
			},
			Family: "quality", Icon: "wash", Keywords: []string{"trim", "normalise", "normalize", "parse", "standardise", "missing", "whitespace", "locale", "mojibake", "unicode", "data quality"},
		},
		Inputs: []node.Port{{Name: "table", Kind: value.Table, Title: node.Text{EN: "Table", ZH: "表"}, Required: true}},
		Outputs: []node.Port{
			{Name: "table", Kind: value.Table, Title: node.Text{EN: "Table", ZH: "表"}},
			{Name: "failed", Kind: value.Table, Title: node.Text{EN: "Failed", ZH: "无法读取"}},
			{Name: "report", Kind: value.JSON, Object: true, Title: node.Text{EN: "Report", ZH: "报告"}},
		},
		Effect: node.Pure, Pool: node.SQL, Plans: true,
		Examples: examples(),
	}, run)
	t.Shows = shows(t.Config)
	return node.AlikeOf(t, alike)
}

// shows gives what a preview shows of the outputs.
func shows(schema *spec.Schema) map[string]func(json.RawMessage) (table.Relation, error) {
	by := map[string]func(json.RawMessage) (table.Relation, error){}
	for port := range alike(transform.Config{}) {
		by[port] = func(config json.RawMessage) (table.Relation, error) {
			c, problems := spec.Decode[transform.Config](schema, config)
			if len(problems) > 0 {
				return nil, node.Invalid(problems)
			}
			return alike(c)[port], nil
		}
	}
	return by
}

type (
	with = map[string]any
	list = []any
)

func examples() []node.Example {
	steps := func(steps ...with) with {
		all := make(list, len(steps))
		for i, s := range steps {
			all[i] = s
		}
		return with{"steps": all}
	}
	rows := func(text string) map[string]json.RawMessage {
		return map[string]json.RawMessage{"table": json.RawMessage(text)}
	}
	want := func(table, failed, report string) map[string]json.RawMessage {
		return map[string]json.RawMessage{"table": json.RawMessage(table), "failed": json.RawMessage(failed), "report": json.RawMessage(report)}
	}
	return []node.Example{
		{
			Title: "Blanks, missing values and numbers with a decimal comma",
			With: steps(
				with{"do": "trim", "columns": list{"*"}},
				with{"do": "missing", "columns": list{"*"}},
				with{"do": "number", "columns": list{"price"}, "decimal": "comma"},
			),
			Inputs: rows(`[{"item": " Apples ", "price": "1.234,50 €"}, {"item": "Pears", "price": "n/a"}, {"item": "Plums", "price": "cheap"}]`),
			Want: want(`[{"item": "Apples", "price": 1234.5}, {"item": "Pears", "price": null}]`, `[{"item": "Plums", "price": "cheap", "reasons": "price: cheap is no number"}]`,
				`{"rows": 3, "passed": 2, "failed": 1, "steps": [
					{"do": "trim", "looked": 2, "changed": 1, "unreadable": 0, "columns": [{"column": "item", "from": "VARCHAR", "to": "VARCHAR", "changed": 1, "unreadable": 0, "samples": [{"before": " Apples ", "after": "Apples"}], "unread": []}]},
					{"do": "missing", "looked": 2, "changed": 1, "unreadable": 0, "columns": [{"column": "price", "from": "VARCHAR", "to": "VARCHAR", "changed": 1, "unreadable": 0, "samples": [{"before": "n/a", "after": null}], "unread": []}]},
					{"do": "number", "looked": 1, "changed": 1, "unreadable": 1, "columns": [{"column": "price", "from": "VARCHAR", "to": "DOUBLE", "changed": 1, "unreadable": 1, "samples": [{"before": "1.234,50 €", "after": "1234.5"}], "unread": ["cheap"]}]}]}`),
		},
		{
			Title:  "Dates in several ways of writing; what is ambiguous is kept back",
			With:   steps(with{"do": "date", "columns": list{"day"}}),
			Inputs: rows(`[{"day": "5 Jan 2024"}, {"day": "25/12/2024"}, {"day": "03/04/2024"}]`),
			Want: want(`[{"day": "2024-01-05"}, {"day": "2024-12-25"}]`, `[{"day": "03/04/2024", "reasons": "day: 03/04/2024 may be read in two ways"}]`,
				`{"rows": 3, "passed": 2, "failed": 1, "steps": [{"do": "date", "looked": 1, "changed": 2, "unreadable": 1, "columns": [{"column": "day", "from": "VARCHAR", "to": "DATE", "changed": 2, "unreadable": 1,
					"samples": [{"before": "25/12/2024", "after": "2024-12-25"}, {"before": "5 Jan 2024", "after": "2024-01-05"}], "unread": ["03/04/2024"]}]}]}`),
		},
		{
			Title: "One spelling for each city, and marks from 0 to 10",
			With: steps(
				with{"do": "map", "columns": list{"city"}, "match": "folded", "values": list{with{"from": "n.y.", "to": "New York"}, with{"from": "nyc", "to": "New York"}}},
				with{"do": "clamp", "columns": list{"mark"}, "min": 0, "max": 10},
			),
			Inputs: rows(`[{"city": "NYC", "mark": 11}, {"city": "N.Y.", "mark": 7}, {"city": "Oslo", "mark": -1}]`),
			Want: want(`[{"city": "New York", "mark": 10}, {"city": "New York", "mark": 7}, {"city": "Oslo", "mark": 0}]`, `[]`,
				`{"rows": 3, "passed": 3, "failed": 0, "steps": [
					{"do": "map", "looked": 1, "changed": 2, "unreadable": 0, "columns": [{"column": "city", "from": "VARCHAR", "to": "VARCHAR", "changed": 2, "unreadable": 0, "samples": [{"before": "N.Y.", "after": "New York"}, {"before": "NYC", "after": "New York"}], "unread": []}]},
					{"do": "clamp", "looked": 1, "changed": 2, "unreadable": 0, "columns": [{"column": "mark", "from": "BIGINT", "to": "BIGINT", "changed": 2, "unreadable": 0, "samples": [{"before": "-1", "after": "0"}, {"before": "11", "after": "10"}], "unread": []}]}]}`),
		},
		{
			Title: "Wrong encodings, full-width characters and small letters",
			With: steps(
				with{"do": "encoding", "columns": list{"*text"}},
				with{"do": "unicode", "columns": list{"*text"}, "form": "NFKC"},
				with{"do": "case", "columns": list{"code"}, "case": "upper"},
			),
			Inputs: rows(`[{"name": "CafÃ©", "code": "ａ１"}]`),
			Want: want(`[{"name": "Café", "code": "A1"}]`, `[]`,
				`{"rows": 1, "passed": 1, "failed": 0, "steps": [
					{"do": "encoding", "looked": 2, "changed": 1, "unreadable": 0, "columns": [{"column": "name", "from": "VARCHAR", "to": "VARCHAR", "changed": 1, "unreadable": 0, "samples": [{"before": "CafÃ©", "after": "Café"}], "unread": []}]},
					{"do": "unicode", "looked": 2, "changed": 1, "unreadable": 0, "columns": [{"column": "code", "from": "VARCHAR", "to": "VARCHAR", "changed": 1, "unreadable": 0, "samples": [{"before": "ａ１", "after": "a1"}], "unread": []}]},
					{"do": "case", "looked": 1, "changed": 1, "unreadable": 0, "columns": [{"column": "code", "from": "VARCHAR", "to": "VARCHAR", "changed": 1, "unreadable": 0, "samples": [{"before": "a1", "after": "A1"}], "unread": []}]}]}`),
		},
		{
			Title:     "A column that is not there",
			With:      steps(with{"do": "trim", "columns": list{"nam"}}),
			Inputs:    rows(`[{"name": " a"}]`),
			WantError: "column_unknown",
		},
	}
}
