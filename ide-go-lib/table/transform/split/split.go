// Package split is the transform that cuts a column of texts into several.
package split

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
	"dataflow/ide-go-lib/words"
)

// Config says where to cut, and what becomes of the parts.
type Config struct {
	Column    string   `json:"column" title:"Column" zh:"列" required:"true" widget:"column" doc:"Holds the texts" doc_zh:"存放文本的列"`
	By        string   `json:"by" title:"Cut" zh:"切分方式" enum:"separator,pattern,groups" default:"separator" doc:"separator: at every occurrence of a text. pattern: at every match of a regular expression. groups: each pair of parentheses in a pattern is a part" doc_zh:"separator：在每个分隔符处；pattern：在正则表达式的每个匹配处；groups：正则表达式的每对括号为一部分"`
	Separator string   `json:"separator,omitempty" title:"Separator" zh:"分隔符" default:"," widget:"literal" when:"by=separator" doc:"For separator: the text between the parts" doc_zh:"用于 separator：各部分之间的文本"`
	Pattern   string   `json:"pattern,omitempty" title:"Pattern" zh:"正则表达式" example:"(\\d+)\\s*(\\w+)" when:"by=pattern,groups" doc:"For pattern and groups: a regular expression (RE2)" doc_zh:"用于 pattern 和 groups：正则表达式（RE2 语法）"`
	Into      []string `json:"into,omitempty" title:"New columns" zh:"新列" doc:"Names for the parts in their order; a part that is not there is empty. None replaces the column by the list of its parts" doc_zh:"按顺序为各部分命名，不存在的部分为空值；不填则用各部分的列表替换该列"`
	Rest      string   `json:"rest" title:"More parts than columns" zh:"部分多于列时" enum:"last,drop,fail" default:"last" doc:"last: the last column keeps all that is left. drop: it is left out. fail: the run stops and shows the text" doc_zh:"last：最后一列保留剩余内容；drop：去掉；fail：停止运行并显示该文本"`
	Trim      bool     `json:"trim,omitempty" title:"Trim parts" zh:"去除空白" default:"false" doc:"Takes white space off both ends of each part" doc_zh:"去除每部分首尾的空白"`
	Keep      bool     `json:"keep,omitempty" title:"Keep the column" zh:"保留原列" default:"false" doc:"Leaves the text there beside its parts" doc_zh:"在各部分之外保留原文本"`
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	check := columns.New(c.problems())
	for i, name := range c.Into {
		check.Result(fmt.Sprintf("with.into[%d]", i), name)
	}
	return check.Details()
}

// problems is Check without the names of columns, which a query holds against those of its input, too.
func (c Config) problems() []errs.Detail {
	var check columns.Checker
	switch {
	case c.By == "separator" && c.Separator == "":
		check.Fail("config_invalid", "with.separator", "A separator is needed.")
	case c.By == "pattern", c.By == "groups":
		c.checkPattern(&check)
	}
	return check.Details()
}

func (c Config) checkPattern(check *columns.Checker) {
	re, err := regexp.Compile(c.Pattern)
	switch {
	case c.Pattern == "":
		check.Fail("config_invalid", "with.pattern", "A pattern is needed.")
	case err != nil:
		check.Fail("pattern_invalid", "with.pattern", "The pattern cannot be read: %s.", reason(err))
	case c.By == "groups" && re.NumSubexp() < max(1, len(c.Into)):
		check.Fail("pattern_invalid", "with.pattern", "The pattern has %s in parentheses, but %s.", words.Number(re.NumSubexp(), "group", "groups"), words.Number(max(1, len(c.Into)), "is needed", "are needed"))
	case c.By == "pattern" && re.MatchString(""):
		check.Fail("pattern_invalid", "with.pattern", "The pattern matches the empty text, so that it would cut everywhere; write + in place of *.")
	}
}

// reason leaves out what the error of package regexp says around its reason.
func reason(err error) string {
	if e, ok := err.(interface{ Unwrap() error }); ok && e.Unwrap() != nil {
		err = e.Unwrap()
	}
	return err.Error()
}

