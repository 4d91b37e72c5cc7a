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
	days  = `^(?:(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})|(\d{4})(\d{2})(\d{2})` + // the year first
		`|(\d{1,2})[-/. ]+(\d{1,2})[-/. ]+` + year + // numbers only
		`|(\d{1,2})(?:st|nd|rd|th|er|º|\.)?[-/ ]*(?:de |of )?(\p{L}+)\.?,?[-/ ]*(?:de |del )?` + year +
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
	part := func(at places, names ...string) string {
		for i, n := range names {
			names[i] = at.s(2) + "['" + n + "']"
		}
		return "(" + strings.Join(names, " || ") + ")"
	}
	whole := func(text string) string { return "TRY_CAST(" + text + " AS INTEGER)" }
	either := func(at places) string {
		a, z := whole(part(at, "a")), whole(part(at, "z"))
		return "(" + a + " <= 12 AND " + z + " <= 12 AND " + a + " <> " + z + ")"
	}
	stages := []stage{
		func(b *sqltext.Builder, at places) {
			b.Text("regexp_replace(trim(regexp_replace(", at.v(), ", ", sqltext.Literal(`[\s\p{Z}日号]+`), ", ' ', 'g')), ' ?[年月] ?', '-', 'g')")
		},
		func(b *sqltext.Builder, at places) {
			b.Text("regexp_extract(", at.s(0), ", ", sqltext.Literal(clock), ", ['day', 'time', 'half', 'zone'])")
		},
		func(b *sqltext.Builder, at places) {
			b.Text("regexp_extract(trim(", at.s(1), "['day']), ", sqltext.Literal(days), ", ['y1', 'm1', 'd1', 'y2', 'm2', 'd2', 'a', 'z', 'y3', 'd4', 'w4', 'y4', 'w5', 'd5', 'y5'])")
		},
		func(b *sqltext.Builder, at places) {
			y := part(at, "y1", "y2", "y3", "y4", "y5")
			b.Text("TRY_CAST(CASE WHEN length(", y, ") = 2 THEN CASE WHEN ", y, " >= '70' THEN '19' ELSE '20' END ELSE '' END || ", y, " || '-' || CASE")
			a, z := part(at, "a"), part(at, "z")
			b.Text(" WHEN ", a, " <> '' THEN CASE WHEN ", whole(a), " > 12 OR ", whole(a), " = ", whole(z), " THEN ", z, " || '-' || ", a, " WHEN ", whole(z), " > 12 THEN ", a, " || '-' || ", z)
			switch s.Ambiguous {
			case "day_first":
				b.Text(" ELSE ", z, " || '-' || ", a)
			case "month_first":
				b.Text(" ELSE ", a, " || '-' || ", z)
			}
			b.Text(" END")
			for i, names := range months {
				b.Text(" WHEN lower", part(at, "w4", "w5"), " IN ('", strings.ReplaceAll(names, " ", "', '"), fmt.Sprintf("') THEN '%d-' || ", i+1), part(at, "d4", "d5"))
			}
			b.Text(" WHEN ", part(at, "w4", "w5"), " = '' THEN ", part(at, "m1", "m2"), " || '-' || ", part(at, "d1", "d2"), " END AS DATE)")
		},
	}
	if typ == "TIMESTAMP" {
		stages = append(stages, moment)
	}
	return treatment{typ: typ, stages: stages, unread: lost(len(stages) - 1), why: func(b *sqltext.Builder, at places) {
		if s.Ambiguous != "refuse" {
			b.Text(sqltext.Literal(" is no date"))
			return
		}
		b.Text("CASE WHEN ", either(at), " THEN ' may be read in two ways' ELSE ' is no date' END")
	}}
}

// moment puts the time of day to the day. Moments with a zone become those of UTC.
func moment(b *sqltext.Builder, at places) {
	part := func(name string) string { return at.s(1) + "['" + name + "']" }
	day := "strftime(" + at.s(3) + ", '%Y-%m-%d ')"
	b.Text("CASE WHEN ", part("time"), " = '' THEN CAST(", at.s(3), " AS TIMESTAMP)")
	b.Text(" WHEN ", part("half"), " <> '' THEN try_strptime(", day, " || ", part("time"), " || upper(", part("half"), "[1]) || 'M', ['%Y-%m-%d %I:%M%p', '%Y-%m-%d %I:%M:%S%p', '%Y-%m-%d %I:%M:%S.%f%p'])")
	b.Text(" WHEN ", part("zone"), " <> '' THEN TRY_CAST(", day, " || ", part("time"), " || regexp_replace(", part("zone"), ", 'Z|UTC|GMT', '+00') AS TIMESTAMP WITH TIME ZONE) AT TIME ZONE 'UTC'")
	b.Text(" ELSE TRY_CAST(", day, " || ", part("time"), " AS TIMESTAMP) END")
}
