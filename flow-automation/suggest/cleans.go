package suggest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/pattern"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/clean"
	"dataflow/ide-go-lib/words"
)

// How much of a column has to be readable for reading it to be suggested.
const (
	readable  = 0.9
	fewValues = 3
)

type step = map[string]any

// all is a step for columns, with its defaults.
func all(do string, names []string) clean.Step {
	return clean.Step{
		Do: do, Columns: names, Inner: "collapse", Decimal: "auto", Percent: "fraction", Ambiguous: "refuse", Match: "exact", Unlisted: clean.Keep,
		Case: "lower", Form: "NFKC", Unreadable: clean.Null,
	}
}

// cleans suggests steps, in the order in which they are best carried out.
func (l *look) cleans() error {
	texts := l.texts()
	if len(texts) == 0 {
		return nil
	}
	if err := l.traits(texts); err != nil {
		return err
	}
	if err := l.surfaces(names(texts)); err != nil {
		return err
	}
	surfaces := l.found
	l.found = nil
	if err := l.readings(texts); err != nil {
		return err
	}
	readings := l.found
	l.found = surfaces
	for _, c := range texts {
		if slices.ContainsFunc(readings, func(s Suggestion) bool { return slices.Contains(s.Columns, c.Name) }) || l.late(c.Name) {
			continue
		}
		if err := l.spellings(c); err != nil {
			return err
		}
	}
	l.found = append(l.found, readings...)
	return nil
}

// traits are what is true of some values of a column, and tells how it is to be treated.
type traits struct {
	codes  bool // digits after a zero that a number would lose
	long   bool // more digits than a DOUBLE holds
	breaks bool // several lines
	ascii  bool // no letters but those, for which there is no encoding to mend
}

// traits looks for them in all rows that are looked at, not among the usual values alone.
func (l *look) traits(texts []table.ColumnProfile) error {
	const each = 4
	count := query(func(b *sqltext.Builder, from string) {
		b.Text("SELECT [")
		for i, c := range texts {
			if i > 0 {
				b.Text(", ")
			}
			v := "trim(" + sqltext.Quote(c.Name) + ")"
			b.Text("count(*) FILTER (WHERE regexp_full_match(", v, `, '0\d+')), count(*) FILTER (WHERE length(regexp_replace(`, v, `, '\D', '', 'g')) > 15), count(*) FILTER (WHERE regexp_matches(`, v, `, '\S\s*[\r\n]\s*\S')), count(*) FILTER (WHERE regexp_matches(`, v, `, '[^\x00-\x7f]'))`)
		}
		b.Text("] AS counts FROM ", from)
	})
	return l.over(count, func(row json.RawMessage) error {
		var cells [1][]int64
		err := json.Unmarshal(row, &cells)
		if err == nil && len(cells[0]) != each*len(texts) {
			err = fmt.Errorf("%d counts of %d columns", len(cells[0]), len(texts))
		}
		if err != nil {
			return err
		}
		l.has = map[string]traits{}
		for i, c := range texts {
			n := cells[0][each*i:]
			l.has[c.Name] = traits{codes: n[0] > 0, long: n[1] > 0, breaks: n[2] > 0, ascii: n[3] == 0}
		}
		return nil
	})
}

// surface is a step that mends how texts are written.
type surface struct {
	do    string
	sure  sure
	title node.Text
	why   string
	whyZH string
	of    func(traits) bool // nil is for all
	set   func(*clean.Step) // beyond the defaults
}

var letters = pattern.Of(`\pL`)

// Words that mean nothing in one column and something in another: Namibia's code, a first name, a choice.
var doubtful = []string{"na", "nat", "nil", "none"}

