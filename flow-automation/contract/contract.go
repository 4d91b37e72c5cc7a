// Package contract compares the columns of a table with those that are expected, and brings a table that has drifted back to
// them. It is pure: the table is computed by whoever has an engine.
package contract

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"dataflow/flow-automation/flow"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/sqltype"
	"dataflow/ide-go-lib/table/transform/columns"
	"dataflow/ide-go-lib/words"
)

// The ways in which a table drifts.
const (
	New     = "new"
	Missing = "missing"
	Retyped = "retyped"
	Empty   = "empty" // values are empty that may not be
)

// What is done about drift.
const (
	Failed    = "failed"
	Passed    = "passed" // it goes on as it is
	Dropped   = "dropped"
	Filled    = "filled"
	Converted = "converted"
	Noted     = "noted" // nothing was agreed on

	// What was only guessed otherwise is made what was agreed on, and is not told.
	widened = "widened"
	void    = "void" // it has no value that could have a type
)

// Drift is one column that is not what was expected.
type Drift struct {
	Port     string `json:"port"`
	Column   string `json:"column"`
	Change   string `json:"change" enum:"new,missing,retyped,empty"`
	Expected string `json:"expected,omitempty" doc:"Type; absent for a new column"`
	Found    string `json:"found,omitempty" doc:"Type, or the number of empty values; absent for a missing column"`
	Done     string `json:"done" enum:"failed,passed,dropped,filled,converted,noted"`
}

// String says what has changed.
func (d Drift) String() string {
	switch d.Change {
	case New:
		return fmt.Sprintf("the column %s is new (%s)", d.Column, d.Found)
	case Missing:
		return fmt.Sprintf("the column %s (%s) is missing", d.Column, d.Expected)
	case Empty:
		n, err := strconv.ParseInt(d.Found, 10, 64)
		if err != nil {
			n = 0
		}
		return fmt.Sprintf("the column %s has %s, which it may not", d.Column, words.Number(n, "empty value", "empty values"))
	}
	return fmt.Sprintf("the column %s is %s, not %s", d.Column, d.Found, d.Expected)
}

// Compare finds how a table's columns differ from those agreed on, and what is to be done about it.
func Compare(port string, c flow.Contract, have []table.Column) []Drift {
	want := make([]table.Column, len(c.Columns))
	for i, col := range c.Columns {
		want[i] = table.Column{Name: col.Name, Type: col.Type}
	}
	drift := Between(port, want, have)
	for i := range drift {
		drift[i].Done = done(c, drift[i].Change)
		if drift[i].Done == Filled && slices.ContainsFunc(c.Columns, func(col flow.ContractColumn) bool { return col.Name == drift[i].Column && required(col) }) {
			drift[i].Done = Failed // it may not be empty
		}
	}
	return drift
}

// Between finds how columns have changed, when nothing was agreed on. The order of the columns does not count.
func Between(port string, want, have []table.Column) []Drift {
	var drift []Drift
	for _, col := range want {
		i := columns.Find(have, col.Name)
		switch {
		case i < 0:
			drift = append(drift, Drift{Port: port, Column: col.Name, Change: Missing, Expected: col.Type, Done: Noted})
		case plain(have[i].Type) != plain(col.Type):
			drift = append(drift, Drift{Port: port, Column: have[i].Name, Change: Retyped, Expected: col.Type, Found: have[i].Type, Done: Noted})
		}
	}
	for _, col := range have {
		if columns.Find(want, col.Name) < 0 {
			drift = append(drift, Drift{Port: port, Column: col.Name, Change: New, Found: col.Type, Done: Noted})
		}
	}
	return drift
}

// plain is one way of writing a type.
func plain(typ string) string {
	if known, ok := sqltype.Parse(typ); ok {
		typ = known
	}
	return strings.ToUpper(typ)
}

func done(c flow.Contract, change string) string {
	policy, act := c.Retyped, Converted
	switch change {
	case New:
		if policy, act = c.New, Dropped; policy == "" {
			policy = flow.DriftAdd
		}
	case Missing:
		policy, act = c.Missing, Filled
	case Empty:
		act = Passed
	}
	switch policy {
	case flow.DriftAdd:
		return Passed
	case flow.DriftIgnore:
		return act
	}
	return Failed
}

// Err is the error of drift that fails the step, or nil.
func Err(drift []Drift) error {
	var details []errs.Detail
	var what []string
	for _, d := range drift {
		if d.Done != Failed {
			continue
		}
		what = append(what, d.String())
		details = append(details, errs.Detail{Code: "schema_drift", Message: d.String(), Place: errs.Place{Field: "contract." + d.Port}})
	}
	if len(details) == 0 {
		return nil
	}
	e := errs.Invalid("schema_drift", "The table at the output %s is not as agreed: %s.", details[0].Field[len("contract."):], strings.Join(what, "; "))
	return e.WithHint("%s", hint(drift)).With(details...)
}

