// Package join is the transform that puts two tables side by side.
package join

import (
	"fmt"
	"strings"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
)

// Config says how rows of the left and the right table belong together.
type Config struct {
	Kind   string `json:"kind" title:"Kind" zh:"方式" enum:"inner,left,right,full,semi,anti" default:"inner" doc:"inner: rows with a partner. left, right, full: all rows of that side or both. semi: left rows that have a partner. anti: left rows that have none" doc_zh:"inner：有匹配的行。left、right、full：保留该侧或两侧全部行。semi：左表中有匹配的行。anti：左表中无匹配的行"`
	On     []Key  `json:"on" title:"Columns to match" zh:"匹配列" required:"true" doc:"Rows belong together when all of these are equal" doc_zh:"当这些列都相等时，两行匹配"`
	Suffix string `json:"suffix" title:"Suffix" zh:"后缀" default:"_right" doc:"Added to columns of the right table whose name the left has too" doc_zh:"右表列与左表重名时添加的后缀"`
}

// Key is a pair of columns.
type Key struct {
	Left  string `json:"left" title:"Left column" zh:"左表列" required:"true" widget:"column"`
	Right string `json:"right,omitempty" title:"Right column" zh:"右表列" widget:"column" doc:"Left empty, it is called the same" doc_zh:"留空则与左表列同名"`
}

func (k Key) right() string {
	if k.Right == "" {
		return k.Left
	}
	return k.Right
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
	var b sqltext.Builder
	b.Text("SELECT ")
	if err := c.list(&b, left.Columns, right.Columns); err != nil {
		return table.Query{}, err
	}
	b.Text(" FROM ", left.Name, " AS l ", strings.ToUpper(c.Kind), " JOIN ", right.Name, " AS r ON ")
	var check columns.Checker
	for i, k := range c.On {
		field := fmt.Sprintf("with.on[%d]", i)
		check.Column(left, field+".left", k.Left)
		check.Column(right, field+".right", k.right())
		if i > 0 {
			b.Text(" AND ")
		}
		b.From(field, func() { b.Text("l.").Name(k.Left).Text(" = r.").Name(k.right()) })
	}
	if err := check.Err(); err != nil {
		return table.Query{}, err
	}
	return b.Query()
}

// list writes the columns of the result: all of the left, then those of the right but for keys that would only repeat
// what the left says.
func (c Config) list(b *sqltext.Builder, left, right []table.Column) error {
	if c.Kind == "semi" || c.Kind == "anti" {
		b.Text("l.*")
		return nil
	}
	if left == nil || right == nil {
		b.Text("l.*, r.*")
		return nil
	}
	taken := map[string]bool{}
	for i, col := range left {
		if i > 0 {
			b.Text(", ")
		}
		taken[strings.ToLower(col.Name)] = true
		if c.shared(col.Name) && (c.Kind == "right" || c.Kind == "full") {
			b.Text("coalesce(l.").Name(col.Name).Text(", r.").Name(col.Name).Text(") AS ").Name(col.Name)
			continue
		}
		b.Text("l.").Name(col.Name)
	}
	var check columns.Checker
	for _, col := range right {
		if c.shared(col.Name) {
			continue
		}
		as := col.Name
		if columns.Find(left, as) >= 0 {
			as += c.Suffix
		}
		if taken[strings.ToLower(as)] {
			check.Twice("with.suffix", as)
		}
		taken[strings.ToLower(as)] = true
		b.Text(", r.").Name(col.Name).Text(" AS ").Name(as)
	}
	return check.Err()
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
