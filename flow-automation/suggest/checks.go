package suggest

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/pattern"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/transform/columns"
	"dataflow/ide-go-lib/table/transform/judge"
	"dataflow/ide-go-lib/table/transform/literal"
	"dataflow/ide-go-lib/words"
)

const (
	enoughRows = 20  // below, what all rows have in common says little
	manyRows   = 100 // from here on, it hardly happens by chance
	fewBroken  = 0.05
	mostInSet  = 10
)

// candidate is a rule that may be suggested once it is known how many rows break it.
type candidate struct {
	rule       judge.Rule
	title, why node.Text
	add        map[string]any
	most       float64 // share of rows that may break it
	sure       sure    // when no row breaks it
}

// checks suggests the rules that nearly all rows keep today.
func (l *look) checks(have []judge.Rule) error {
	var all []candidate
	for _, c := range l.columns {
		if c.Nulls < l.rows && !columns.Nested(c.Type) && c.Type != "BLOB" {
			all = append(all, l.rulesFor(c)...)
		}
	}
	all = slices.DeleteFunc(all, func(c candidate) bool {
		return slices.ContainsFunc(have, func(r judge.Rule) bool {
			return r.Check == c.rule.Check && slices.ContainsFunc(c.rule.Columns, func(name string) bool { return slices.Contains(r.Columns, name) })
		})
	})
	if len(all) == 0 {
		return l.wholes(have)
	}
	config := judge.Config{}
	for _, c := range all {
		config.Rules = append(config.Rules, c.rule)
	}
	broken := make([]int64, len(all))
	err := l.over(judge.Counts{Config: config}, func(row json.RawMessage) error {
		var cells [2]int64
		err := json.Unmarshal(row, &cells)
		if err == nil {
			broken[cells[0]-1] = cells[1]
		}
		return err
	})
	if err != nil {
		return err
	}
	for i, c := range all {
		share := float64(broken[i]) / float64(l.rows)
		if share > c.most {
			continue
		}
		if broken[i] > 0 && c.add["severity"] == nil {
			c.add["severity"] = "warn"
		}
		how := c.sure
		switch {
		case broken[i] > 0:
			how = guess("Some rows break it today, and they may be right", "目前已有行不满足，它们也可能是正确的")
		case l.rows < manyRows && how.confidence == Certain:
			how = likely("Few rows have been looked at", "检查的行数较少")
		}
		if err := l.add(how.on(Suggestion{Columns: c.rule.Columns, Title: c.title, Why: c.why, Affected: broken[i]}), c.add); err != nil {
			return err
		}
	}
	return l.wholes(have)
}

// The usual doubts.
var (
	mayCome  = likely("Other values may still come", "以后可能出现其他取值")
	byChance = guess("It may be by chance", "可能只是巧合")
)

func (l *look) rulesFor(c table.ColumnProfile) []candidate {
	var out []candidate
	of := []string{c.Name}
	rule := func(r judge.Rule, add map[string]any, most float64, how sure, why node.Text) {
		r.Columns = of
		add["check"], add["columns"] = r.Check, of
		out = append(out, candidate{r, titleOf(r), why, add, most, how})
	}
	identifies := l.identifies(c)
	if l.rows >= enoughRows {
		how := likely("A value may be missing in other rows all the same", "其他行仍可能缺失")
		if identifies {
			how = certain
		}
		if c.Nulls == 0 {
			rule(judge.Rule{Check: judge.NotNull}, map[string]any{}, 0, how, l.none())
		} else {
			rule(judge.Rule{Check: judge.NotNull}, map[string]any{}, fewBroken, how, both("Only %s of %s are empty", "%[2]s 行中只有 %[1]s 行为空", words.Count(c.Nulls), words.Count(l.rows)))
		}
	}
	filled := l.rows - c.Nulls
	if key(c) && filled >= enoughRows && float64(c.Distinct) >= 0.75*float64(filled) {
		how, most := byChance, 0. // most numbers differ
		switch {
		case identifies:
			how, most = certain, fewBroken
		case c.Type == "VARCHAR":
			most = fewBroken
			how = likely("Two rows may have the same all the same: its name does not say that it tells rows apart", "名称并未表明它用于区分各行，仍可能出现重复")
		}
		rule(judge.Rule{Check: judge.Unique}, map[string]any{}, most, how, both("Nearly every row has a value of its own", "几乎每行的值都不同"))
	}
	switch {
	case columns.Numeric(c.Type):
		if !identifies { // its values mean nothing as numbers
			l.bounded(c, rule)
		}
	case columns.Temporal(c.Type):
		rule(judge.Rule{Check: judge.InRange, Max: literal.Of(l.Now.UTC().Format("2006-01-02T15:04:05"))}, map[string]any{"max": nowExpression, "name": c.Name + " is not in the future"}, fewBroken, past(c.Name),
			both("Hardly any is in the future", "几乎没有晚于当前的时间"))
		out[len(out)-1].title = both("%s is not in the future", "%s 不晚于当前时间", c.Name)
	case c.Type == "VARCHAR":
		l.text(c, rule)
	}
	return out
}