var surfaces = []surface{
	{clean.Control, certain, node.Text{EN: "Take away control characters", ZH: "去除控制字符"}, "%s of %s with characters that nobody sees", "%[2]s 中有 %[1]s 含有不可见的控制字符", nil, nil},
	{clean.Encoding, certain, node.Text{EN: "Mend the encoding", ZH: "修复编码"}, "%s of %s read in a wrong encoding", "%[2]s 中有 %[1]s 以错误的编码读入", func(t traits) bool { return !t.ascii }, nil},
	{clean.Trim, certain, node.Text{EN: "Take away white space", ZH: "去除空白"}, "%s of %s with white space around or doubled within", "%[2]s 中有 %[1]s 首尾有空白或内部空白重复", func(t traits) bool { return !t.breaks }, nil},
	{clean.Trim, certain, node.Text{EN: "Take away white space around", ZH: "去除首尾空白"}, "%s of %s with white space around", "%[2]s 中有 %[1]s 首尾有空白", func(t traits) bool { return t.breaks }, func(s *clean.Step) { s.Inner = clean.Keep }},
	{clean.Unicode, guess("Signs such as ½ and ™ become plain letters, too", "½、™ 等符号也会变成普通字符"), node.Text{EN: "One way of writing each character", ZH: "统一字符写法"}, "%s of %s with variants such as full-width letters or ligatures", "%[2]s 中有 %[1]s 含全角字母、连字等变体字符", func(t traits) bool { return !t.ascii }, nil},
	{clean.Missing, guess("They may mean something here", "它们在这里可能有含义"), node.Text{EN: "Make what may mean nothing empty", ZH: "把可能的缺失标记变为空值"}, "%s of %s that may stand for nothing, but may as well be a code or a choice", "%[2]s 中有 %[1]s 可能表示缺失，也可能是代码或选项", nil, func(s *clean.Step) { s.Markers = doubtful }},
	{clean.Missing, certain, node.Text{EN: "Make what means nothing empty", ZH: "把缺失标记变为空值"}, "%s of %s standing for nothing", "%[2]s 中有 %[1]s 表示缺失", nil, nil},
}

// atOnce is how many columns are looked at in one query: memory is needed for each step at each of them.
const atOnce = 20

// counts carries out steps on the rows, and gives what each does to each column; look is how.
func (l *look) counts(look func(clean.Config, func(table.Relation) ([]json.RawMessage, error)) ([]clean.Count, error), steps ...clean.Step) (map[int][]clean.Count, error) {
	var all []string
	for _, c := range l.columns {
		if slices.ContainsFunc(steps, func(s clean.Step) bool { return slices.Contains(s.Columns, c.Name) }) {
			all = append(all, c.Name)
		}
	}
	out := map[int][]clean.Count{}
	for some := range slices.Chunk(all, atOnce) {
		if late := slices.DeleteFunc(slices.Clone(some), func(name string) bool { return !l.late(name) }); len(late) > 0 {
			continue
		}
		var config clean.Config
		var which []int
		for i, s := range steps {
			s.Columns = slices.DeleteFunc(slices.Clone(s.Columns), func(name string) bool { return !slices.Contains(some, name) })
			if len(s.Columns) > 0 {
				config.Steps, which = append(config.Steps, s), append(which, i)
			}
		}
		counts, err := look(config, func(r table.Relation) (rows []json.RawMessage, err error) {
			err = l.over(r, func(row json.RawMessage) error {
				rows = append(rows, row)
				return nil
			})
			return rows, err
		})
		if err != nil {
			return nil, err
		}
		for _, n := range counts {
			out[which[n.Step]] = append(out[which[n.Step]], n)
		}
	}
	return out, nil
}

func (l *look) surfaces(texts []string) error {
	steps := make([]clean.Step, len(surfaces))
	for i, s := range surfaces {
		steps[i] = all(s.do, slices.DeleteFunc(slices.Clone(texts), func(name string) bool { return s.of != nil && !s.of(l.has[name]) }))
		if s.set != nil {
			s.set(&steps[i])
		}
	}
	counted, err := l.counts(clean.Config.Look, steps...)
	if err != nil {
		return err
	}
	unsure := map[string]bool{} // columns with doubtful words
	for i, s := range surfaces {
		counts := slices.DeleteFunc(counted[i], func(n clean.Count) bool { return n.Changed == 0 })
		add := step{"do": s.do}
		switch {
		case s.do == clean.Unicode:
			add["form"] = "NFKC"
		case steps[i].Inner == clean.Keep:
			add["inner"] = clean.Keep
		case len(steps[i].Markers) > 0:
			add["markers"] = doubtful
			for _, n := range counts {
				unsure[n.Column] = true
			}
		case s.do == clean.Missing:
			// The usual words have the doubtful ones among them, so where those are, the others are named.
			apart := slices.DeleteFunc(slices.Clone(counts), func(n clean.Count) bool { return !unsure[n.Column] })
			counts = slices.DeleteFunc(counts, func(n clean.Count) bool { return unsure[n.Column] })
			if err := l.surface(s, apart, step{"do": s.do, "markers": clean.UsualMissing(doubtful...)}); err != nil {
				return err
			}
		}
		if err := l.surface(s, counts, add); err != nil {
			return err
		}
	}
	return nil
}

