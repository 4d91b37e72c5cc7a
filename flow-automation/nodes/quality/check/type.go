package check

import (
	"encoding/json"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/table/transform/judge"
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
			Summary: node.Text{EN: "Holds a table against rules, and parts the good rows from the bad.", ZH: "按规则检查表，将合格与不合格的行分开。"},
			Details: node.Text{
				EN: "What a rule does with the rows that break it is its severity: *quarantine* keeps them out of `passed`, *warn* only reports them, *fail* stops the run when more rows break it than it tolerates. " +
					"`failed` has every row that breaks a rule, with the reasons. `report` counts, for people and for expressions: `{{ nodes.check.report.failed }}`. Empty values break only *not_null* and conditions.\n\n" +
					"*row_count*, *freshness* and *distribution* are about the whole table: they warn or stop the run, and the report has what was measured and what was expected. Ages are counted from when the run began. " +
					"Of a table without rows nothing is measured but how many there are, and of a column without values no number and no age; nothing is wrong with it then, but that it is not fresh. Its null_percent is 100. " +
					"*reference* looks values up in the table that comes in at `reference`.",
				ZH: "规则的严重级别决定如何处理违反规则的行：*quarantine* 将其从 `passed` 中移出，*warn* 仅报告，*fail* 在违反的行超过容许比例时停止运行。`failed` 包含所有违反规则的行及其原因。`report` 为统计结果，可供查看，也可用于表达式：`{{ nodes.check.report.failed }}`。空值只违反 *not_null* 和条件。\n\n" +
					"*row_count*、*freshness* 和 *distribution* 针对整张表：只能警告或停止运行，报告给出实测值与期望范围。时间从运行开始时往回计算。没有行的表除行数外无从统计；没有任何值的列没有数值统计量和时间，不视为违反，但视为不新鲜；其 null_percent 为 100。*reference* 在输入 `reference` 的表中查找值。",
			},
			Family: "quality", Icon: "rosette-discount-check", Keywords: []string{"expectation", "validate", "test", "assert", "constraint", "data quality", "quarantine", "freshness", "row count", "referential", "foreign key", "distribution", "anomaly"},
		},
		Inputs: []node.Port{
			{Name: "table", Kind: value.Table, Title: node.Text{EN: "Table", ZH: "表"}, Required: true},
			{Name: judge.ReferencePort, Kind: value.Table, Title: node.Text{EN: "Reference", ZH: "参照表"}},
		},
		Outputs: []node.Port{
			{Name: "passed", Kind: value.Table, Title: node.Text{EN: "Passed", ZH: "合格"}},
			{Name: "failed", Kind: value.Table, Title: node.Text{EN: "Failed", ZH: "不合格"}},
			{Name: "report", Kind: value.JSON, Object: true, Title: node.Text{EN: "Report", ZH: "报告"}},
		},
		Effect: node.Pure, Pool: node.SQL, Plans: true,
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
					"failed": json.RawMessage(`[{"id": 2, "age": -5, "reasons": "age is not from 0 to 120; broken: one row a person"}, {"id": 2, "age": null, "reasons": "broken: one row a person"}]`),
					"report": json.RawMessage(`{"rows": 3, "passed": 2, "failed": 2, "rules": [
						{"name": "age is from 0 to 120", "says": {"en": "age is from 0 to 120", "zh": "age 在 0 到 120 之间"}, "check": "in_range", "columns": ["age"], "severity": "quarantine", "tolerance": 0, "broken": 1, "share": 33.33, "status": "quarantined", "examples": ["-5"]},
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
			{
				Title: "Orders are of known customers, and there are enough of them, recent ones and of usual amounts",
				With: with{"rules": list{
					with{"check": "reference", "columns": list{"customer"}, "reference_columns": list{"id"}},
					with{"check": "row_count", "min": 3, "max": 1000},
					with{"check": "freshness", "columns": list{"placed"}, "within": "36h", "as_of": "2024-05-03T12:00:00Z"},
					with{"check": "distribution", "columns": list{"amount"}, "measure": "median", "min": 20, "max": 40, "name": "a usual order"},
				}},
				Inputs: map[string]json.RawMessage{
					"table":     json.RawMessage(`[{"customer": 7, "placed": "2024-05-01T09:00:00", "amount": 12}, {"customer": 9, "placed": "2024-05-02T18:30:00", "amount": 15.5}, {"customer": null, "placed": null, "amount": 30}]`),
					"reference": json.RawMessage(`[{"id": 7, "name": "Ada"}, {"id": 8, "name": "Bob"}]`),
				},
				Want: map[string]json.RawMessage{
					"passed": json.RawMessage(`[{"customer": 7, "placed": "2024-05-01T09:00:00", "amount": 12}, {"customer": null, "placed": null, "amount": 30}]`),
					"failed": json.RawMessage(`[{"customer": 9, "placed": "2024-05-02T18:30:00", "amount": 15.5, "reasons": "customer is not in the reference"}]`),
					"report": json.RawMessage(`{"rows": 3, "passed": 2, "failed": 1, "rules": [
						{"name": "customer is in the reference", "says": {"en": "customer is in the reference", "zh": "customer 在参照表中"}, "check": "reference", "columns": ["customer"], "severity": "quarantine", "tolerance": 0, "broken": 1, "share": 33.33, "status": "quarantined", "examples": ["9"]},
						{"name": "rows: from 3 to 1000", "says": {"en": "rows: from 3 to 1000", "zh": "行数在 3 到 1000 之间"}, "check": "row_count", "columns": [], "severity": "warn", "tolerance": 0, "broken": 0, "share": 0, "status": "passed", "examples": [], "measured": {"value": 3, "unit": "rows", "min": 3, "max": 1000}},
						{"name": "placed is not older than 36h", "says": {"en": "placed is not older than 36h", "zh": "placed 距今不超过 36h"}, "check": "freshness", "columns": ["placed"], "severity": "warn", "tolerance": 0, "broken": 0, "share": 0, "status": "passed", "examples": [], "measured": {"value": 63000, "unit": "seconds", "max": 129600, "newest": "2024-05-02T18:30:00Z"}},
						{"name": "a usual order", "check": "distribution", "columns": ["amount"], "severity": "warn", "tolerance": 0, "broken": 0, "share": 0, "status": "warned", "examples": [], "measured": {"value": 15.5, "unit": "number", "min": 20, "max": 40}}],
						"columns": [{"column": "customer", "nulls": 1}, {"column": "placed", "nulls": 1}, {"column": "amount", "nulls": 0}]}`),
				},
			},
			{
				Title:     "A feed that has come to a halt stops the run",
				With:      with{"rules": list{with{"check": "freshness", "columns": list{"placed"}, "within": "24h", "as_of": "2024-05-09", "severity": "fail"}}},
				Inputs:    rows("table", `[{"placed": "2024-05-02T18:30:00"}]`),
				WantError: "quality_failed",
			},
			{
				Title:     "The rows of a rule about the whole table cannot be kept back",
				With:      with{"rules": list{with{"check": "row_count", "min": 1, "severity": "quarantine"}}},
				Inputs:    rows("table", people),
				WantError: "config_invalid",
			},
		},
	}, run)
	t.Shows, t.Key = shows(t.Config), key(t.Config)
	return node.AlikeOf(t, alike)
}
