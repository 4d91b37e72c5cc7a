package clean

import (
	"slices"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
)

const text = "VARCHAR"

// places are the names of the columns of one treatment: the values before, and what each stage gives.
type places struct {
	before string
	stages []string
}

// v writes the value before.
func (p places) v() string { return sqltext.Quote(p.before) }

// s writes what a stage gave.
func (p places) s(i int) string { return sqltext.Quote(p.stages[i]) }

// taken writes the parts of a text that a pattern finds, as a list; of a text that it does not fit the list has one element. No
// object is made of them, for DuckDB would then look for the pattern anew for each of its fields.
func taken(b *sqltext.Builder, v, pattern string, groups int) {
	b.Text("string_split(regexp_replace(", v, ", ", sqltext.Literal(pattern), ", '")
	for i := range groups {
		if i > 0 {
			b.Text(separator)
		}
		b.Text("\\", strconv.Itoa(i+1))
	}
	b.Text("'), '", separator, "')")
}

// separator stands in no text that people write.
const separator = "\x1f"

// part writes a part, from 1, of what was taken.
func part(list string, i int) string { return list + "[" + strconv.Itoa(i) + "]" }

type stage func(b *sqltext.Builder, at places)

// treatment is how a step mends one column, in stages of which the last gives the new value. Each sees those before it.
type treatment struct {
	typ         string
	stages      []stage
	unread, why stage
}

// same is a treatment of texts by one expression.
func same(write func(b *sqltext.Builder, v string)) treatment {
	return treatment{typ: text, stages: []stage{func(b *sqltext.Builder, at places) { write(b, at.v()) }}}
}

// treat gives the treatment for a column of that type; false when there is nothing to do.
func (s Step) treat(typ, field string) (treatment, bool) {
	switch {
	case s.Do == Clamp:
		return s.clamp(typ, field), columns.Numeric(typ) || columns.Temporal(typ)
	case s.Do == Number && columns.Numeric(typ) && s.Type != "":
		return s.cast(typ, true), s.Unreadable != Keep && !strings.EqualFold(strings.ReplaceAll(typ, " ", ""), s.result(""))
	case s.Do == Date && columns.Temporal(typ) && s.Type != "":
		return s.cast(typ, false), s.Unreadable != Keep && typ != s.result("")
	case typ != text:
		return treatment{}, false
	}
	switch s.Do {
	case Trim:
		return s.trim(), true
	case Unicode:
		return s.unicode(), true
	case Case:
		return s.letters(), true
	case Missing:
		return s.missing(), true
	case Number:
		return s.kept(s.number()), true
	case Date:
		return s.kept(s.date(field)), true
	case Truth:
		return s.kept(s.truth()), true
	case Map:
		return s.values(field), true
	case Encoding:
		return treatment{typ: text, stages: []stage{mend, mendAgain}}, true
	case Control:
		return same(func(b *sqltext.Builder, v string) {
			b.Text("regexp_replace(", v, ", ", sqltext.Literal(`[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x{80}-\x{9f}]`), ", '', 'g')")
		}), true
	}
	return treatment{}, false
}

// result is the type that texts are read as.
func (s Step) result(usual string) string {
	if s.Type == "" {
		return usual
	}
	return strings.ToUpper(strings.Join(strings.Fields(s.Type), ""))
}

// cast is for columns that hold what is read already, in another type. An exact one reads only what comes back as it was.
func (s Step) cast(from string, exact bool) treatment {
	typ := s.result("")
	return treatment{
		typ: typ,
		stages: []stage{func(b *sqltext.Builder, at places) {
			v := at.v()
			if from == "TIMESTAMP WITH TIME ZONE" {
				v = "(" + v + " AT TIME ZONE 'UTC')"
			}
			to := "TRY_CAST(" + v + " AS " + typ + ")"
			if exact {
				to = "CASE WHEN TRY_CAST(" + to + " AS " + from + ") = " + v + " THEN " + to + " END"
			}
			b.Text(to)
		}},
		unread: lost(0), why: says(" is no " + typ + " exactly"),
	}
}

// lost is the condition that there was a value, and that a stage has made nothing of it.
func lost(i int) stage {
	return func(b *sqltext.Builder, at places) { b.Text("(", at.v(), " IS NOT NULL AND ", at.s(i), " IS NULL)") }
}

func says(what string) stage {
	return func(b *sqltext.Builder, _ places) { b.Text(sqltext.Literal(what)) }
}

// kept keeps the column a text where what cannot be read is to stay.
func (s Step) kept(t treatment) treatment {
	if s.Unreadable != Keep {
		return t
	}
	read := len(t.stages) - 1
	t.typ = text
	t.stages = append(t.stages, func(b *sqltext.Builder, at places) {
		b.Text("coalesce(")
		if s.Do == Number {
			// A DOUBLE holds no more digits, and one of that size would be written with an exponent.
			b.Text("CASE WHEN length(regexp_replace(", at.v(), `, '\D', '', 'g')) > 15 THEN `, at.v(), " END, ")
		}
		b.Text("regexp_replace(CAST(", at.s(read), " AS VARCHAR), '\\.0$', ''), ", at.v(), ")")
	})
	return t
}

func (s Step) clamp(typ, field string) treatment {
	return treatment{typ: typ, stages: []stage{func(b *sqltext.Builder, at places) {
		// What is empty stays so, which it would not within greatest and least.
		b.Text("CASE WHEN ", at.v(), " IS NOT NULL")
		if slices.Contains([]string{"DOUBLE", "FLOAT"}, typ) {
			b.Text(" AND NOT isnan(", at.v(), ")")
		}
		b.Text(" THEN CAST(least(greatest(", at.v())
		if !s.Min.IsZero() {
			b.Text(", ")
			s.Min.Write(b, field+".min", typ)
		}
		b.Text(")")
		if !s.Max.IsZero() {
			b.Text(", ")
			s.Max.Write(b, field+".max", typ)
		}
		b.Text(") AS ", typ, ") ELSE ", at.v(), " END") // NaN is neither above nor below
	}}}
}