// Query implements table.Relation.
func (c Config) Query(inputs map[string]table.Input) (table.Query, error) {
	in, err := columns.Input(inputs, "table")
	if err != nil {
		return table.Query{}, err
	}
	check := columns.New(c.problems())
	check.Column(in, "with.column", c.Column)
	keep := c.Keep && len(c.Into) > 0
	for _, name := range columns.Other(in, nil) {
		if keep || columns.Find([]table.Column{{Name: c.Column}}, name) < 0 {
			check.Results(name)
		}
	}
	for i, name := range c.Into {
		check.Result(fmt.Sprintf("with.into[%d]", i), name)
	}
	if err := check.Err(); err != nil {
		return table.Query{}, err
	}
	parts := sqltext.Quote(columns.Free("__parts__", in))
	var b sqltext.Builder
	if len(c.Into) == 0 {
		b.Text("SELECT * REPLACE (")
		c.list(&b)
		b.Text(" AS ").Name(c.Column).Text(") FROM ", in.Name)
		return b.Query()
	}
	b.Text("SELECT ")
	c.columns(&b, in, parts)
	b.Text(" FROM (SELECT *, ")
	c.list(&b)
	b.Text(" AS ", parts, " FROM ", in.Name, ")")
	if c.Rest == "fail" && c.By != "groups" {
		b.Text(" WHERE CASE WHEN len(", parts, ") > ", strconv.Itoa(len(c.Into)), " THEN ").Raise("too_many_parts", "with.into", func() {
			b.Text("'There are ' || len(", parts, ") || ' parts in \"' || left(CAST(").Name(c.Column).Text(" AS VARCHAR), 100) || '\", but ", strconv.Itoa(len(c.Into)), " columns for them.'")
		}).Text(" ELSE true END")
	}
	return b.Query()
}

// columns writes those of the result: the parts stand where their text stood, or after it.
func (c Config) columns(b *sqltext.Builder, in table.Input, parts string) {
	have := in.Columns
	if have == nil { // only to be read by people, before the columns are known
		b.Text("* EXCLUDE (", parts, "), ")
		have = []table.Column{{Name: c.Column}}
	}
	comma := ""
	for _, col := range have {
		here := strings.EqualFold(col.Name, c.Column)
		if !here || c.Keep {
			b.Text(comma).Name(col.Name)
			comma = ", "
		}
		if !here {
			continue
		}
		for i, name := range c.Into {
			b.Text(comma)
			comma = ", "
			c.part(b, parts, i)
			b.Text(" AS ").Name(name)
		}
	}
}

// text writes the column as a text.
func (c Config) text(b *sqltext.Builder) {
	b.From("with.column", func() { b.Text("CAST(").Name(c.Column).Text(" AS VARCHAR)") })
}

// list writes the list of all parts.
func (c Config) list(b *sqltext.Builder) {
	if c.Trim {
		b.Text("list_transform(")
	}
	switch c.By {
	case "groups":
		b.Text("CASE WHEN regexp_matches(")
		c.text(b)
		b.Text(", ", sqltext.Literal(c.Pattern), ") THEN [")
		for i := range c.groups() {
			if i > 0 {
				b.Text(", ")
			}
			b.Text("regexp_extract(")
			c.text(b)
			b.Text(", ", sqltext.Literal(c.Pattern), ", ", strconv.Itoa(i+1), ")")
		}
		b.Text("] END")
	case "pattern":
		b.Text("regexp_split_to_array(")
		c.text(b)
		b.Text(", ", sqltext.Literal(c.Pattern), ")")
	default:
		b.Text("string_split(")
		c.text(b)
		b.Text(", ", sqltext.Literal(c.Separator), ")")
	}
	if c.Trim {
		b.Text(", lambda part: ", columns.Trim("part"), ")")
	}
}

func (c Config) groups() int {
	if len(c.Into) > 0 {
		return len(c.Into)
	}
	re, err := regexp.Compile(c.Pattern)
	if err != nil {
		return 0 // Check has said so
	}
	return re.NumSubexp()
}

// part writes the i-th part; the last one may have to keep what is left.
func (c Config) part(b *sqltext.Builder, parts string, i int) {
	n := len(c.Into)
	if i < n-1 || c.Rest != "last" || c.By == "groups" {
		b.Text(parts, "[", strconv.Itoa(i+1), "]")
		return
	}
	b.Text("CASE WHEN len(", parts, ") <= ", strconv.Itoa(n), " THEN ", parts, "[", strconv.Itoa(n), "] ELSE ")
	rest := "CAST(" + sqltext.Quote(c.Column) + " AS VARCHAR)"
	if n > 1 {
		own := regexp.MustCompile(c.pattern()).NumSubexp() // its groups come before the one that holds the rest
		rest = "regexp_extract(" + rest + ", " + sqltext.Literal(fmt.Sprintf(`(?s)^(?:.*?(?:%s)){%d}(.*)$`, c.pattern(), n-1)) + ", " + strconv.Itoa(own+1) + ")"
	}
	if c.Trim {
		rest = columns.Trim(rest)
	}
	b.Text(rest, " END")
}

// pattern is what stands between the parts.
func (c Config) pattern() string {
	if c.By == "pattern" {
		return c.Pattern
	}
	return regexp.QuoteMeta(c.Separator)
}
