package judge

import (
	"fmt"
	"math"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/transform/columns"
	"dataflow/ide-go-lib/table/transform/literal"
)

// The checks.
const (
	NotNull   = "not_null"
	Unique    = "unique"
	InSet     = "in_set"
	InRange   = "in_range"
	Pattern   = "pattern"
	OfType    = "type"
	Condition = "condition"
	Reference = "reference"

	// Those about the whole table.
	RowCount     = "row_count"
	Freshness    = "freshness"
	Distribution = "distribution"
)

// What distribution measures of a column. Those with percent are shares of all rows.
const (
	Mean         = "mean"
	Median       = "median"
	Deviation    = "stddev"
	Least        = "min"
	Greatest     = "max"
	Quantile     = "quantile"
	NullPercent  = "null_percent"
	ValuePercent = "value_percent"
	Distinct     = "distinct"
)

// Rule is one thing that a table is expected to fulfil. Empty values break only not_null, conditions, and a reference that
// asks for that.
type Rule struct {
	Check    string          `json:"check" title:"Check" zh:"检查" enum:"not_null,unique,in_set,in_range,pattern,type,condition,reference,row_count,freshness,distribution" default:"not_null" doc:"not_null: each row has a value. unique: no two rows have the same. in_set: the value is one of those allowed. in_range: the value is between two bounds. pattern: the whole text is of a pattern. type: the value can be converted to a type. condition: SQL holds for each row. reference: the value is among those of the table at the input reference. row_count: how many rows the whole table has. freshness: how old the newest value of the table is. distribution: a measure of a column over the whole table is in a range" doc_zh:"not_null：每行都有值；unique：没有重复；in_set：值是允许的值之一；in_range：值在上下限之间；pattern：整个文本符合模式；type：值可转换成某个类型；condition：每行都满足 SQL 条件；reference：值出现在输入 reference 的表中；row_count：整张表的行数；freshness：表中最新值的时间；distribution：整张表中某列的统计量在范围内"`
	Columns  []string        `json:"columns,omitempty" title:"Columns" zh:"列" widget:"columns" when:"check=not_null,unique,in_set,in_range,pattern,type,reference,freshness,distribution" doc:"Each of these is checked; for unique and reference they are checked together, and freshness and distribution take one." doc_zh:"逐列检查；unique 和 reference 按这些列的组合检查；freshness 和 distribution 只取一列"`
	Values   []literal.Value `json:"values,omitempty" title:"Allowed values" zh:"允许的值" widget:"texts" when:"check=in_set" doc:"The value is one of these: texts, or numbers, which are compared as numbers with those of a column of numbers" doc_zh:"值必须是其中之一：文本或数字；数字列按数值比较"`
	Referred []string        `json:"reference_columns,omitempty" title:"Columns of the reference" zh:"参照表的列" when:"check=reference" doc:"In the order of the columns above; left empty, they have the same names" doc_zh:"与上面的列一一对应；留空则同名"`
	Nulls    bool            `json:"nulls,omitempty" title:"Empty values break it" zh:"空值视为违反" when:"check=reference" doc:"Otherwise a row with an empty value in one of the columns keeps the rule" doc_zh:"否则其中一列为空的行视为符合"`
	Measure  string          `json:"measure,omitempty" title:"Measure" zh:"统计量" enum:"mean,median,stddev,min,max,quantile,null_percent,value_percent,distinct" default:"mean" when:"check=distribution" doc:"mean, median, stddev, min, max, quantile: of numbers; NaN and infinity are left out. null_percent: share of rows without a value. value_percent: share of rows with a certain value. distinct: how many different values there are" doc_zh:"mean、median、stddev、min、max、quantile：用于数字，NaN 与无穷大不计；null_percent：空值所占行的百分比；value_percent：某个值所占行的百分比；distinct：不同取值的个数"`
	Quantile float64         `json:"quantile,omitempty" title:"Quantile" zh:"分位" minimum:"0" maximum:"1" default:"0.95" when:"measure=quantile" doc:"0.95 is the number that 95 % of the values do not exceed" doc_zh:"0.95 表示 95% 的值不超过的数"`
	Value    literal.Value   `json:"value,omitzero" title:"Value" zh:"值" widget:"text" when:"measure=value_percent" doc:"Whose share is measured" doc_zh:"统计其所占比例的值"`
	Min      literal.Value   `json:"min,omitzero" title:"At least" zh:"最小" widget:"text" when:"check=in_range,row_count,distribution" doc:"Left empty, there is no bound. Shares are in per cent" doc_zh:"留空则无下限；比例以百分数表示"`
	Max      literal.Value   `json:"max,omitzero" title:"At most" zh:"最大" widget:"text" when:"check=in_range,row_count,distribution" doc:"Left empty, there is no bound" doc_zh:"留空则无上限"`
	Change   float64         `json:"change,omitempty" title:"Change (%)" zh:"变化幅度（%）" minimum:"0" when:"check=row_count" doc:"By how many per cent there may be more or fewer rows than in the last run that succeeded; left empty, it does not matter. The first run has nothing to be compared with" doc_zh:"与上一次成功运行相比，行数可增减的百分比；留空则不比较。首次运行没有可比较的对象"`
	Within   string          `json:"within,omitempty" title:"Not older than" zh:"不早于" example:"24h" when:"check=freshness" doc:"Such as 90m, 24h or 7d, counted back from when the run began. Values more than a day after that are left out; a table without values is not fresh" doc_zh:"如 90m、24h、7d，从运行开始时往回计算。比该时间晚一天以上的值不计；没有值的表视为不新鲜"`
	AsOf     literal.Value   `json:"as_of,omitzero" title:"As of" zh:"基准时间" widget:"text" when:"check=freshness" doc:"The time to count back from, such as the day that a backfill is about; left empty, it is when the run began. Without a zone it is in UTC, as times without a zone in the column are" doc_zh:"计算的基准时间，例如补数所针对的日期；留空则为运行开始的时间。不带时区的时间按 UTC 处理，列中的时间亦然"`
	Pattern  string          `json:"pattern,omitempty" title:"Pattern" zh:"模式" example:"[A-Z]{2}-[0-9]+" when:"check=pattern" doc:"A regular expression for the whole text" doc_zh:"匹配整个文本的正则表达式"`
	Type     string          `json:"type,omitempty" title:"Type" zh:"类型" widget:"type" when:"check=type" doc:"What the value can be converted to" doc_zh:"值可转换成的类型"`
	Where    table.SQL       `json:"where,omitempty" title:"Condition" zh:"条件" widget:"sql" when:"check=condition" doc:"SQL that holds for good rows" doc_zh:"好的行应满足的 SQL"`
}

