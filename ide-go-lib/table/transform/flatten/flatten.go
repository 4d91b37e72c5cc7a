// Package flatten is the transform that makes columns of what is inside of columns.
package flatten

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
)

// Config says which columns to take apart.
type Config struct {
	Columns   []string `json:"columns,omitempty" title:"Columns" zh:"列" widget:"columns" doc:"Hold objects, as STRUCT or JSON; a text listed here is read as JSON. None takes all that hold objects" doc_zh:"存放对象的列（STRUCT 或 JSON）；此处列出的文本列按 JSON 读取。不选则取所有存放对象的列"`
	Depth     int      `json:"depth,omitempty" title:"Depth" zh:"层数" default:"1" minimum:"0" doc:"How many levels of objects within objects become columns; 0 is all" doc_zh:"展开多少层嵌套对象；0 表示全部"`
	Prefix    bool     `json:"prefix,omitempty" title:"Names with prefix" zh:"名称加前缀" default:"true" doc:"Puts the name of the column, and of each object on the way, before that of the field" doc_zh:"在字段名前加上列名及途经各层对象的名称"`
	Separator string   `json:"separator,omitempty" title:"Separator" zh:"分隔符" default:"_" widget:"literal" doc:"For names with prefix: what stands between the parts of a name" doc_zh:"用于加前缀的名称：各部分之间的分隔符"`

	looked bool
	trees  map[int]*tree // of JSON columns, by their index among those that were looked at
}

// Bounds of what is found in JSON, so that data with keys such as identifiers does not become a table of a million columns.
const (
	maxShapes  = 10_000
	maxColumns = 1_000
)

