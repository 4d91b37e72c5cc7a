// Package compare is the transform that tells how one table differs from another.
package compare

import (
	"fmt"
	"strconv"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/exact"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
)

// Config says which rows belong together and what counts as a change.
type Config struct {
	Keys       []string `json:"keys,omitempty" title:"Key columns" zh:"键列" widget:"columns" doc:"Rows with the same key are the same row, before and after. None compares whole rows, which are then added or removed, never changed" doc_zh:"键相同的行视为同一行；不选则比较整行，只有新增或删除，没有更改"`
	Columns    []string `json:"columns,omitempty" title:"Columns to compare" zh:"要比较的列" widget:"columns" doc:"None compares all but the key" doc_zh:"不选则比较除键以外的所有列"`
	Ignore     []string `json:"ignore,omitempty" title:"Columns to ignore" zh:"忽略的列" widget:"columns" doc:"Such as a time of loading, which always differs" doc_zh:"例如总会不同的加载时间"`
	Tolerance  float64  `json:"tolerance,omitempty" title:"Tolerance" zh:"容差" default:"0" minimum:"0" doc:"Numbers that differ by no more are equal" doc_zh:"相差不超过此值的数字视为相等"`
	Layout     string   `json:"layout" title:"Result" zh:"结果" enum:"rows,cells" default:"rows" doc:"rows: one row for each that differs, with the old and the new value of every column. cells: one row for each value that changed, as texts, and one for each row that was added or removed" doc_zh:"rows：每个有差异的行一行，含各列的旧值与新值；cells：每个更改的值一行（以文本表示），每个新增或删除的行一行"`
	Unchanged  bool     `json:"unchanged,omitempty" title:"Unchanged rows, too" zh:"包括未更改的行" default:"false" doc:"Gives rows without a difference with the status unchanged" doc_zh:"也输出没有差异的行，状态为 unchanged"`
	Duplicates string   `json:"duplicates" title:"When a key occurs several times" zh:"键重复时" enum:"pair,fail" default:"pair" doc:"pair: the first is compared with the first, the second with the second. fail: the run stops and names the key" doc_zh:"pair：第一个与第一个比较，第二个与第二个比较，依此类推；fail：停止运行并指出该键"`
}

// Names of the columns that the result has before those of the tables.
const (
	statusColumn  = "status"
	changedColumn = "changed_columns"
)

// cell is one column to compare.
type cell struct {
	name          string
	before, after bool // that the table has it
	beforeType    string
	afterType     string
}

// Query implements table.Relation. Rows come in the order of their keys.
func (c Config) Query(inputs map[string]table.Input) (table.Query, error) {
	before, err := columns.Input(inputs, "before")
	if err != nil {
		return table.Query{}, err
	}
	after, err := columns.Input(inputs, "after")
	if err != nil {
		return table.Query{}, err
	}
	keys, cells, err := c.plan(before, after)
	if err != nil {
		return table.Query{}, err
	}
	w := writer{c: c, keys: keys, cells: cells, before: before, after: after}
	return w.query()
}

// plan checks the configuration and gives the columns of the key and those to compare.
func (c Config) plan(before, after table.Input) (keys []string, cells []cell, err error) {
	var check columns.Checker
	either := table.Input{Columns: append(append([]table.Column{}, after.Columns...), missing(after, before)...)}
	for i, key := range c.Keys {
		field := fmt.Sprintf("with.keys[%d]", i)
		check.Column(before, field, key)
		check.Column(after, field, key)
	}
	if before.Columns != nil && after.Columns != nil {
		check.Columns(either, "with.columns", c.Columns)
		check.Columns(either, "with.ignore", c.Ignore)
	}
	if err := check.Err(); err != nil {
		return nil, nil, err
	}
	names := c.Columns
	if len(names) == 0 {
		names = columns.Other(either, nil)
	}
	for _, name := range columns.Other(table.Input{Columns: named(names)}, append(append([]string{}, c.Keys...), c.Ignore...)) {
		cells = append(cells, cell{
			name: name, before: columns.Find(before.Columns, name) >= 0, after: columns.Find(after.Columns, name) >= 0,
			beforeType: columns.Type(before, name), afterType: columns.Type(after, name),
		})
	}
	check.Result("with.keys", statusColumn)
	if c.Layout != "cells" {
		check.Result("with.keys", changedColumn)
	}
	keys = c.Keys
	if len(keys) == 0 {
		for i, cell := range cells {
			if !cell.before || !cell.after {
				check.Fail("column_unknown", "with.keys", "Whole rows are compared when there is no key, but only one of the tables has the column %q; choose key columns, or ignore it.", cell.name)
			}
			keys = append(keys, cells[i].name)
		}
		cells = nil
	}
	for i, key := range keys {
		check.Result(fmt.Sprintf("with.keys[%d]", i), key)
	}
	if c.Layout == "cells" {
		check.Result("with.keys", "column")
		check.Result("with.keys", "old")
		check.Result("with.keys", "new")
		return keys, cells, check.Err()
	}
	for _, cell := range cells {
		check.Result("with.columns", cell.name+"_old")
		check.Result("with.columns", cell.name+"_new")
	}
	return keys, cells, check.Err()
}

