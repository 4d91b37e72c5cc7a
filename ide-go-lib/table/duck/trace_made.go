package duck

import (
	"maps"
	"slices"
	"strings"

	"dataflow/ide-go-lib/table"
)

// origin is a column of an input.
type origin struct{ port, column string }

// made is what a value is made of.
type made map[origin][]table.How

// add takes what another value is made of, which goes into this one in the given way.
func (m made) add(from made, after table.How) {
	for at, list := range from {
		for _, how := range list {
			m[at] = append(m[at], how.Then(after))
		}
		m[at] = table.SortHows(m[at])
	}
}

// blend is what a value is made of that is one or the other.
func blend(values ...made) made {
	m := made{}
	for _, v := range values {
		m.add(v, table.Identity)
	}
	return m
}

// as is what becomes of a value that goes into another in the given way.
func (m made) as(how table.How) made {
	out := made{}
	out.add(m, how)
	return out
}

func (m made) same(o made) bool {
	return maps.EqualFunc(m, o, func(a, b []table.How) bool { return slices.Equal(a, b) })
}

func (m made) list() []table.Origin {
	list := make([]table.Origin, 0, len(m))
	for _, at := range slices.SortedFunc(maps.Keys(m), func(a, b origin) int {
		return strings.Compare(a.port+"\x00"+a.column, b.port+"\x00"+b.column)
	}) {
		list = append(list, table.Origin{Port: at.port, Column: at.column, How: slices.Clone(m[at])})
	}
	return list
}

// flow is what an operator gives: its columns by their numbers, and what decides about its rows.
type flow struct {
	columns []made
	rows    made
}

// whole is what all columns are made of.
func (f flow) whole() made { return blend(append(slices.Clone(f.columns), f.rows)...) }

// beside puts the columns of two next to each other.
func beside(l, r flow) flow {
	return flow{append(slices.Clone(l.columns), r.columns...), blend(l.rows, r.rows)}
}

func (f flow) same(o flow) bool {
	return slices.EqualFunc(f.columns, o.columns, made.same) && f.rows.same(o.rows)
}
