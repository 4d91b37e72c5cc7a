package suggest

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/transform/columns"
	"dataflow/ide-go-lib/table/transform/judge"
	"dataflow/ide-go-lib/table/transform/literal"
	"dataflow/ide-go-lib/words"
)

// What is suggested of whole tables is wide on purpose: one look says little about how a table changes.
const (
	mostMeasures = 10
	recently     = 7 * 24 * time.Hour // a table with a value from then on seems to be kept up to date
	oneLook      = "One look says little about how it changes"
	oneLookZH    = "只看一次难以判断它如何变化"
)

// wholes suggests rules about the table as a whole, which only warn.
func (l *look) wholes(have []judge.Rule) error {
	if l.rows < enoughRows {
		return nil
	}
	there := func(check, column string) bool {
		return slices.ContainsFunc(have, func(r judge.Rule) bool {
			return r.Check == check && (column == "" || slices.Contains(r.Columns, column))
		})
	}
	if !there(judge.RowCount, "") {
		if err := l.rowCount(); err != nil {
			return err
		}
	}
	if !there(judge.Freshness, "") {
		if err := l.freshness(); err != nil {
			return err
		}
	}
	left := mostMeasures
	for _, c := range l.columns {
		if left == 0 || there(judge.Distribution, c.Name) {
			continue
		}
		more, err := l.distribution(c)
		if err != nil {
			return err
		}
		if more {
			left--
		}
	}
	return nil
}

func (l *look) rowCount() error {
	const halfOrTwice = 2
	if !l.whole {
		rule := judge.Rule{Check: judge.RowCount, Min: literal.Of("1"), Change: 50}
		return l.add(likely(oneLook, oneLookZH).on(Suggestion{
			Columns: []string{}, Title: titleOf(rule),
			Why: both("There are more than %s today", "目前多于 %s 行", words.Count(l.rows)),
		}), map[string]any{"check": judge.RowCount, "min": 1, "change": rule.Change})
	}
	least, most := number(float64(l.rows)/halfOrTwice, math.Floor), number(float64(l.rows)*halfOrTwice, math.Ceil)
	rule := judge.Rule{Check: judge.RowCount, Min: literal.Of(least.String()), Max: literal.Of(most.String())}
	return l.add(likely(oneLook, oneLookZH).on(Suggestion{
		Columns: []string{}, Title: titleOf(rule), Why: both("There are %s today", "目前有 %s 行", words.Count(l.rows)),
	}), map[string]any{"check": judge.RowCount, "min": least, "max": most})
}

// number is a bound as rounded gives it.
func number(v float64, round func(float64) float64) json.Number {
	_, n := rounded(v, round)
	return n
}

// freshness is about the one column that best tells when rows were made.
func (l *look) freshness() error {
	var best *table.ColumnProfile
	var newest time.Time
	for i, c := range l.columns {
		if !columns.Temporal(c.Type) || c.Max == nil {
			continue
		}
		at, ok := moment(*c.Max)
		age := l.Now.Sub(at)
		if !ok || age < -time.Hour || age > recently {
			continue
		}
		better := best == nil || namesPast(c.Name) && !namesPast(best.Name) || namesPast(c.Name) == namesPast(best.Name) && at.After(newest)
		if better {
			best, newest = &l.columns[i], at
		}
	}
	if best == nil {
		return nil
	}
	age := max(l.Now.Sub(newest), 0)
	within := "14d"
	if age <= 24*time.Hour {
		within = "2d"
	}
	how := guess("Its name does not say that it tells when rows were made", "名称并未表明它是行产生的时间")
	if namesPast(best.Name) {
		how = likely(oneLook, oneLookZH)
	}
	rule := judge.Rule{Check: judge.Freshness, Columns: []string{best.Name}, Within: within}
	return l.add(how.on(Suggestion{
		Columns: rule.Columns, Title: titleOf(rule), Why: both("The newest value is %s", "最新值为 %s", *best.Max),
	}), map[string]any{"check": judge.Freshness, "columns": rule.Columns, "within": within})
}

// moment reads a time as profiles write it.
func moment(text string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02T15:04:05.999999999", time.RFC3339Nano, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// distribution suggests that the middle of numbers stays where the middle half of them is, and that not many more values are
// missing than today.
func (l *look) distribution(c table.ColumnProfile) (added bool, err error) {
	of := []string{c.Name}
	missing := float64(c.Nulls) / float64(l.rows)
	if missing > fewBroken && missing <= 0.5 {
		most := json.Number(short(math.Ceil(missing * 2 * 100)))
		rule := judge.Rule{Check: judge.Distribution, Measure: judge.NullPercent, Columns: of, Max: literal.Of(most.String())}
		return true, l.add(guess(oneLook, oneLookZH).on(Suggestion{
			Columns: of, Title: titleOf(rule), Why: both("Today it is %.3g %%", "目前为 %.3g%%", missing*100),
		}), map[string]any{"check": judge.Distribution, "measure": judge.NullPercent, "columns": of, "max": most})
	}
	const various = 20
	if !columns.Numeric(c.Type) || l.rows < manyRows || c.Distinct < various || l.identifies(c) || namesCode(c.Name) || strings.EqualFold(c.Name, "year") {
		return false, nil
	}
	at := map[float64]float64{}
	for _, q := range c.Quantiles {
		at[q.Share] = q.Value
	}
	if at[0.25] >= at[0.75] {
		return false, nil
	}
	low, high := number(at[0.25], math.Floor), number(at[0.75], math.Ceil)
	rule := judge.Rule{Check: judge.Distribution, Measure: judge.Median, Columns: of, Min: literal.Of(low.String()), Max: literal.Of(high.String())}
	return true, l.add(guess(oneLook, oneLookZH).on(Suggestion{
		Columns: of, Title: titleOf(rule),
		Why: both("Today it is %s, and the middle half of the values is in between", "目前为 %s，且中间一半的值都在此范围内", about(at[0.5])),
	}), map[string]any{"check": judge.Distribution, "measure": judge.Median, "columns": of, "min": low, "max": high})
}
