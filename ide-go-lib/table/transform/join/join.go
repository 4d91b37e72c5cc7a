// Package join is the transform that puts two tables side by side.
package join

import (
	"fmt"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
)

// Config says how rows of the left and the right table belong together.
type Config struct {
	Kind      string `json:"kind" title:"Kind" zh:"方式" enum:"inner,left,right,full,semi,anti,cross,asof" default:"inner" doc:"inner: rows with a partner. left, right, full: all rows of that side or both. semi: left rows that have a partner. anti: left rows that have none. cross: every row with every row. asof: all left rows, each with the nearest right row" doc_zh:"inner：有匹配的行。left、right、full：保留该侧或两侧全部行。semi：左表中有匹配的行。anti：左表中无匹配的行。cross：每行与每行组合。asof：左表全部行，各配右表中最近的一行"`
	On        []Key  `json:"on,omitempty" title:"Columns to match" zh:"匹配列" when:"kind=inner,left,right,full,semi,anti,asof" doc:"Rows belong together when all of these are equal; needed but for cross and asof" doc_zh:"当这些列都相等时，两行匹配；除 cross 与 asof 外必填"`
	Nearest   Key    `json:"nearest,omitzero" title:"Nearest by" zh:"最近依据" when:"kind=asof" doc:"For asof: a time or a number" doc_zh:"用于 asof：时间或数字列"`
	Direction string `json:"direction,omitempty" title:"Direction" zh:"方向" enum:"backward,forward,nearest" default:"backward" when:"kind=asof" doc:"For asof. backward: the last that is not after the left one. forward: the first that is not before it. nearest: whichever is nearer" doc_zh:"用于 asof。backward：不晚于左表值的最后一个；forward：不早于左表值的第一个；nearest：两者中较近的"`
	Tolerance string `json:"tolerance,omitempty" title:"At most apart" zh:"最大间隔" example:"5 minutes" when:"kind=asof" doc:"For asof: a number, or a time such as 30 seconds, 5 minutes or 1 day; what is farther is no partner" doc_zh:"用于 asof：数字，或 30 seconds、5 minutes、1 day 这样的时长；超过则视为无匹配"`
	Suffix    string `json:"suffix" title:"Suffix" zh:"后缀" default:"_right" doc:"Added to columns of the right table whose name the left has too" doc_zh:"右表列与左表重名时添加的后缀"`
}

// Key is a pair of columns.
type Key struct {
	Left  string `json:"left,omitempty" title:"Left column" zh:"左表列" widget:"column"`
	Right string `json:"right,omitempty" title:"Right column" zh:"右表列" widget:"column" doc:"Left empty, it is called the same" doc_zh:"留空则与左表列同名"`
}

func (k Key) right() string {
	if k.Right == "" {
		return k.Left
	}
	return k.Right
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	var check columns.Checker
	for i, k := range c.On {
		if k.Left == "" {
			check.Fail("missing_field", fmt.Sprintf("with.on[%d].left", i), "Left column must be filled in.")
		}
	}
	switch c.Kind {
	case "cross":
		if len(c.On) > 0 {
			check.Fail("config_invalid", "with.on", "A cross join matches no columns; take them away, or choose another kind.")
		}
	case "asof":
		if c.Nearest.Left == "" {
			check.Fail("missing_field", "with.nearest.left", "An asof join needs the column whose nearest value is looked for.")
		}
		if _, err := c.apart(""); c.Tolerance != "" && err != "" {
			check.Fail("config_invalid", "with.tolerance", "%s", err)
		}
	case "inner", "left", "right", "full", "semi", "anti":
		if len(c.On) == 0 {
			check.Fail("missing_field", "with.on", "Columns to match must be filled in.")
		}
	}
	return check.Details()
}