// surface suggests a step for the columns in which it changes something.
func (l *look) surface(s surface, counts []clean.Count, add step) error {
	of, such := make([]string, 0, len(counts)), make([]string, 0, len(counts))
	var changed int64
	signs := false // among what means nothing
	for _, n := range counts {
		of, changed = append(of, n.Column), changed+n.Changed
		for _, sample := range n.Samples {
			if sample.Before != nil && !letters.MatchString(*sample.Before) {
				signs = true
			}
			if sample.Before != nil && len(such) < 3 {
				such = append(such, fmt.Sprintf("%q", *sample.Before))
			}
		}
	}
	if changed == 0 {
		return nil
	}
	why := node.Text{
		EN: fmt.Sprintf(s.why, words.Number(changed, "value", "values"), listed(of)) + ", such as " + strings.Join(such, ", "),
		ZH: fmt.Sprintf(s.whyZH, fmt.Sprintf("%d 个值", changed), listed(of)) + "，例如 " + strings.Join(such, "、"),
	}
	add["columns"] = of
	how := s.sure
	if how.confidence == Certain && s.do == clean.Missing && signs {
		how = likely("A sign such as - may be a value of its own here", "- 等符号在这里可能是有意义的取值")
	}
	return l.add(how.on(Suggestion{Columns: of, Title: s.title, Why: why, Affected: changed}), add)
}

// reading is how much of a column a way of reading it reads.
type reading struct{ read, unread int64 }

func (r reading) share() float64 {
	if r.read+r.unread == 0 {
		return 0
	}
	return float64(r.read) / float64(r.read+r.unread)
}

// good says whether it reads nearly all of enough values.
func (r reading) good() bool { return r.read >= fewValues && r.share() >= readable }

// read tries a way of reading on neat texts.
func (l *look) read(s clean.Step) (map[string]reading, error) {
	counted, err := l.counts(clean.Config.Count, all(clean.Trim, s.Columns), all(clean.Missing, s.Columns), s)
	out := map[string]reading{}
	for _, n := range counted[2] {
		out[n.Column] = reading{n.Changed, n.Unreadable}
	}
	return out, err
}

// unread are the columns of which a way of reading has left something.
func unread(way map[string]reading, of []string) (left []string) {
	for _, name := range of {
		if r := way[name]; r.unread > 0 && r.read+r.unread >= fewValues {
			left = append(left, name)
		}
	}
	return left
}