// past says how sure it is that a time is not in the future.
func past(name string) sure {
	if namesPast(name) {
		return certain
	}
	return likely("It may be a time that is planned", "可能是计划中的时间")
}

// none says what is the reason of a rule that no row breaks.
func (l *look) none() node.Text {
	return both("No value is missing in %s", "%s 行中没有缺失", words.Count(l.rows))
}

// key says whether a column may tell rows apart.
func key(c table.ColumnProfile) bool {
	return c.Type == "VARCHAR" || c.Type == "UUID" || columns.Integer(c.Type)
}

type ruler func(r judge.Rule, add map[string]any, most float64, how sure, why node.Text)

// bounded suggests bounds for numbers: natural ones, or those far beyond the middle half of the values.
func (l *look) bounded(c table.ColumnProfile, rule ruler) {
	if c.Min == nil || c.Max == nil {
		return
	}
	low, errLow := strconv.ParseFloat(*c.Min, 64)
	high, errHigh := strconv.ParseFloat(*c.Max, 64)
	if errLow != nil || errHigh != nil || l.rows < enoughRows {
		return
	}
	name := strings.ToLower(c.Name)
	percent := namesPercent(c.Name) || strings.Contains(name, "%")
	amount := likely("Its name does not say that it is never negative", "名称并未表明它不会为负")
	if namesAmount(c.Name) {
		amount = certain
	}
	switch {
	case low >= 0 && high <= 1 && c.Distinct > 2 && !columns.Integer(c.Type):
		rule(bounds(literal.Of("0"), literal.Of("1")), map[string]any{"min": 0, "max": 1}, 0, byChance, between(*c.Min, *c.Max))
		return
	case low >= 0 && high <= 100 && percent:
		rule(bounds(literal.Of("0"), literal.Of("100")), map[string]any{"min": 0, "max": 100}, 0, likely("Shares may be above 100 %", "比例可能超过 100%"), between(*c.Min, *c.Max))
		return
	case low >= 0 && high <= 10 && strings.Contains(name, "rating"):
		rule(bounds(literal.Of("0"), literal.Of("10")), map[string]any{"min": 0, "max": 10}, 0, likely("The scale may go further", "评分范围可能更大"), between(*c.Min, *c.Max))
		return
	case low >= 0:
		rule(bounds(literal.Of("0"), literal.Value{}), map[string]any{"min": 0}, 0, amount, both("The least is %s", "最小值为 %s", *c.Min))
	}
	at := map[float64]float64{}
	for _, q := range c.Quantiles {
		at[q.Share] = q.Value
	}
	spread := at[0.75] - at[0.25]
	from, to := at[0.25]-3*spread, at[0.75]+3*spread
	if spread <= 0 || low >= from && high <= to {
		return
	}
	r, add := judge.Rule{Check: judge.InRange}, map[string]any{"severity": "warn"}
	if low < from {
		r.Min, add["min"] = rounded(from, math.Floor)
	}
	if high > to {
		r.Max, add["max"] = rounded(to, math.Ceil)
	}
	rule(r, add, fewBroken, byChance, both("The middle half is from %s to %s; hardly any is farther out", "中间一半的值在 %s 到 %s 之间，极少有更远的", about(at[0.25]), about(at[0.75])))
}

func bounds(low, high literal.Value) judge.Rule {
	return judge.Rule{Check: judge.InRange, Min: low, Max: high}
}

func between(low, high string) node.Text {
	return both("All are from %s to %s", "所有值都在 %s 到 %s 之间", low, high)
}

// rounded is a bound with two digits that mean something, away from the middle.
func rounded(v float64, round func(float64) float64) (literal.Value, json.Number) {
	if v == 0 {
		return literal.Of("0"), "0"
	}
	unit := math.Pow(10, math.Floor(math.Log10(math.Abs(v)))-1)
	text := short(round(v/unit) * unit)
	return literal.Of(text), json.Number(text)
}