// Whole says whether the rule is about the table as a whole, so that no row breaks it.
func (r Rule) Whole() bool {
	return slices.Contains([]string{RowCount, Freshness, Distribution}, r.Check)
}

// OfNumbers says whether it measures something that only numbers have.
func (r Rule) OfNumbers() bool {
	return r.Check == Distribution && !slices.Contains([]string{NullPercent, ValuePercent, Distinct}, r.Measure)
}

func (r Rule) check(check *columns.Checker, at string) {
	if strings.Contains(r.Check, expression) {
		return // what it needs is not known yet
	}
	switch {
	case r.Check == Condition || r.Check == RowCount:
	case (r.Check == Freshness || r.Check == Distribution) && len(r.Columns) != 1:
		check.Fail("config_invalid", at+".columns", "Name exactly one column; for another one, add a rule.")
	case len(r.Columns) == 0:
		check.Fail("config_invalid", at+".columns", "Name at least one column.")
	}
	switch r.Check {
	case InSet:
		if len(r.Values) == 0 {
			check.Fail("config_invalid", at+".values", "Name at least one allowed value.")
		}
		for i, v := range r.Values {
			if v.IsZero() {
				check.Fail("config_invalid", fmt.Sprintf("%s.values[%d]", at, i), "Take the empty value away: rows without a value do not break this rule.")
			}
		}
	case InRange:
		r.checkRange(check, at)
	case Pattern:
		if _, err := syntax.Parse(r.Pattern, syntax.Perl); r.Pattern == "" {
			check.Fail("config_invalid", at+".pattern", "Write a regular expression, such as [A-Z]{2}-[0-9]+.")
		} else if err != nil {
			check.Fail("pattern_invalid", at+".pattern", "The pattern cannot be read: %s.", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		}
	case OfType:
		if r.Type == "" {
			check.Fail("config_invalid", at+".type", "Name a type, such as BIGINT, DOUBLE or DATE.")
		} else {
			check.Type(at+".type", r.Type)
		}
	case Condition:
		if strings.TrimSpace(r.Where.Text) == "" {
			check.Fail("config_invalid", at+".where", "Write a condition, such as ends >= begins.")
		}
		check.Expression(at+".where", r.Where)
	case Reference:
		if n := len(r.Referred); n > 0 && len(r.Columns) > 0 && n != len(r.Columns) {
			check.Fail("config_invalid", at+".reference_columns", "Name as many columns of the reference as there are columns to check, in the same order.")
		}
	case RowCount:
		if r.Change == 0 && r.Min.IsZero() && r.Max.IsZero() {
			check.Fail("config_invalid", at+".change", "Give a lower bound, an upper one, or a change.")
		} else {
			r.checkOrder(check, at)
		}
		r.checkNumbers(check, at)
	case Distribution:
		r.checkRange(check, at)
		r.checkNumbers(check, at)
		if r.Measure == ValuePercent && r.Value.IsZero() {
			check.Fail("config_invalid", at+".value", "Say whose share is measured.")
		}
	}
}

// expression begins what is still to be evaluated, of which nothing can be said.
const expression = "{{"

func (r Rule) checkRange(check *columns.Checker, at string) {
	if r.Min.IsZero() && r.Max.IsZero() {
		check.Fail("config_invalid", at+".min", "Give a lower bound, an upper one, or both.")
	}
	r.checkOrder(check, at)
}

func (r Rule) checkOrder(check *columns.Checker, at string) {
	if r.Min.Above(r.Max) {
		check.Fail("config_invalid", at+".max", "The upper bound is below the lower one, so that no value is between them.")
	}
}

func (r Rule) checkNumbers(check *columns.Checker, at string) {
	for _, bound := range []struct {
		field string
		value literal.Value
	}{{".min", r.Min}, {".max", r.Max}} {
		text := bound.value.String()
		if bound.value.IsZero() || strings.Contains(text, expression) {
			continue
		}
		if n, err := strconv.ParseFloat(text, 64); err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
			check.Fail("config_invalid", at+bound.field, "Write a number, not %q.", text)
		}
	}
}