// Query implements table.Relation.
func (c Config) Query(inputs map[string]table.Input) (table.Query, error) {
	left, err := columns.Input(inputs, "left")
	if err != nil {
		return table.Query{}, err
	}
	right, err := columns.Input(inputs, "right")
	if err != nil {
		return table.Query{}, err
	}
	check := columns.New(c.Check())
	for i, k := range c.On {
		k.check(&check, left, right, fmt.Sprintf("with.on[%d]", i))
	}
	if c.Kind == "asof" {
		k := c.Nearest
		k.check(&check, left, right, "with.nearest")
		if _, err := c.apart(columns.Type(left, k.Left)); c.Tolerance != "" && err != "" {
			check.Fail("type_mismatch", "with.tolerance", "%s", err)
		}
	}
	if err := check.Err(); err != nil {
		return table.Query{}, err
	}
	list, err := c.list(left.Columns, right.Columns)
	if err != nil {
		return table.Query{}, err
	}
	if c.Kind == "asof" {
		w := nearest{c: c, left: left, right: right, list: list}
		return w.query()
	}
	var b sqltext.Builder
	b.Text("SELECT ")
	for i, col := range list {
		if i > 0 {
			b.Text(", ")
		}
		col.write(&b, "r.")
	}
	b.Text(" FROM ", left.Name, " AS l ", strings.ToUpper(c.Kind), " JOIN ", right.Name, " AS r")
	if c.Kind != "cross" {
		b.Text(" ON ")
		c.equal(&b, left, right, "r")
	}
	return b.Query()
}

// Doubts implements table.Doubting.
func (c Config) Doubts(inputs map[string]table.Input) []errs.Detail {
	var check columns.Checker
	doubt := func(k Key, field string) {
		check.Mixed(field, k.Left, columns.Type(inputs["left"], k.Left), k.right(), columns.Type(inputs["right"], k.right()))
	}
	for i, k := range c.On {
		doubt(k, fmt.Sprintf("with.on[%d]", i))
	}
	if c.Kind == "asof" {
		doubt(c.Nearest, "with.nearest")
	}
	return check.Details()
}

func (k Key) check(check *columns.Checker, left, right table.Input, field string) {
	if k.Left == "" {
		return // said already
	}
	check.Column(left, field+".left", k.Left)
	check.Column(right, field+".right", k.right())
}

// equal writes the condition of the keys. The right table is called as.
func (c Config) equal(b *sqltext.Builder, left, right table.Input, as string) {
	for i, k := range c.On {
		if i > 0 {
			b.Text(" AND ")
		}
		one, other := columns.Type(left, k.Left), columns.Type(right, k.right())
		b.From(fmt.Sprintf("with.on[%d]", i), func() {
			b.Text(columns.Key("l."+sqltext.Quote(k.Left), one, other), " = ", columns.Key(as+"."+sqltext.Quote(k.right()), other, one))
		})
	}
}

// column is one of the result, from the left, the right or, for keys, whichever has it.
type column struct {
	left, right, as     string
	leftType, rightType string // of a key
	all                 string // instead: every column of a side, while they are not known
}

func (c column) write(b *sqltext.Builder, right string) {
	switch {
	case c.all != "":
		b.Text(c.all)
	case c.left != "" && c.right != "":
		b.Text("coalesce(")
		columns.WriteTogether(b, "with.on", "l."+sqltext.Quote(c.left), c.left, c.leftType, c.rightType)
		b.Text(", ")
		columns.WriteTogether(b, "with.on", right+sqltext.Quote(c.right), c.right, c.rightType, c.leftType)
		b.Text(") AS ").Name(c.as)
	case c.left != "":
		b.Text("l.").Name(c.left)
	default:
		b.Text(right).Name(c.right).Text(" AS ").Name(c.as)
	}
}

// list gives the columns of the result: all of the left, then those of the right but for keys that would only repeat what
// the left says.
func (c Config) list(left, right []table.Column) ([]column, error) {
	if c.Kind == "semi" || c.Kind == "anti" {
		return []column{{all: "l.*"}}, nil
	}
	if left == nil || right == nil {
		return []column{{all: "l.*"}, {all: "r.*"}}, nil
	}
	var list []column
	var check columns.Checker
	for _, col := range left {
		check.Results(col.Name)
		if c.shared(col.Name) && (c.Kind == "right" || c.Kind == "full") {
			list = append(list, column{left: col.Name, right: col.Name, as: col.Name, leftType: col.Type, rightType: columns.Type(table.Input{Columns: right}, col.Name)})
			continue
		}
		list = append(list, column{left: col.Name})
	}
	for _, col := range right {
		if c.shared(col.Name) {
			continue
		}
		as := col.Name
		if columns.Find(left, as) >= 0 {
			as += c.Suffix
		}
		check.Result("with.suffix", as)
		list = append(list, column{right: col.Name, as: as})
	}
	return list, check.Err()
}

// shared says whether a column is a key under the same name on both sides.
func (c Config) shared(name string) bool {
	for _, k := range c.On {
		if strings.EqualFold(k.Left, name) && strings.EqualFold(k.right(), name) {
			return true
		}
	}
	return false
}