// about is a number with three digits that mean something.
func about(v float64) string {
	if v == 0 {
		return "0"
	}
	unit := math.Pow(10, math.Floor(math.Log10(math.Abs(v)))-2)
	return short(math.Round(v/unit) * unit)
}

func short(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// text suggests a list of values, or a pattern.
func (l *look) text(c table.ColumnProfile, rule ruler) {
	filled := l.rows - c.Nulls
	if filled < enoughRows {
		return
	}
	if c.Distinct <= mostInSet && c.Distinct*5 <= filled && len(c.Top) > 0 && int(c.Distinct) <= len(c.Top) {
		var values []string
		for _, b := range c.Top {
			values = append(values, b.Label)
		}
		slices.Sort(values)
		rarest := c.Top[len(c.Top)-1].Count
		how, why := mayCome, both("There are only %d different values, each in %s rows or more", "只有 %d 种取值，每种至少出现在 %s 行", len(values), words.Count(rarest))
		switch {
		case len(values) == 1:
			how, why = byChance, both("There is no other value", "没有其他取值")
		case rarest >= manyRows && l.rows >= looked/10: // one more would have been seen
			how = certain
		}
		allowed := make([]literal.Value, len(values))
		for i, v := range values {
			allowed[i] = literal.Of(v)
		}
		rule(judge.Rule{Check: judge.InSet, Values: allowed}, map[string]any{"values": values}, 0, how, why)
		return
	}
	for _, k := range known {
		if slices.ContainsFunc(c.Top, func(b table.Bucket) bool { return k.pattern.MatchString(b.Label) }) {
			rule(judge.Rule{Check: judge.Pattern, Pattern: k.text}, map[string]any{"pattern": k.text}, fewBroken, certain, k.why)
			return
		}
	}
	if p, ok := shape(c); ok {
		rule(judge.Rule{Check: judge.Pattern, Pattern: p}, map[string]any{"pattern": p}, fewBroken, likely("Codes of another shape may still come", "以后可能出现其他形态的编码"), both("Nearly all have the shape %s", "几乎都符合 %s 这种形态", c.Patterns[0].Label))
	}
}

type knownPattern struct {
	text    string
	pattern *pattern.Pattern
	why     node.Text
}

// known are patterns that people have names for.
var known = []knownPattern{
	patternOf(`[^@\s]+@[^@\s]+\.[^@\s]+`, "They are addresses of e-mail", "它们是电子邮件地址"),
	patternOf(`https?://\S+`, "They are addresses of web pages", "它们是网址"),
	patternOf(`[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`, "They are UUIDs", "它们是 UUID"),
	patternOf(`\d{4}-\d{2}-\d{2}`, "They are dates", "它们是日期"),
}

func patternOf(text, en, zh string) knownPattern {
	return knownPattern{text, pattern.Of("^(?:" + text + ")$"), node.Text{EN: en, ZH: zh}}
}

// shape makes a pattern of the shape that nearly all texts have, if it is one of codes: with digits, and without blanks.
func shape(c table.ColumnProfile) (string, bool) {
	if len(c.Patterns) == 0 {
		return "", false
	}
	var seen int64
	for _, p := range c.Patterns {
		seen += p.Count
	}
	top := c.Patterns[0]
	if float64(top.Count) < (1-fewBroken)*float64(seen) || !strings.Contains(top.Label, "9") || strings.ContainsAny(top.Label, " 文") || len(top.Label) > 40 {
		return "", false
	}
	var b strings.Builder
	for i := 0; i < len(top.Label); {
		n := 1
		for i+n < len(top.Label) && top.Label[i+n] == top.Label[i] {
			n++
		}
		switch top.Label[i] {
		case '9':
			b.WriteString(`\d`)
		case 'a':
			b.WriteString(`[a-z]`)
		case 'A':
			b.WriteString(`[A-Z]`)
		default:
			b.WriteString(regexp.QuoteMeta(top.Label[i : i+1]))
		}
		if n > 1 {
			fmt.Fprintf(&b, "{%d}", n)
		}
		i += n
	}
	return b.String(), true
}

// titleOf says what a rule expects, as the report calls it later.
func titleOf(r judge.Rule) node.Text { return node.Text{EN: r.Label(), ZH: r.LabelZH()} }
