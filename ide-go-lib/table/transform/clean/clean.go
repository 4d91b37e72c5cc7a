// Package clean is the transform that mends values step by step: white space, spellings, numbers and dates in texts. It
// gives the mended rows, those with values that could not be read, and what was changed, each as a query of its own.
package clean

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
	"dataflow/ide-go-lib/table/transform/literal"
)

// What a step does.
const (
	Trim     = "trim"
	Unicode  = "unicode"
	Case     = "case"
	Missing  = "missing"
	Number   = "number"
	Date     = "date"
	Truth    = "truth"
	Map      = "map"
	Encoding = "encoding"
	Control  = "control"
	Clamp    = "clamp"
)

// What becomes of a value that cannot be read.
const (
	Quarantine = "quarantine"
	Null       = "null"
	Keep       = "keep"
)

// Step is one thing that is done to columns.
type Step struct {
	Do      string   `json:"do" title:"Do" zh:"操作" enum:"trim,missing,number,date,truth,map,case,unicode,encoding,control,clamp" default:"trim" doc:"trim: take away white space around texts. missing: make texts that mean nothing empty values. number, date, truth: read texts as such. map: put other values in place of values. case: capital and small letters. unicode: one way of writing each character. encoding: mend texts such as Ã© that were read in a wrong encoding. control: take away control characters. clamp: bring values into a range" doc_zh:"trim：去除首尾空白；missing：把表示缺失的文本变为空值；number、date、truth：把文本读成数字、日期、真假值；map：替换取值；case：大小写；unicode：统一字符写法；encoding：修复以错误编码读入的乱码（如 Ã©）；control：去除控制字符；clamp：限制到范围内"`
	Columns []string `json:"columns" title:"Columns" zh:"列" required:"true" widget:"columns" example:"[\"*\"]" doc:"Names, or * for all that the step fits, *text, *number and *time for those of a kind. Columns of a type that the step has nothing to do with stay as they are" doc_zh:"列名；* 表示该操作适用的所有列，*text、*number、*time 表示某一类列。类型与该操作无关的列保持不变"`

	Inner      string        `json:"inner,omitempty" title:"White space within" zh:"内部空白" enum:"collapse,keep" default:"collapse" when:"do=trim" doc:"collapse: several characters of white space become one blank" doc_zh:"collapse：连续空白合并为一个空格"`
	Markers    []string      `json:"markers,omitempty" title:"What means nothing" zh:"缺失标记" when:"do=missing" example:"[\"-\", \"n/a\"]" doc:"Letter case and white space around do not count. None takes the usual ones: an empty text, -, –, —, ?, n/a, na, n.a., nan, null, none, nil, #n/a, \\N and such" doc_zh:"不区分大小写和首尾空白。留空则使用常见标记：空文本、-、–、—、?、n/a、na、n.a.、nan、null、none、nil、#n/a、\\N 等"`
	Decimal    string        `json:"decimal,omitempty" title:"Decimal separator" zh:"小数分隔符" enum:"auto,point,comma" default:"auto" when:"do=number" doc:"point: 1,234.56. comma: 1.234,56 and 1 234,56. auto: each number tells by itself, and one that may be either, such as 1,234, is not read" doc_zh:"point：1,234.56；comma：1.234,56 或 1 234,56；auto：逐个判断，两可的写法（如 1,234）视为无法读取"`
	Percent    string        `json:"percent,omitempty" title:"12 % is" zh:"12 % 表示" enum:"fraction,number" default:"fraction" when:"do=number" doc:"fraction: 0.12. number: 12" doc_zh:"fraction：0.12；number：12"`
	Formats    []string      `json:"formats,omitempty" title:"Formats" zh:"格式" when:"do=date" example:"[\"%d/%m/%Y\"]" doc:"Such as %d/%m/%Y; the first that fits is taken. None takes the usual ones: 2024-01-05, 20240105, 5.1.2024, 5 Jan 2024, January 5, 2024, 5 de enero de 2024, 2024年1月5日, with a time or without" doc_zh:"例如 %d/%m/%Y；使用第一个符合的格式。留空则识别常见写法：2024-01-05、20240105、5.1.2024、5 Jan 2024、January 5, 2024、5 de enero de 2024、2024年1月5日，可带时间"`
	Ambiguous  string        `json:"ambiguous,omitempty" title:"03/04/2024 is" zh:"03/04/2024 表示" enum:"refuse,day_first,month_first" default:"refuse" when:"do=date" doc:"day_first: 3 April. month_first: 4 March. refuse: it is not read, nor 25/12/24, which may begin with the year. A date that can only be meant in one way is always read so" doc_zh:"day_first：4 月 3 日；month_first：3 月 4 日；refuse：视为无法读取，25/12/24 也可能以年份开头，同样不读。只有一种读法的日期总是按该读法读取"`
	Century    string        `json:"century,omitempty" title:"05.01.65 is in" zh:"05.01.65 的世纪" enum:"auto,refuse,1900,2000,split" default:"auto" when:"do=date" doc:"Of years with two digits. auto: 70 to 99 are of the 1900s, 00 to 29 of the 2000s, others are not read. split: as auto, and 30 to 69 are of the 2000s, too. 1900, 2000: all are of that century. refuse: none is read" doc_zh:"两位数年份。auto：70–99 属 1900 年代，00–29 属 2000 年代，其余视为无法读取；split：同 auto，且 30–69 属 2000 年代；1900、2000：全部属该世纪；refuse：一律不读"`
	Type       string        `json:"type,omitempty" title:"Type" zh:"类型" widget:"type" when:"do=number,date" doc:"Of the result: DOUBLE, BIGINT or DECIMAL(18,2) for numbers, DATE or TIMESTAMP for dates. Left empty, texts become DOUBLE or DATE, and columns that hold numbers or dates already stay as they are. A number that the type cannot hold exactly is not read" doc_zh:"结果类型：数字为 DOUBLE、BIGINT 或 DECIMAL(18,2)，日期为 DATE 或 TIMESTAMP。留空时文本变为 DOUBLE 或 DATE，已是数字或日期的列保持不变。该类型无法精确表示的数字视为无法读取"`
	True       []string      `json:"true,omitempty" title:"What means true" zh:"表示真的文本" when:"do=truth" doc:"Letter case does not count. None takes the usual ones: true, t, yes, y, on, 1, x, ja, oui, sí, 是 and such" doc_zh:"不区分大小写。留空则使用常见写法：true、t、yes、y、on、1、x、ja、oui、sí、是 等"`
	False      []string      `json:"false,omitempty" title:"What means false" zh:"表示假的文本" when:"do=truth" doc:"None takes the usual ones: false, f, no, n, off, 0, nein, non, 否 and such" doc_zh:"留空则使用常见写法：false、f、no、n、off、0、nein、non、否 等"`
	Values     []Replacement `json:"values,omitempty" title:"Values" zh:"取值" when:"do=map" doc:"The first that fits is taken" doc_zh:"使用第一个符合的项"`
	Match      string        `json:"match,omitempty" title:"Compare" zh:"比较方式" enum:"exact,folded,pattern" default:"exact" when:"do=map" doc:"exact: the whole text. folded: letter case and white space do not count. pattern: a regular expression for the whole text, whose groups the new value names \\1, \\2" doc_zh:"exact：完整文本；folded：忽略大小写和空白；pattern：匹配整个文本的正则表达式，新值可用 \\1、\\2 引用分组"`
	Unlisted   string        `json:"unlisted,omitempty" title:"Other values" zh:"其他取值" enum:"keep,null,quarantine" default:"keep" when:"do=map" doc:"keep: they stay. null: they become empty. quarantine: their rows go to failed" doc_zh:"keep：保留；null：置为空；quarantine：所在行进入 failed"`
	Case       string        `json:"case,omitempty" title:"Letters" zh:"字母" enum:"lower,upper,title,sentence" default:"lower" when:"do=case" doc:"title: each word begins with a capital. sentence: only the first does" doc_zh:"title：每个单词首字母大写；sentence：仅首字母大写"`
	Form       string        `json:"form,omitempty" title:"Form" zh:"形式" enum:"NFC,NFKC" default:"NFC" when:"do=unicode" doc:"NFC: accents become one with their letters. NFKC: besides, variants such as full-width letters, ligatures and circled digits become the plain characters" doc_zh:"NFC：合并字母与附加符号；NFKC：此外把全角字母、连字、带圈数字等变体变为普通字符"`
	Min        literal.Value `json:"min,omitzero" title:"At least" zh:"最小" widget:"text" when:"do=clamp" doc:"Values below become this one; left empty, there is no bound" doc_zh:"小于此值的变为此值；留空则无下限"`
	Max        literal.Value `json:"max,omitzero" title:"At most" zh:"最大" widget:"text" when:"do=clamp" doc:"Values above become this one; left empty, there is no bound" doc_zh:"大于此值的变为此值；留空则无上限"`
	Unreadable string        `json:"unreadable,omitempty" title:"What cannot be read" zh:"无法读取的值" enum:"quarantine,null,keep" default:"quarantine" when:"do=number,date,truth" doc:"quarantine: the row goes to failed, with the reason. null: the value becomes empty. keep: the column stays a text in which only what could be read is rewritten" doc_zh:"quarantine：整行进入 failed 并附原因；null：值变为空；keep：列保持为文本，仅改写可读取的值"`
}

