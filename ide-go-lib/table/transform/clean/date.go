package clean

import (
	"fmt"
	"strings"

	"dataflow/ide-go-lib/table/sqltext"
)

var dateTypes = []string{"DATE", "TIMESTAMP"}

// months are their names and short names in English, German, French, Spanish, Italian, Portuguese and Dutch; none means
// different months in two of them.
var months = [12]string{
	"jan january januar jänner jän janvier janv enero ene gennaio gen janeiro januari",
	"feb february februar février févr fév febrero febbraio fevereiro fev februari",
	"mar march märz mär mrz mars marzo março maart mrt",
	"apr april avril avr abril abr aprile",
	"may mai mayo maggio mag maio mei",
	"jun june juni juin junio giugno giu junho",
	"jul july juli juillet juil julio luglio lug julho",
	"aug august août aout agosto ago augustus",
	"sep sept september septembre septiembre set settembre setembro",
	"oct october oktober okt octobre octubre ottobre ott outubro out",
	"nov november novembre noviembre novembro",
	"dec december dezember dez décembre déc diciembre dic dicembre dezembro",
}

const (
	clock = `^(?:(?i:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,? )?(.*?)(?:(?:T|,? )(\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?) ?([AaPp]\.?[Mm]\.?)?(?: ?(Z|UTC|GMT|[+-]\d{2}:?\d{2}))?)?$`
	year  = `(\d{4}|\d{2})`
	// Numbers only: the year first, apart or not, or last.
	numbers = `^(?:(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})|(\d{4})(\d{2})(\d{2})|(\d{1,2})[-/. ]+(\d{1,2})[-/. ]+` + year + `)$`
	// With the name of a month: the day before it, or after.
	named = `^(?:(\d{1,2})(?:st|nd|rd|th|er|º|\.)?[-/ ]*(?:de |of )?(\p{L}+)\.?,?[-/ ]*(?:de |del )?` + year +
		`|(\p{L}+)\.?[-/ ]*(\d{1,2})(?:st|nd|rd|th)?,?[-/ ]+` + year + `)$`
)

