package check

import (
	"encoding/json"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
)

// Type is quality.check.
func Type() node.Type {
	type with = map[string]any
	type list = []any
	rows := func(port, text string) map[string]json.RawMessage {
		return map[string]json.RawMessage{port: json.RawMessage(text)}
	}
	people := `[{"id": 1, "age": 30}, {"id": 2, "age": -5}, {"id": 2, "age": null}]`
	t := node.Define(node.Type{
		Name: "quality.check", Version: 1,
		Doc: node.Doc{
			Title:   node.Text{EN: "Check quality", ZH: "检查质量"},
			Summary: node.Text{EN: "Holds the rows of a table against rules, and parts the good from the bad.", ZH: "按规则检查表中的行，将合格与不合格的行分开。"},
			Details: node.Text{
				EN: "What a rule does with the rows that break it is its severity: *quarantine* keeps them out of `passed`, *warn* only reports them, *fail* stops the run when more rows break it than it tolerates. " +
					"`failed` has every row that breaks a rule, with the reasons. `report` counts, for people and for expressions: `{{ nodes.check.report.failed }}`. Empty values break only *not_null* and conditions.",
				ZH: "规则的严重级别决定如何处理违反规则的行：*quarantine* 将其从 `passed` 中移出，*warn* 仅报告，*fail* 在违反的行超过容许比例时停止运行。`failed` 包含所有违反规则的行及其原因。`report` 为统计结果，可供查看，也可用于表达式：`{{ nodes.check.report.failed }}`。空值只违反 *not_null* 和条件。",
			},
			Family: "quality", Icon: "rosette-discount-check", Keywords: []string{"expectation", "validate", "test", "assert", "constraint", "data quality", "quarantine"},
		},
		Inputs: []node.Port{{Name: "table", Kind: value.Table, Title: node.Text{EN: "Table", ZH: "表"}, Required: true}},
		Outputs: []node.Port{
			{Name: "passed", Kind: value.Table, Title: node.Text{EN: "Passed", ZH: "合格"}},
			{Name: "failed", Kind: value.Table, Title: node.Text{EN: "Failed", ZH: "不合格"}},
			{Name: "report", Kind: value.JSON, Title: node.Text{EN: "Report", ZH: "报告"}},
		},
		Effect: node.Pure, Pool: node.SQL,
		Examples: []node.Example{
			{
				Title: "Ages in range are let through, double ids are reported",
				With: with{"rules": list{
					with{"check": "in_range", "columns": list{"age"}, "min": 0, "max": 120},
					with{"check": "unique", "columns": list{"id"}, "severity": "warn", "name": "one row a person"},
				}},
				Inputs: rows("table", people),
				Want: map[string]json.RawMessage{
					"passed": json.RawMessage(`[{"id": 1, "age": 30}, {"id": 2, "age": null}]`),
					"failed": json.RawMessage(`[{"id": 2, "age": -5, "reasons": "age is from 0 to 120; one row a person"}, {"id": 2, "age": null, "reasons": "one row a person"}]`),
					"report": json.RawMessage(`{"rows": 3, "passed": 2, "failed": 2, "rules": [
						{"name": "age is from 0 to 120", "check": "in_range", "columns": ["age"], "severity": "quarantine", "tolerance": 0, "broken": 1, "share": 33.33, "status": "quarantined", "examples": ["-5"]},
						{"name": "one row a person", "check": "unique", "columns": ["id"], "severity": "warn", "tolerance": 0, "broken": 2, "share": 66.67, "status": "warned", "examples": ["2"]}],
						"columns": [{"column": "id", "nulls": 0}, {"column": "age", "nulls": 1}]}`),
				},
			},
			{
				Title:     "More than a tenth without an age is too much",
				With:      with{"rules": list{with{"check": "not_null", "columns": list{"age"}, "severity": "fail", "tolerance": 10}}},
				Inputs:    rows("table", people),
				WantError: "quality_failed",
			},
		},
	}, run)
	t.Shows = shows(t.Config)
	return node.AlikeOf(t, alike)
}