// Replacement puts a value in the place of another.
type Replacement struct {
	From string `json:"from" title:"Value" zh:"原值" widget:"literal" required:"true"`
	To   string `json:"to,omitempty" title:"Becomes" zh:"变为" widget:"literal" doc:"Left empty, the value becomes an empty one" doc_zh:"留空则变为空值"`
}

// Config is the steps, which are carried out in their order. As a relation it is the mended rows.
type Config struct {
	Steps []Step `json:"steps" title:"Steps" zh:"步骤" required:"true" doc:"Carried out in their order" doc_zh:"按顺序执行"`
}

// Check finds what can be seen without the columns.
func (c Config) Check() []errs.Detail {
	var check columns.Checker
	if len(c.Steps) == 0 {
		check.Fail("config_invalid", "with.steps", "Write at least one step.")
	}
	for i, s := range c.Steps {
		s.check(&check, fmt.Sprintf("with.steps[%d]", i))
	}
	return check.Details()
}

func (s Step) check(check *columns.Checker, at string) {
	if len(s.Columns) == 0 {
		check.Fail("config_invalid", at+".columns", "Name at least one column, or * for all that the step fits.")
	}
	for i, name := range s.Columns {
		if strings.HasPrefix(name, "*") && !slices.Contains(kinds, name) {
			check.Fail("config_invalid", fmt.Sprintf("%s.columns[%d]", at, i), "%q is no kind of columns; write *, *text, *number or *time.", name)
		}
	}
	switch s.Do {
	case Number:
		if s.Type != "" && !numberTypes.MatchString(s.Type) {
			check.Fail("config_invalid", at+".type", "Name a type of numbers, such as DOUBLE, BIGINT or DECIMAL(18,2).")
		} else if s.Type != "" {
			check.Type(at+".type", s.Type)
		}
	case Date:
		if s.Type != "" && !slices.Contains(dateTypes, strings.ToUpper(s.Type)) {
			check.Fail("config_invalid", at+".type", "Name DATE or TIMESTAMP.")
		}
		for i, f := range s.Formats {
			check.Format(fmt.Sprintf("%s.formats[%d]", at, i), f)
		}
	case Map:
		s.checkValues(check, at)
	case Clamp:
		if s.Min.IsZero() && s.Max.IsZero() {
			check.Fail("config_invalid", at+".min", "Give a lower bound, an upper one, or both.")
		}
		if s.Min.Above(s.Max) {
			check.Fail("config_invalid", at+".max", "The upper bound is below the lower one.")
		}
	}
}