// hint says what can be done about each way in which the table has drifted.
func hint(drift []Drift) string {
	var all []string
	for _, way := range []struct{ change, what string }{
		{New, "Take new columns into the contract, or let it add or ignore them (new)."},
		{Missing, "Look for why a column is no longer there; or take it out of the contract, or let it go without or fill it with empty values, unless it has to have values (missing)."},
		{Retyped, "Set the type of the column where it is read or made, agree on the one that it has, or let the contract convert it or pass it on (retyped)."},
		{Empty, "Look for where the empty values come from, fill them before, or agree that the column may be empty (nullable)."},
	} {
		if slices.ContainsFunc(drift, func(d Drift) bool { return d.Done == Failed && d.Change == way.change }) {
			all = append(all, way.what)
		}
	}
	return strings.Join(all, " ")
}

func required(col flow.ContractColumn) bool { return col.Nullable != nil && !*col.Nullable }

// Required are the agreed columns that are there and may not be empty.
func Required(c flow.Contract, have []table.Column) []string {
	var names []string
	for _, col := range c.Columns {
		if i := columns.Find(have, col.Name); i >= 0 && required(col) {
			names = append(names, have[i].Name)
		}
	}
	return names
}

// Nulls is a relation of one row: how many values of each of the columns are empty.
type Nulls []string

// Query implements table.Relation.
func (n Nulls) Query(inputs map[string]table.Input) (table.Query, error) {
	in, err := columns.Input(inputs, "table")
	if err != nil {
		return table.Query{}, err
	}
	var b sqltext.Builder
	b.Text("SELECT ")
	for i, name := range n {
		if i > 0 {
			b.Text(", ")
		}
		b.Text("count(*) - count(").Name(name).Text(") AS ").Name(name)
	}
	return b.Text(" FROM ", in.Name).Query()
}

// NullDrift is that of a column with empty values, which it may not have.
func NullDrift(port string, c flow.Contract, column string, empty int64) Drift {
	return Drift{Port: port, Column: column, Change: Empty, Expected: "NOT NULL", Found: strconv.FormatInt(empty, 10), Done: done(c, Empty)}
}

// Back is a relation that brings a table back to what was agreed on, as far as drift says.
// Columns that are filled come last.
type Back struct {
	Contract flow.Contract
	Drift    []Drift
}

// Needed says whether there is anything to bring back.
func (b Back) Needed() bool {
	return slices.ContainsFunc(b.Drift, func(d Drift) bool { return !slices.Contains([]string{Failed, Passed, Noted}, d.Done) })
}

// Query implements table.Relation.
func (b Back) Query(inputs map[string]table.Input) (table.Query, error) {
	in, err := columns.Input(inputs, "table")
	if err != nil {
		return table.Query{}, err
	}
	of := func(name string) Drift {
		for _, d := range b.Drift {
			if strings.EqualFold(d.Column, name) && d.Change != Empty {
				return d
			}
		}
		return Drift{}
	}
	var q sqltext.Builder
	q.Text("SELECT ")
	first := true
	next := func() {
		if !first {
			q.Text(", ")
		}
		first = false
	}
	field := "contract." + b.Drift[0].Port
	for _, col := range in.Columns {
		switch d := of(col.Name); d.Done {
		case Dropped:
		case void:
			next()
			q.From(field, func() { q.Text("CAST(NULL AS ", typeOf(d), ")") }).Text(" AS ").Name(col.Name)
		case Converted, widened:
			next()
			q.From(field, func() { q.Text("CAST(").Name(col.Name).Text(" AS ", typeOf(d), ")") }).Text(" AS ").Name(col.Name)
		default:
			next()
			q.Name(col.Name)
		}
	}
	for _, d := range b.Drift {
		if d.Done == Filled {
			next()
			q.From(field, func() { q.Text("CAST(NULL AS ", typeOf(d), ")") }).Text(" AS ").Name(d.Column)
		}
	}
	if first {
		return table.Query{}, errs.Invalid("schema_drift", "The table at the output %s has none of the columns that were agreed on.", b.Drift[0].Port).
			With(errs.Detail{Code: "schema_drift", Message: "No column is left", Place: errs.Place{Field: field}})
	}
	return q.Text(" FROM ", in.Name).Query()
}

// typeOf is the type agreed on, as SQL; what is no type is one that DuckDB does not know.
func typeOf(d Drift) string {
	if typ, ok := sqltype.Parse(d.Expected); ok {
		return typ
	}
	return sqltext.Quote(d.Expected)
}