// date reads texts in stages: one way of writing blanks, day and time apart, the parts of the day, the day, the value.
func (s Step) date(field string) treatment {
	typ := s.result("DATE")
	neat := func(b *sqltext.Builder, at places) {
		b.Text("trim(regexp_replace(", at.v(), ", ", sqltext.Literal(blank+"+"), ", ' ', 'g'))")
	}
	if len(s.Formats) > 0 {
		return treatment{typ: typ, unread: lost(1), why: says(" is in none of the formats"), stages: []stage{neat, func(b *sqltext.Builder, at places) {
			b.Text("CAST(try_strptime(", at.s(0), ", [")
			for i, f := range s.Formats {
				if i > 0 {
					b.Text(", ")
				}
				b.From(fmt.Sprintf("%s.formats[%d]", field, i), func() { b.Text(sqltext.Literal(f)) })
			}
			b.Text("]) AS ", typ, ")")
		}}}
	}
	whole := func(text string) string { return "TRY_CAST(" + text + " AS INTEGER)" }
	first, second := func(at places) string { return part(at.s(2), 7) }, func(at places) string { return part(at.s(2), 8) }
	either := func(at places) string {
		a, z := whole(first(at)), whole(second(at))
		return "(" + a + " <= 12 AND " + z + " <= 12 AND " + a + " <> " + z + ")"
	}
	// With two digits, the year may come first as well.
	yearFirst := func(at places) string {
		return "(length(" + first(at) + ") = 2 AND length(" + part(at.s(2), 9) + ") = 2 AND " + whole(second(at)) + " BETWEEN 1 AND 12 AND " + whole(part(at.s(2), 9)) + " BETWEEN 1 AND 31)"
	}
	stages := []stage{
		func(b *sqltext.Builder, at places) {
			b.Text("regexp_replace(trim(regexp_replace(", at.v(), ", ", sqltext.Literal(`[\s\p{Z}日号]+`), ", ' ', 'g')), ' ?[年月] ?', '-', 'g')")
		},
		func(b *sqltext.Builder, at places) { taken(b, at.s(0), clock, 4) },
		func(b *sqltext.Builder, at places) { taken(b, "trim("+part(at.s(1), 1)+")", numbers, 9) },
		func(b *sqltext.Builder, at places) { taken(b, "trim("+part(at.s(1), 1)+")", named, 6) },
		func(b *sqltext.Builder, at places) {
			b.Text("CASE WHEN len(", at.s(2), ") > 1 THEN ", part(at.s(2), 1), " || ", part(at.s(2), 4), " || ", part(at.s(2), 9), " WHEN len(", at.s(3), ") > 1 THEN ", part(at.s(3), 3), " || ", part(at.s(3), 6), " END")
		},
		func(b *sqltext.Builder, at places) {
			b.Text("CASE WHEN len(", at.s(2), ") > 1 AND ", first(at), " = '' THEN ", part(at.s(2), 2), " || ", part(at.s(2), 5), " || '-' || ", part(at.s(2), 3), " || ", part(at.s(2), 6))
			b.Text(" WHEN len(", at.s(2), ") > 1 THEN CASE")
			if s.Ambiguous == "refuse" {
				b.Text(" WHEN ", yearFirst(at), " THEN NULL")
			}
			b.Text(" WHEN ", whole(first(at)), " > 12 OR ", whole(first(at)), " = ", whole(second(at)), " THEN ", second(at), " || '-' || ", first(at),
				" WHEN ", whole(second(at)), " > 12 THEN ", first(at), " || '-' || ", second(at))
			switch s.Ambiguous {
			case "day_first":
				b.Text(" ELSE ", second(at), " || '-' || ", first(at))
			case "month_first":
				b.Text(" ELSE ", first(at), " || '-' || ", second(at))
			}
			b.Text(" END WHEN len(", at.s(3), ") > 1 THEN CASE lower(", part(at.s(3), 2), " || ", part(at.s(3), 4), ")")
			for i, names := range months {
				for name := range strings.FieldsSeq(names) {
					b.Text(" WHEN '", name, fmt.Sprintf("' THEN '%d-'", i+1))
				}
			}
			b.Text(" END || ", part(at.s(3), 1), " || ", part(at.s(3), 5), " END")
		},
		func(b *sqltext.Builder, at places) {
			y := at.s(4)
			b.Text("TRY_CAST(CASE WHEN length(", y, ") = 2 THEN ", s.century(y), " ELSE '' END || ", y, " || '-' || ", at.s(5), " AS DATE)")
		},
	}
	if typ == "TIMESTAMP" {
		stages = append(stages, moment)
	}
	return treatment{typ: typ, stages: stages, unread: lost(len(stages) - 1), why: func(b *sqltext.Builder, at places) {
		b.Text("CASE WHEN length(", at.s(4), ") = 2 AND ", s.century(at.s(4)), " IS NULL THEN ' has a year of an unknown century'")
		if s.Ambiguous == "refuse" {
			b.Text(" WHEN ", either(at), " OR ", yearFirst(at), " THEN ' may be read in two ways'")
		}
		b.Text(" ELSE ' is no date' END")
	}}
}

// century gives the first digits of a year that is written with two; NULL when it cannot be told.
func (s Step) century(year string) string {
	switch s.Century {
	case "1900", "2000":
		return "'" + s.Century[:2] + "'"
	case "refuse":
		return "NULL"
	case "split":
		return "CASE WHEN " + year + " >= '70' THEN '19' ELSE '20' END"
	}
	return "CASE WHEN " + year + " >= '70' THEN '19' WHEN " + year + " < '30' THEN '20' END"
}

// moment puts the time of day to the day. Moments with a zone become those of UTC.
func moment(b *sqltext.Builder, at places) {
	time, half, zone := part(at.s(1), 2), part(at.s(1), 3), part(at.s(1), 4)
	day := "strftime(" + at.s(6) + ", '%Y-%m-%d ')"
	b.Text("CASE WHEN ", time, " = '' THEN CAST(", at.s(6), " AS TIMESTAMP)")
	b.Text(" WHEN ", half, " <> '' THEN try_strptime(", day, " || ", time, " || upper(", half, "[1]) || 'M', ['%Y-%m-%d %I:%M%p', '%Y-%m-%d %I:%M:%S%p', '%Y-%m-%d %I:%M:%S.%f%p'])")
	b.Text(" WHEN ", zone, " <> '' THEN TRY_CAST(", day, " || ", time, " || regexp_replace(", zone, ", 'Z|UTC|GMT', '+00') AS TIMESTAMP WITH TIME ZONE) AT TIME ZONE 'UTC'")
	b.Text(" ELSE TRY_CAST(", day, " || ", time, " AS TIMESTAMP) END")
}