func missing(in, other table.Input) []table.Column {
	var list []table.Column
	for _, c := range other.Columns {
		if columns.Find(in.Columns, c.Name) < 0 {
			list = append(list, c)
		}
	}
	return list
}

func named(names []string) []table.Column {
	list := make([]table.Column, len(names))
	for i, name := range names {
		list[i].Name = name
	}
	return list
}

type writer struct {
	b             sqltext.Builder
	c             Config
	keys          []string
	cells         []cell
	before, after table.Input
}

// query puts the rows of both tables side by side under short names, finds what changed, and gives it all its names.
func (w *writer) query() (table.Query, error) {
	b := &w.b
	b.Text("SELECT CASE WHEN d.was IS NULL THEN 'added' WHEN d.now IS NULL THEN 'removed' WHEN len(d.changed) > 0 THEN 'changed' ELSE 'unchanged' END AS ", statusColumn)
	for i, key := range w.keys {
		b.Text(", d.k", strconv.Itoa(i), " AS ").Name(key)
	}
	if w.c.Layout == "cells" {
		b.Text(", d.cell.name AS ").Name("column").Text(`, d.cell.old AS old, d.cell.new AS "new" FROM (SELECT *, `)
		w.changes()
		b.Text(" AS cell FROM (SELECT *, ")
	} else {
		b.Text(", CASE WHEN len(d.changed) > 0 THEN d.changed END AS ", changedColumn)
		for i, cell := range w.cells {
			b.Text(", d.o", strconv.Itoa(i), " AS ").Name(cell.name+"_old").Text(", d.n", strconv.Itoa(i), " AS ").Name(cell.name + "_new")
		}
		b.Text(" FROM (SELECT *, ")
	}
	w.changed()
	b.Text(" AS changed FROM (")
	w.sides()
	b.Text("))")
	if w.c.Layout == "cells" {
		b.Text(")")
	}
	b.Text(" AS d WHERE ")
	if w.c.Duplicates == "fail" {
		w.unique()
		b.Text(" AND ")
	}
	if w.c.Unchanged {
		b.Text("true")
	} else {
		b.Text("(d.was IS NULL OR d.now IS NULL OR len(d.changed) > 0)")
	}
	b.Text(" ORDER BY ")
	for i := range w.keys {
		b.Text("d.k", strconv.Itoa(i), " NULLS LAST, ")
	}
	b.Text("d.nth")
	if w.c.Layout == "cells" {
		b.Text(", d.cell.place")
	}
	return b.Query()
}

// sides joins the rows of the same key; nth tells apart those that have it in common.
func (w *writer) sides() {
	b := &w.b
	b.Text("SELECT b.side AS was, a.side AS now, coalesce(a.nth, b.nth) AS nth, greatest(a.times, b.times) AS times")
	for i, key := range w.keys {
		n := strconv.Itoa(i)
		before, after := columns.Type(w.before, key), columns.Type(w.after, key)
		b.Text(", coalesce(")
		columns.WriteTogether(b, "with.keys", "a.k"+n, key, after, before)
		b.Text(", ")
		columns.WriteTogether(b, "with.keys", "b.k"+n, key, before, after)
		b.Text(") AS k", n)
	}
	for i, cell := range w.cells {
		b.Text(", ", value("b", i, cell.before), " AS o", strconv.Itoa(i), ", ", value("a", i, cell.after), " AS n", strconv.Itoa(i))
	}
	b.Text(" FROM (")
	w.side(w.before, func(c cell) bool { return c.before })
	b.Text(") AS b FULL JOIN (")
	w.side(w.after, func(c cell) bool { return c.after })
	b.Text(") AS a ON a.nth = b.nth")
	for i, key := range w.keys {
		n := strconv.Itoa(i)
		before, after := columns.Type(w.before, key), columns.Type(w.after, key)
		b.Text(" AND ").From("with.keys["+n+"]", func() { w.same("a.k"+n, after, "b.k"+n, before) })
	}
}

// same writes the condition that two keys are the same or both are null.
func (w *writer) same(a, typeA, b, typeB string) {
	left, right := columns.Key(a, typeA, typeB), columns.Key(b, typeB, typeA)
	w.b.Text(left, " IS NOT DISTINCT FROM ", right)
	if left != a || right != b { // what has become null to be equal to nothing is not the null of the other
		w.b.Text(" AND (", a, " IS NULL) = (", b, " IS NULL)")
	}
}

func value(side string, i int, has bool) string {
	if !has {
		return "NULL"
	}
	return side + ".c" + strconv.Itoa(i)
}

