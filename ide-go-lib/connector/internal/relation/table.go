// Package relation is what connections to databases share: what a table is like, what is read from it, and what it takes.
package relation

import (
	"slices"
	"strings"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// Table is a table or a view that is there.
type Table struct {
	Schema, Name string
	Columns      []Column
}

// Column is one of a table.
type Column struct {
	Name, Type string // Type is as the database calls it
	Base       string // that of a type which only restricts another one, where the database tells
	Generated  bool   // its values cannot be given
	Key        bool
}

// Quote makes an identifier of the parts of a name; an empty schema in front is left out.
type Quote func(parts ...string) string

// List makes identifiers of names.
func List(names []string, quote Quote) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = quote(n)
	}
	return strings.Join(quoted, ", ")
}

// Names are those of the columns.
func (t *Table) Names() []string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return names
}

// Column gives the column of a name.
func (t *Table) Column(name string) (Column, bool) {
	i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
	if i < 0 {
		return Column{}, false
	}
	return t.Columns[i], true
}

// Entries are the columns for people who look through the database.
func (t *Table) Entries() []connector.Entry {
	entries := make([]connector.Entry, len(t.Columns))
	for i, c := range t.Columns {
		entries[i] = connector.Entry{Kind: "column", Schema: t.Schema, Table: t.Name, Name: c.Name, Type: c.Type, Key: c.Key}
	}
	return entries
}

// Select is the query for what is asked of the table.
func (t *Table) Select(req connector.ReadRequest, quote Quote) (string, error) {
	list := "*"
	for _, name := range req.Columns {
		if _, ok := t.Column(name); !ok {
			return "", connector.ColumnMissing(req.Path.Table, name, t.Names())
		}
	}
	if len(req.Columns) > 0 {
		list = List(req.Columns, quote)
	}
	return "SELECT " + list + " FROM " + quote(t.Schema, t.Name), nil
}

// Takes makes sure that rows with these columns can be put into the table.
func (t *Table) Takes(req connector.WriteRequest) error {
	if err := t.Fills(req); err != nil {
		return err
	}
	return connector.CheckColumns(req, t.Names())
}

// Fills makes sure that none of the columns is one whose values cannot be given.
func (t *Table) Fills(req connector.WriteRequest) error {
	for _, c := range req.Columns {
		if there, ok := t.Column(c.Name); ok && there.Generated {
			return errs.Invalid(connector.CodeColumn, "The database itself fills the column %q of %q.", c.Name, t.Name).WithHint("Leave it out of what is written.")
		}
	}
	return nil
}

// Alike says whether the table has these columns, and no others but those that the database itself fills.
func (t *Table) Alike(columns []table.Column) bool {
	return len(t.Given()) == len(columns) && !slices.ContainsFunc(columns, func(c table.Column) bool {
		there, ok := t.Column(c.Name)
		return !ok || there.Generated
	})
}

// Given are the columns whose values can be given.
func (t *Table) Given() []Column {
	return slices.DeleteFunc(slices.Clone(t.Columns), func(c Column) bool { return c.Generated })
}

// Filled names the columns that the database itself fills, for people.
func (t *Table) Filled() (out []string) {
	for _, c := range t.Columns {
		if c.Generated {
			out = append(out, "the column "+c.Name+", which the database fills")
		}
	}
	return out
}

// Hangs is the error of a table that a new one cannot take the place of, because things hang on it that would be lost.
func (t *Table) Hangs(things []string) error {
	if len(things) == 0 {
		return nil
	}
	return errs.Conflict(connector.CodeDependents, "The table %q cannot be replaced, because this hangs on it: %s.", t.Name, strings.Join(things, ", ")).
		WithHint("Use the mode mirror, which changes rows by their key and keeps the table itself. Nothing was written.")
}

// Carries is the error of a table that cannot be emptied without changing the rows of others: keys that refer to it take
// them along.
func (t *Table) Carries(keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	return errs.Conflict(connector.CodeDependents, "Emptying the table %q would change rows of others, by way of %s.", t.Name, strings.Join(keys, ", ")).
		WithHint("Use the mode mirror, which removes only the rows whose key does not come in. Nothing was written.")
}

// Change is what makes a table one of other columns, whose names may differ in their letters' case.
func (t *Table) Change(columns []table.Column) (drop []Column, add []table.Column) {
	for _, c := range columns {
		if !slices.ContainsFunc(t.Columns, func(there Column) bool { return strings.EqualFold(there.Name, c.Name) }) {
			add = append(add, c)
		}
	}
	for _, there := range t.Given() {
		if !slices.ContainsFunc(columns, func(c table.Column) bool { return strings.EqualFold(there.Name, c.Name) }) {
			drop = append(drop, there)
		}
	}
	return drop, add
}

// Bound is the error of a table that cannot become one of other columns, for what the database says.
func (t *Table) Bound(said string, cause error) error {
	return errs.Conflict(connector.CodeDependents, "The table %q cannot be given other columns, because something hangs on one that does not come in: %s.", t.Name, strings.TrimSuffix(said, ".")).
		WithHint("Let the column come in, or drop what hangs on it; or drop the table, which takes its keys and rules along, and let it be made anew. Nothing was written.").Wrap(cause)
}

// Definition is what a new table has in its parentheses; typeOf gives the types. The key of rows that are merged becomes the
// table's.
func Definition(req connector.WriteRequest, quote Quote, typeOf func(c table.Column, key bool) string) string {
	list := make([]string, len(req.Columns))
	for i, c := range req.Columns {
		list[i] = quote(c.Name) + " " + typeOf(c, req.Mode.Merges() && slices.Contains(req.Keys, c.Name))
	}
	if req.Mode.Merges() {
		list = append(list, "PRIMARY KEY ("+List(req.Keys, quote)+")")
	}
	return "(" + strings.Join(list, ", ") + ")"
}
