package contract

import (
	"slices"
	"strconv"

	"dataflow/flow-automation/flow"
	"dataflow/ide-go-lib/pattern"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/sqltype"
	"dataflow/ide-go-lib/table/transform/columns"
)

// Fits is a relation of one row: what the values of each column of another type say about the type that was agreed on. Sources
// such as CSV guess types by the values that happen to be there, so that amounts without cents are whole numbers, and a column
// without any value is a text.
type Fits []Drift

// What values say.
const (
	other = iota
	exact // each is the same in the type that was agreed on
	none  // there are no values
)

// Doubtful are the columns of another type that would be of the agreed one if their values are.
func Doubtful(c flow.Contract, drift []Drift) Fits {
	if c.Retyped == flow.DriftAdd {
		return nil
	}
	var f Fits
	for _, d := range drift {
		if _, known := sqltype.Parse(d.Expected); known && d.Change == Retyped {
			f = append(f, d)
		}
	}
	return f
}

// Query implements table.Relation.
func (f Fits) Query(inputs map[string]table.Input) (table.Query, error) {
	in, err := columns.Input(inputs, "table")
	if err != nil {
		return table.Query{}, err
	}
	var q sqltext.Builder
	q.Text("SELECT ")
	for i, d := range f {
		if i > 0 {
			q.Text(", ")
		}
		q.Text("CASE WHEN count(").Name(d.Column).Text(") = 0 THEN ", strconv.Itoa(none))
		if d.widens() {
			q.Text(" WHEN bool_and(TRY_CAST(TRY_CAST(").Name(d.Column).Text(" AS ", typeOf(d), ") AS ", plain(d.Found), ") IS NOT DISTINCT FROM ").Name(d.Column)
			q.Text(") THEN ", strconv.Itoa(exact))
		}
		q.Text(" ELSE ", strconv.Itoa(other), " END AS c", strconv.Itoa(i))
	}
	return q.Text(" FROM ", in.Name).Query()
}

// Settle makes the columns what was agreed on that answers, one for each of the doubtful ones, say are.
func (f Fits) Settle(drift []Drift, answers []int) {
	for i, d := range f {
		at := slices.Index(drift, d)
		switch answers[i] {
		case exact:
			drift[at].Done = widened
		case none:
			drift[at].Done = void
		}
	}
}

// Likely takes values to fit, where nobody can look at them.
func (f Fits) Likely(drift []Drift) {
	for _, d := range f {
		if d.widens() {
			drift[slices.Index(drift, d)].Done = widened
		}
	}
}

// Told are the ways in which a table has drifted that somebody wants to know of.
func Told(drift []Drift) []Drift {
	return slices.DeleteFunc(slices.Clone(drift), func(d Drift) bool { return d.Done == widened || d.Done == void })
}

// Retypes says whether the column is brought to the type that was agreed on.
func (d Drift) Retypes() bool { return d.Done == Converted || d.Done == widened || d.Done == void }

// wholes are the types of whole numbers, each with its digits.
var wholes = map[string]int{
	"TINYINT": 3, "SMALLINT": 5, "INTEGER": 10, "BIGINT": 19, "HUGEINT": 39, "UTINYINT": 3, "USMALLINT": 5, "UINTEGER": 10, "UBIGINT": 20, "UHUGEINT": 39,
}

var decimal = pattern.Of(`^DECIMAL\(\d+,(\d+)\)$`)

// widens says whether the type that was agreed on is one of the same kind that can hold more than the one that was found.
func (d Drift) widens() bool {
	found, want := plain(d.Found), plain(d.Expected)
	if have, whole := wholes[found]; whole {
		return want == "DOUBLE" || want == "FLOAT" || wholes[want] > have || decimal.MatchString(want)
	}
	switch found {
	case "FLOAT":
		return want == "DOUBLE"
	case "DATE":
		return want == "TIMESTAMP"
	}
	from, to := decimal.FindStringSubmatch(found), decimal.FindStringSubmatch(want)
	if from == nil || to == nil {
		return false
	}
	places, err := strconv.Atoi(from[1])
	more, err2 := strconv.Atoi(to[1])
	return err == nil && err2 == nil && more >= places
}
