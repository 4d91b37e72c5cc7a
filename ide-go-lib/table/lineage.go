package table

import "slices"

// How says in which way a column takes part in another, in the words of OpenLineage.
type How string

// The ways. The first three are direct: the value comes from there. By the others a column only decides which value it is,
// or which rows there are.
const (
	Identity       How = "IDENTITY"
	Transformation How = "TRANSFORMATION"
	Aggregation    How = "AGGREGATION"

	ByJoin      How = "JOIN"
	ByGroup     How = "GROUP_BY"
	ByFilter    How = "FILTER"
	BySort      How = "SORT"
	ByWindow    How = "WINDOW"
	ByCondition How = "CONDITIONAL"
)

// hows are in the order in which they are listed; of two direct ways one after the other the later here is what both come to.
var hows = []How{Identity, Transformation, Aggregation, ByJoin, ByGroup, ByFilter, BySort, ByWindow, ByCondition}

// Direct says whether values come that way.
func (h How) Direct() bool { return h == Identity || h == Transformation || h == Aggregation }

// OfRows says whether it is about which rows there are, or in which order, rather than about a value.
func (h How) OfRows() bool { return h == ByJoin || h == ByGroup || h == ByFilter || h == BySort }

// Then gives what it is to come one way first and another afterwards: copied and then summed up is summed up, whatever goes
// into a filter filters, and what only decides about a value does no more for what is made of that value.
func (h How) Then(after How) How {
	switch {
	case !after.Direct():
		return after
	case !h.Direct():
		return h
	}
	return hows[max(slices.Index(hows, h), slices.Index(hows, after))]
}

// SortHows puts ways in order, each once.
func SortHows(list []How) []How {
	slices.SortFunc(list, func(a, b How) int { return slices.Index(hows, a) - slices.Index(hows, b) })
	return slices.Compact(list)
}

// Origin is a column of an input that a result stands on; without a name it is every column of the input.
type Origin struct {
	Port   string
	Column string
	How    []How // in the order of the constants, each once
}

// Traced is one column of a result and where it comes from.
type Traced struct {
	Column
	From []Origin // by port and column
}

// Lineage says where the columns of a relation come from. Rows decide which rows there are, in which order, and so touch
// every column.
type Lineage struct {
	Columns []Traced
	Rows    []Origin
	// Opaque says that it could not be told apart, so that every column comes from all that comes in.
	Opaque bool
}

// Tracing is a relation that says itself where its columns come from, for its query cannot be told before there is data.
// Columns are those that it gave at another time.
type Tracing interface {
	Trace(inputs map[string]Input, columns []Column) Lineage
}
