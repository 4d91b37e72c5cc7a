package judge_test

import (
	"testing"

	"dataflow/ide-go-lib/table/transform/judge"
	"dataflow/ide-go-lib/table/transform/literal"
)

// What a rule expects, in both languages, and what is wrong with a row that breaks it: never a negation of a negation.
func TestLabels(t *testing.T) {
	of := []string{"amount"}
	five, ten := literal.Of("5"), literal.Of("10")
	for label, c := range map[string]struct {
		rule        judge.Rule
		zh, against string
	}{
		"amount is not empty":          {judge.Rule{Check: judge.NotNull, Columns: of}, "amount 不为空", "amount is empty"},
		"a, b is not empty":            {judge.Rule{Check: judge.NotNull, Columns: []string{"a", "b"}}, "a、b 不为空", "a or b is empty"},
		"amount is unique":             {judge.Rule{Check: judge.Unique, Columns: of}, "amount 不重复", "amount is not unique"},
		"amount is one of 1, 2":        {judge.Rule{Check: judge.InSet, Columns: of, Values: []literal.Value{literal.Of("1"), literal.Of("2")}}, "amount 只取 1、2", "amount is none of 1, 2"},
		"amount is from 5 to 10":       {judge.Rule{Check: judge.InRange, Columns: of, Min: five, Max: ten}, "amount 在 5 到 10 之间", "amount is not from 5 to 10"},
		"amount is at least 5":         {judge.Rule{Check: judge.InRange, Columns: of, Min: five}, "amount 不小于 5", "amount is below 5"},
		"amount is at most 10":         {judge.Rule{Check: judge.InRange, Columns: of, Max: ten}, "amount 不大于 10", "amount is above 10"},
		`amount looks like \d+`:        {judge.Rule{Check: judge.Pattern, Columns: of, Pattern: `\d+`}, `amount 形如 \d+`, `amount does not look like \d+`},
		"amount is a DATE":             {judge.Rule{Check: judge.OfType, Columns: of, Type: "DATE"}, "amount 的类型为 DATE", "amount is not a DATE"},
		"amount is in the reference":   {judge.Rule{Check: judge.Reference, Columns: of}, "amount 在参照表中", "amount is not in the reference"},
		"amount is not older than 36h": {judge.Rule{Check: judge.Freshness, Columns: of, Within: "36h"}, "amount 距今不超过 36h", ""},
		"rows: at least 5, at most 20 % more or fewer than in the last run": {judge.Rule{Check: judge.RowCount, Min: five, Change: 20}, "行数不小于 5，与上次运行相比增减不超过 20%", ""},
		"median of amount is at most 10":                                    {judge.Rule{Check: judge.Distribution, Columns: of, Measure: judge.Median, Max: ten}, "amount 的中位数不大于 10", ""},
		"95 % quantile of amount is at most 10":                             {judge.Rule{Check: judge.Distribution, Columns: of, Measure: judge.Quantile, Quantile: 0.95, Max: ten}, "amount 的 95% 分位数不大于 10", ""},
		"% of rows without amount is at most 10":                            {judge.Rule{Check: judge.Distribution, Columns: of, Measure: judge.NullPercent, Max: ten}, "amount 为空的行的百分比不大于 10", ""},
	} {
		if got := c.rule.Label(); got != label {
			t.Errorf("%q, not %q", got, label)
		}
		if got := c.rule.LabelZH(); got != c.zh {
			t.Errorf("%q, not %q", got, c.zh)
		}
		if got := c.rule.Against(); got != c.against {
			t.Errorf("%q, not %q", got, c.against)
		}
	}
}