func (w *writer) side(in table.Input, has func(cell) bool) {
	b := &w.b
	row := sqltext.Quote(columns.Free(columns.Row, in))
	b.Text("SELECT true AS side, row_number() OVER (PARTITION BY ").Names(w.keys).Text(" ORDER BY ", row, ") AS nth, ")
	if w.c.Duplicates == "fail" {
		b.Text("count(*) OVER (PARTITION BY ").Names(w.keys).Text(") AS times")
	} else {
		b.Text("1 AS times")
	}
	for i, key := range w.keys {
		b.Text(", ").Name(key).Text(" AS k", strconv.Itoa(i))
	}
	for i, cell := range w.cells {
		if has(cell) {
			b.Text(", ").Name(cell.name).Text(" AS c", strconv.Itoa(i))
		}
	}
	b.Text(" FROM (SELECT *, row_number() OVER () AS ", row, " FROM ", in.Name, ")")
}

// changed writes the names of the columns that differ.
func (w *writer) changed() {
	b := &w.b
	if len(w.cells) == 0 {
		b.Text("CAST([] AS VARCHAR[])")
		return
	}
	b.Text("CASE WHEN was AND now THEN list_filter([")
	for i, cell := range w.cells {
		if i > 0 {
			b.Text(", ")
		}
		b.Text("CASE WHEN ")
		b.From("with.columns", func() { w.differs(i, cell) })
		b.Text(" THEN ", sqltext.Literal(cell.name), " END")
	}
	b.Text("], lambda name: name IS NOT NULL) END")
}

// changes writes the cells of a row that changed, of which each makes a row; a row without any is a row, too.
func (w *writer) changes() {
	b := &w.b
	b.Text("unnest(CASE WHEN len(changed) > 0 THEN list_filter(CAST([")
	for i, cell := range w.cells {
		if i > 0 {
			b.Text(", ")
		}
		n := strconv.Itoa(i)
		b.Text("{'place': ", n, ", 'name': ", sqltext.Literal(cell.name), ", 'old': CAST(o", n, " AS VARCHAR), 'new': CAST(n", n, " AS VARCHAR)}")
	}
	b.Text("] AS STRUCT(place INTEGER, name VARCHAR, old VARCHAR, \"new\" VARCHAR)[]), lambda c: list_contains(changed, c.name)) ELSE [NULL] END)")
}

func (w *writer) differs(i int, cell cell) {
	o, n := "o"+strconv.Itoa(i), "n"+strconv.Itoa(i)
	numbers := columns.Numeric(cell.beforeType) && columns.Numeric(cell.afterType)
	switch {
	case numbers && w.c.Tolerance > 0:
		as := exactly(cell.beforeType, cell.afterType)
		w.b.Text("(", o, " IS NULL) <> (", n, " IS NULL) OR abs(CAST(", o, " AS ", as, ") - CAST(", n, " AS ", as, ")) > ", strconv.FormatFloat(w.c.Tolerance, 'e', -1, 64))
	case cell.before && cell.after && cell.beforeType != cell.afterType && !numbers:
		w.b.Text("CAST(", o, " AS VARCHAR) IS DISTINCT FROM CAST(", n, " AS VARCHAR)")
	default:
		w.b.Text(o, " IS DISTINCT FROM ", n)
		if !numbers || exact.Inexact(cell.beforeType) == exact.Inexact(cell.afterType) {
			return
		}
		// They are compared as DOUBLE: what that does not keep is no such number.
		for _, side := range [][2]string{{o, cell.beforeType}, {n, cell.afterType}} {
			if kept := exact.InDouble(side[0], side[1]); kept != "" {
				w.b.Text(" OR ", side[0], " IS NOT NULL AND NOT (", kept, ")")
			}
		}
	}
}

// exactly gives a type in which numbers of both can be subtracted, without loss where there is one.
func exactly(before, after string) string {
	if columns.Integer(before) && columns.Integer(after) {
		return "HUGEINT"
	}
	typ, ok := exact.Common(before, after)
	if whole, behind, fixed := exact.Places(typ); ok && fixed && whole+behind < 38 { // the difference may have one digit more
		return typ
	}
	return "DOUBLE"
}

// unique writes the condition that stops at a key that occurs twice.
func (w *writer) unique() {
	w.b.Text("CASE WHEN d.times > 1 THEN ").Raise("key_duplicate", "with.keys", func() {
		w.b.Text("'The key ' || ")
		for i := range w.keys {
			if i > 0 {
				w.b.Text(" || ', ' || ")
			}
			w.b.Text("coalesce(CAST(d.k", strconv.Itoa(i), " AS VARCHAR), 'null')")
		}
		w.b.Text(" || ' occurs ' || d.times || ' times in one of the tables; add columns to the key, or pair the rows in their order.'")
	}).Text(" ELSE true END")
}