// targets are the columns to take apart; looked at are those of JSON.
func (c Config) targets(in table.Input) (all, json []string) {
	listed := func(name string) bool { return columns.Find(in.Columns, name) >= 0 && contains(c.Columns, name) }
	for _, col := range in.Columns {
		switch {
		case len(c.Columns) > 0 && !listed(col.Name):
		case columns.Struct(col.Type):
			all = append(all, col.Name)
		case col.Type == "JSON", col.Type == "VARCHAR" && len(c.Columns) > 0:
			all, json = append(all, col.Name), append(json, col.Name)
		}
	}
	return all, json
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

// Trace implements table.Tracing: a column is from the one whose name it begins with or, where names have no prefix, from
// any that was taken apart.
func (c Config) Trace(inputs map[string]table.Input, past []table.Column) table.Lineage {
	var l table.Lineage
	in := inputs["table"]
	targets, _ := c.targets(in)
	for _, col := range past {
		from := columns.Origins{}
		for _, target := range targets {
			if !c.Prefix || strings.HasPrefix(strings.ToLower(col.Name), strings.ToLower(target+c.Separator)) || strings.EqualFold(col.Name, target) {
				from.Add("table", target, table.Transformation)
			}
		}
		if i := columns.Find(in.Columns, col.Name); i >= 0 && !contains(targets, col.Name) {
			from = columns.Origins{}
			from.Add("table", in.Columns[i].Name, table.Identity)
		}
		l.Columns = append(l.Columns, table.Traced{Column: col, From: from.List()})
	}
	return l
}

// Probe implements table.Probing: it asks for the shapes of JSON, each with the number of its column.
func (c Config) Probe(inputs map[string]table.Input) (table.Query, bool, error) {
	in, err := columns.Input(inputs, "table")
	if err != nil {
		return table.Query{}, false, err
	}
	_, names := c.targets(in)
	if len(names) == 0 {
		return table.Query{}, false, nil
	}
	var b sqltext.Builder
	for i, name := range names {
		if i > 0 {
			b.Text(" UNION ALL ")
		}
		b.Text("(SELECT DISTINCT '", strconv.Itoa(i), " ' || CAST(json_structure(")
		b.From("with.columns", func() { b.Text("CAST(").Name(name).Text(" AS JSON)") })
		b.Text(") AS VARCHAR) AS shape FROM ", in.Name, " WHERE ").Name(name).Text(" IS NOT NULL ORDER BY shape LIMIT ", strconv.Itoa(maxShapes+1), ")")
	}
	q, err := b.Query()
	return q, true, err
}

// Found implements table.Probing.
func (c Config) Found(values []string) (table.Relation, error) {
	c.looked, c.trees = true, map[int]*tree{}
	counts := map[int]int{}
	for _, v := range values {
		number, shape, _ := strings.Cut(v, " ")
		i, err := strconv.Atoi(number)
		if err != nil {
			return nil, errs.Internal(fmt.Errorf("shape %q: %w", v, err))
		}
		t, err := readTree(shape)
		if err != nil {
			return nil, errs.Internal(fmt.Errorf("shape %q: %w", v, err))
		}
		if counts[i]++; counts[i] > maxShapes {
			return nil, tooMany("The objects have more than %d different shapes; leave them as they are, and take what you need with SQL.", maxShapes)
		}
		if c.trees[i] == nil {
			c.trees[i] = &tree{kind: kindNull}
		}
		c.trees[i].merge(t)
	}
	return c, nil
}

func tooMany(format string, args ...any) error {
	var check columns.Checker
	check.Fail("too_many_columns", "with.columns", format, args...)
	return check.Err()
}

// Query implements table.Relation.
func (c Config) Query(inputs map[string]table.Input) (table.Query, error) {
	in, err := columns.Input(inputs, "table")
	if err != nil {
		return table.Query{}, err
	}
	if err := c.check(in); err != nil {
		return table.Query{}, err
	}
	all, json := c.targets(in)
	if len(json) > 0 && !c.looked {
		return table.Query{}, errs.New(http.StatusUnprocessableEntity, "columns_unknown", "The columns in JSON are known when the data is there.")
	}
	var list []column
	for _, col := range in.Columns {
		switch {
		case !contains(all, col.Name):
			list = append(list, column{name: col.Name, sql: sqltext.Quote(col.Name)})
		case columns.Struct(col.Type):
			list = append(list, c.fields(col.Name, sqltext.Quote(col.Name), col.Type, 1)...)
		default:
			list = append(list, c.json(col.Name, c.trees[index(json, col.Name)])...)
		}
	}
	if len(list) > maxColumns {
		return table.Query{}, tooMany("There would be more than %d columns; choose fewer columns or levels.", maxColumns)
	}
	var check columns.Checker
	for _, col := range list {
		check.Result("with.prefix", col.name)
	}
	if err := check.Err(); err != nil {
		return table.Query{}, err
	}
	var b sqltext.Builder
	b.Text("SELECT ")
	for i, col := range list {
		if i > 0 {
			b.Text(", ")
		}
		b.Text(col.sql, " AS ").Name(col.name)
	}
	if len(list) == 0 {
		b.Text("*")
	}
	b.Text(" FROM ", in.Name)
	return b.Query()
}

func index(names []string, name string) int {
	for i, n := range names {
		if n == name {
			return i
		}
	}
	return -1
}

func (c Config) check(in table.Input) error {
	var check columns.Checker
	check.Columns(in, "with.columns", c.Columns)
	for i, name := range c.Columns {
		if t := columns.Type(in, name); t != "" && t != "JSON" && t != "VARCHAR" && !columns.Struct(t) {
			check.Fail("type_mismatch", fmt.Sprintf("with.columns[%d]", i), "The column %q is %s; a STRUCT, JSON or a text with JSON is needed.", name, t)
		}
	}
	return check.Err()
}

// column is one of the result.
type column struct{ name, sql string }

// name joins the name of a field to the way to it.
func (c Config) name(way, field string) string {
	if !c.Prefix {
		return field
	}
	return way + c.Separator + field
}

// deeper says whether objects at that level are taken apart, too.
func (c Config) deeper(level int) bool { return c.Depth == 0 || level < c.Depth }

// fields takes a STRUCT apart.
func (c Config) fields(way, sql, typ string, level int) []column {
	var list []column
	for _, f := range columns.Fields(typ) {
		name, inner := c.name(way, f.Name), "struct_extract("+sql+", "+sqltext.Literal(f.Name)+")"
		if columns.Struct(f.Type) && c.deeper(level) {
			list = append(list, c.fields(name, inner, f.Type, level+1)...)
			continue
		}
		list = append(list, column{name, inner})
	}
	return list
}

// json takes JSON apart. Values of a column that are no objects stay in it.
func (c Config) json(name string, t *tree) []column {
	whole := column{name, sqltext.Quote(name)}
	if t == nil || !t.object() || len(t.keys) == 0 {
		return []column{whole}
	}
	list := c.members(name, "CAST("+whole.sql+" AS JSON)", t, "", 1)
	if t.other {
		list = append([]column{{name, "CASE WHEN json_type(CAST(" + whole.sql + " AS JSON)) <> 'OBJECT' THEN " + whole.sql + " END"}}, list...)
	}
	return list
}

func (c Config) members(way, sql string, t *tree, path string, level int) []column {
	var list []column
	for _, key := range t.keys {
		f := t.fields[key]
		name, inner := c.name(way, key), path+"/"+step.Replace(key)
		if f.opens() && c.deeper(level) {
			list = append(list, c.members(name, sql, f, inner, level+1)...)
			continue
		}
		list = append(list, column{name, f.extract(sql, sqltext.Literal(inner))})
	}
	return list
}

// step makes a key one step of a JSON pointer, in which every key can be told, unlike in a path.
var step = strings.NewReplacer("~", "~0", "/", "~1")
