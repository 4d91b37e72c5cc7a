package chart

import (
	"encoding/json"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
)

func chartType() node.Type {
	raw := func(port, text string) map[string]json.RawMessage {
		return map[string]json.RawMessage{port: json.RawMessage(text)}
	}
	return node.Define(node.Type{
		Name: "chart", Version: 1,
		Doc: node.Doc{
			Title:   node.Text{EN: "Chart", ZH: "图表"},
			Summary: node.Text{EN: "Draws a table as bars, lines, areas, points, a pie or a histogram.", ZH: "将表绘制为柱状图、折线图、面积图、散点图、饼图或直方图。"},
			Details: node.Text{
				EN: "The table is aggregated first: rows with the same X (and series) become one point. A chart holds at most 2,000 points and says when something was left out.",
				ZH: "先汇总表：X（及系列）相同的行合为一个点。一个图表最多 2000 个点，有内容被省略时会说明。",
			},
			Family: "chart", Icon: "chart-bar", Keywords: []string{"plot", "graph", "visualise", "bar", "line", "pie", "histogram", "scatter"},
		},
		Inputs:  []node.Port{{Name: "table", Kind: value.Table, Title: node.Text{EN: "Table", ZH: "表"}, Required: true}},
		Outputs: []node.Port{{Name: "chart", Kind: value.JSON, Title: node.Text{EN: "Chart", ZH: "图表"}}},
		Effect:  node.Pure, Pool: node.SQL,
		Examples: []node.Example{
			{
				Title:  "Bars of a sum, highest first",
				With:   map[string]any{"type": "bar", "x": "city", "y": []any{"amount"}, "title": "Sales"},
				Inputs: raw("table", `[{"city": "Utrecht", "amount": 1}, {"city": "Leiden", "amount": 5}, {"city": "Utrecht", "amount": 2}]`),
				Want: raw("chart", `{"type": "bar", "title": "Sales", "x": {"name": "city", "type": "VARCHAR", "scale": "category"}, "y": [{"name": "sum amount", "type": "BIGINT", "scale": "value"}],
					"series": [{"name": "sum amount", "y": 0, "data": [["Leiden", 5], ["Utrecht", 3]]}]}`),
			},
			{
				Title:  "Lines of rows a month, one for each kind",
				With:   map[string]any{"type": "line", "x": "day", "bucket": "month", "series": "kind"},
				Inputs: raw("table", `[{"day": "2024-01-05", "kind": "a"}, {"day": "2024-02-01", "kind": "b"}, {"day": "2024-01-31", "kind": "a"}]`),
				Want: raw("chart", `{"type": "line", "x": {"name": "day", "type": "DATE", "scale": "time"}, "y": [{"name": "count", "type": "BIGINT", "scale": "value"}],
					"series": [{"name": "a", "y": 0, "data": [["2024-01-01", 2]]}, {"name": "b", "y": 0, "data": [["2024-02-01", 1]]}]}`),
			},
			{
				Title:  "A histogram",
				With:   map[string]any{"type": "histogram", "x": "n", "bins": 2},
				Inputs: raw("table", `[{"n": 0}, {"n": 1}, {"n": 4}, {"n": null}]`),
				Want: raw("chart", `{"type": "histogram", "x": {"name": "n", "type": "DOUBLE", "scale": "value"}, "y": [{"name": "count", "type": "BIGINT", "scale": "value"}],
					"series": [{"name": "count", "y": 0, "data": [[0, 2, 2], [2, 4, 1]]}]}`),
			},
			{
				Title:  "The largest slice of a pie",
				With:   map[string]any{"type": "pie", "x": "kind", "y": []any{"n"}, "limit": 1},
				Inputs: raw("table", `[{"kind": "a", "n": 1}, {"kind": "b", "n": 9}]`),
				Want: raw("chart", `{"type": "pie", "x": {"name": "kind", "type": "VARCHAR", "scale": "category"}, "y": [{"name": "sum n", "type": "BIGINT", "scale": "value"}],
					"series": [{"name": "sum n", "y": 0, "data": [["b", 9]]}], "cut": {"shown": 1, "total": 2, "what": "values"}}`),
			},
		},
	}, draw)
}