// readings suggests to read texts as what they are.
func (l *look) readings(texts []table.ColumnProfile) error {
	ways := map[string]map[string]reading{}
	digits, two := names(slices.DeleteFunc(slices.Clone(texts), func(c table.ColumnProfile) bool { return !withDigits(c) })),
		names(slices.DeleteFunc(slices.Clone(texts), func(c table.ColumnProfile) bool { return c.Distinct > 6 }))
	for _, way := range []string{"auto", "point", "comma", "refuse", "day_first", "month_first", clean.Truth} {
		s := all(clean.Number, digits)
		switch way {
		case "auto":
		case "point", "comma": // where some may be either
			s.Decimal, s.Columns = way, unread(ways["auto"], digits)
		case "refuse":
			s.Do = clean.Date
		case "day_first", "month_first":
			s.Do, s.Ambiguous, s.Columns = clean.Date, way, unread(ways["refuse"], digits)
		default:
			s.Do, s.Columns = clean.Truth, two
		}
		if len(s.Columns) == 0 {
			continue
		}
		var err error
		if ways[way], err = l.read(s); err != nil {
			return err
		}
	}
	for _, c := range texts {
		if l.late(c.Name) {
			continue
		}
		way := func(name string) reading { return ways[name][c.Name] }
		var err error
		switch {
		case c.Distinct <= 6 && c.Distinct >= 2 && way(clean.Truth).good() && way(clean.Truth).unread == 0:
			err = l.truth(c, way(clean.Truth), way("auto").good())
		case l.has[c.Name].codes:
		case way("refuse").good() || way("day_first").good() || way("month_first").good():
			err = l.date(c, way("refuse"), way("day_first"), way("month_first"))
		case way("auto").good() || way("point").good() || way("comma").good():
			err = l.number(c, way("auto"), way("point"), way("comma"))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// withDigits says whether most of the texts have a digit, without which they are neither numbers nor dates.
func withDigits(c table.ColumnProfile) bool {
	var with, without int64
	for _, p := range c.Patterns {
		if strings.Contains(p.Label, "9") {
			with += p.Count
		} else {
			without += p.Count
		}
	}
	return with > without
}

func (l *look) truth(c table.ColumnProfile, r reading, numbers bool) error {
	how := certain
	switch {
	case numbers:
		how = guess("0 and 1 may be numbers", "0 和 1 可能是数字")
	case c.MaxLength != nil && *c.MaxLength <= 1:
		how = likely("A single letter may be a code", "单个字母可能是代码")
	}
	return l.add(how.on(Suggestion{
		Columns: []string{c.Name}, Title: both("Read %s as true or false", "把 %s 读成真假值", c.Name), Affected: r.read,
		Why: both("It has two values, which mean true and false", "只有两种取值，分别表示真和假"),
	}), step{"do": clean.Truth, "columns": []string{c.Name}})
}

func (l *look) number(c table.ColumnProfile, auto, point, comma reading) error {
	best, decimal := auto, "auto"
	told := true
	en, zh := "", ""
	if auto.unread > 0 && max(point.read, comma.read) > auto.read {
		best, decimal = point, "point"
		en, zh = " with a decimal point", "（小数点）"
		if comma.read > point.read {
			best, decimal = comma, "comma"
			en, zh = " with a decimal comma", "（小数逗号）"
		}
		told = comma.read != point.read
	}
	whole, err := l.read(func() clean.Step {
		s := all(clean.Number, []string{c.Name})
		s.Decimal, s.Type = decimal, "BIGINT"
		return s
	}())
	if err != nil {
		return err
	}
	add := step{"do": clean.Number, "columns": []string{c.Name}}
	if decimal != "auto" {
		add["decimal"] = decimal
	}
	if whole[c.Name].read == best.read {
		add["type"] = "BIGINT"
	} else if l.has[c.Name].long {
		return nil // they would lose digits
	}
	why := both("%.4g %% of its values are numbers%s", "%.4g%% 的值是数字%s", best.share()*100, en)
	why.ZH = fmt.Sprintf("%.4g%% 的值是数字%s", best.share()*100, zh)
	how := certain
	switch {
	case !told:
		how = guess("Whether a comma sets decimals apart cannot be told", "无法判断逗号是否为小数分隔符")
	case namesCode(c.Name):
		how = guess("By its name it may be a code rather than a number", "从名称看，它可能是编码而不是数字")
	case best.unread > 0:
		how = unreadable
	}
	return l.add(how.on(Suggestion{Columns: []string{c.Name}, Title: both("Read %s as numbers", "把 %s 读成数字", c.Name), Why: why, Affected: best.read, Unreadable: best.unread}), add)
}

var unreadable = likely("Rows with what cannot be read would go to failed", "含无法读取的值的行会进入 failed")

// order counts the dates in numbers that can only be meant with the day first, and those with the month first.
func (l *look) order(c table.ColumnProfile) (days, months int64, err error) {
	const more = `(1[3-9]|2\d|3[01])`
	count := query(func(b *sqltext.Builder, from string) {
		v := "trim(" + sqltext.Quote(c.Name) + ")"
		b.Text("SELECT count(*) FILTER (WHERE regexp_matches(", v, ", ", sqltext.Literal(`^`+more+`[-/. ]\d{1,2}[-/. ]`), ")) AS days, count(*) FILTER (WHERE regexp_matches(", v, ", ",
			sqltext.Literal(`^\d{1,2}[-/. ]`+more+`[-/. ]`), ")) AS months FROM ", from)
	})
	err = l.over(count, func(row json.RawMessage) error {
		cells := []any{&days, &months}
		return json.Unmarshal(row, &cells)
	})
	return days, months, err
}

func (l *look) date(c table.ColumnProfile, refuse, day, month reading) error {
	best, order, how := refuse, "refuse", certain
	en, zh := "each in the only way that it can be meant", "且只有一种读法"
	if max(day.read, month.read) > refuse.read {
		days, months, err := l.order(c)
		if err != nil {
			return err
		}
		best, order, en, zh = day, "day_first", "the day first", "日在前"
		if months > days {
			best, order, en, zh = month, "month_first", "the month first", "月在前"
		}
		switch {
		case days == 0 && months == 0:
			en, zh = "but none tells whether the day or the month comes first", "但无法判断日在前还是月在前"
			how = guess("A date such as 03/04/2024 may be read in two ways", "如 03/04/2024 的日期有两种读法")
		case days > 0 && months > 0:
			how = guess("Some begin with the day and some with the month", "有的日在前，有的月在前")
		}
	}
	add := step{"do": clean.Date, "columns": []string{c.Name}}
	if order != "refuse" {
		add["ambiguous"] = order
	}
	if slices.ContainsFunc(c.Patterns, func(b table.Bucket) bool { return strings.Contains(b.Label, "9:9") }) {
		add["type"] = "TIMESTAMP"
	}
	why := node.Text{EN: fmt.Sprintf("%.4g %% of its values are dates, %s", best.share()*100, en), ZH: fmt.Sprintf("%.4g%% 的值是日期，%s", best.share()*100, zh)}
	if how.confidence == Certain && best.unread > 0 {
		how = unreadable
	}
	return l.add(how.on(Suggestion{Columns: []string{c.Name}, Title: both("Read %s as dates", "把 %s 读成日期", c.Name), Why: why, Affected: best.read, Unreadable: best.unread}), add)
}