func (s Step) checkValues(check *columns.Checker, at string) {
	if len(s.Values) == 0 {
		check.Fail("config_invalid", at+".values", "Name at least one value and what it becomes.")
	}
	if s.Match != "pattern" {
		return
	}
	for i, v := range s.Values {
		if _, err := syntax.Parse(v.From, syntax.Perl); err != nil {
			check.Fail("config_invalid", fmt.Sprintf("%s.values[%d].from", at, i), "Write a regular expression, such as (north|nord).*.")
		}
	}
}

// Query implements table.Relation: the rows of which every value could be read, in their order.
func (c Config) Query(inputs map[string]table.Input) (table.Query, error) {
	ch, err := c.chain(inputs)
	if err != nil {
		return table.Query{}, err
	}
	var b sqltext.Builder
	ch.steps(&b)
	b.Text("SELECT ")
	for i, col := range ch.in.Columns {
		if i > 0 {
			b.Text(", ")
		}
		b.Name(ch.present[i]).Text(" AS ").Name(col.Name)
	}
	b.Text(" FROM ", ch.last())
	word := " WHERE NOT ("
	for _, l := range ch.links {
		if l.quarantines {
			b.Text(word)
			l.unread(&b)
			word = " OR "
		}
	}
	if word != " WHERE NOT (" {
		b.Text(")")
	}
	return b.Query()
}

// Failed is the rows with a value that keeps them back, as they came, with the reasons.
type Failed struct{ Config }

// Query implements table.Relation.
func (c Failed) Query(inputs map[string]table.Input) (table.Query, error) {
	ch, err := c.chain(inputs)
	if err != nil {
		return table.Query{}, err
	}
	var b sqltext.Builder
	ch.steps(&b)
	b.Text("SELECT * FROM (SELECT ")
	for _, col := range ch.in.Columns {
		b.Name(col.Name).Text(", ")
	}
	ch.reasons(&b)
	b.Text(" AS ").Name(columns.Free("reasons", ch.in)).Text(" FROM ", ch.last(), ") WHERE ").Name(columns.Free("reasons", ch.in)).Text(" <> ''")
	return b.Query()
}

// reasons writes why a row is kept back, as a text that is empty when it is not.
func (ch *chain) reasons(b *sqltext.Builder) {
	b.Text("concat_ws('; ', NULL")
	for _, l := range ch.links {
		if !l.quarantines {
			continue
		}
		b.Text(", CASE WHEN ")
		l.unread(b)
		b.Text(" THEN ").Text(sqltext.Literal(l.column + ": ")).Text(" || left(CAST(").Name(l.before).Text(" AS VARCHAR), 200) || ")
		l.why(b)
		b.Text(" END")
	}
	b.Text(")")
}

// Quarantines says whether some step keeps rows back.
func (c Config) Quarantines() bool {
	return slices.ContainsFunc(c.Steps, func(s Step) bool { return s.policy() == Quarantine })
}

// policy is what becomes of values that the step cannot read; empty when there are none.
func (s Step) policy() string {
	switch s.Do {
	case Number, Date, Truth:
		return s.Unreadable
	case Map:
		return s.Unlisted
	}
	return ""
}
