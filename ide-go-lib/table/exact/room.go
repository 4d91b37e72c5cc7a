package exact

import (
	"fmt"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/table"
)

// Passage is how values of a column go into a room. Those for which Same holds pass at once; those for which Refused holds are
// to be refused, for they would come out as others, and those for which Told holds come out as others, too, which is allowed and to
// be told. All else passes, or is left to whoever takes it.
type Passage struct {
	Same    string // a quick test; "" is none
	Refused string // "" is none
	Told    string // "" is none
	Zone    string // those for which it holds lose their zone, which is allowed and to be told; "" is none
	Value   string // what is given; "" is the value itself
	Rounded string // what is given of those that are told; "" leaves rounding to the place
}

// Into says how the values of an expression of a type go into a room.
func Into(x, typ string, room table.Room) Passage {
	p := into(x, typ, room).under(rounding(room))
	switch {
	case room.Kind != table.RoomMoment || !room.Zoneless || typ != zoned:
	case room.Rounding == table.RoundAllow: // who allows all has decided
	case room.Rounding == table.RoundRefuse && !room.Made && !room.Key: // of keys it is known that all are in UTC
		return Passage{Refused: x + " IS NOT NULL", Value: p.Value}
	default:
		p.Zone = x + " IS NOT NULL"
	}
	return p
}

// zoned is the type of times with a zone, which the engine keeps in UTC.
const zoned = "TIMESTAMP WITH TIME ZONE"

func rounding(room table.Room) table.Rounding {
	if room.Key {
		return table.RoundRefuse
	}
	return room.Rounding
}

// Loses is the whole of a test, for use outside of a CASE that has asked for Same before.
func (p Passage) Loses(test string) string {
	if p.Same == "" {
		return "(" + test + ")"
	}
	return "NOT coalesce((" + p.Same + "), false) AND (" + test + ")"
}

// losses are the tests of what a room takes from values, by how bad that is.
type losses struct {
	same    string
	part    string // leaves out a part, such as the time of day, which is no matter of rounding
	exact   string // digits of what is exact, in a place that is
	near    string // comes out as the nearest of what the place has
	value   string
	rounded string
}

func (l losses) under(r table.Rounding) Passage {
	p := Passage{Same: l.same, Refused: l.part, Value: l.value, Rounded: l.rounded}
	put := func(test string, refuse bool) {
		to := &p.Told
		if refuse {
			to = &p.Refused
		}
		switch {
		case test == "":
		case *to == "":
			*to = test
		default:
			*to += " OR " + test
		}
	}
	put(l.exact, r != table.RoundAllow)
	put(l.near, r == table.RoundRefuse)
	return p
}

const (
	exactSingle   = 1 << 24 // whole numbers up to here are exact in floating point of 32 bits
	exactDouble   = 1 << 53
	inSingle      = 6 // so many digits are, too, in decimals
	microsPlaces  = 6
	nanosPlaces   = 9
	microsInDay   = 86_400_000_000
	tensOfDoubles = 22 // powers of ten up to here are exact
)

// numeral and wholeNumeral fit texts that are numbers.
const (
	numeral      = `'\s*[+-]?[0-9]*\.?[0-9]*([eE][+-]?[0-9]+)?\s*'`
	wholeNumeral = `'\s*[+-]?[0-9]+\s*'`
)

// sortOf sorts a type: integer, decimal, double, float, text, moment, clock, or "" for what is not looked at. The digits are those of
// numbers, and of seconds behind the point.
func sortOf(typ string) (kind string, all, behind int) {
	if before, behind, ok := Places(typ); ok {
		if digits[typ] > 0 {
			return "integer", before, 0
		}
		return "decimal", before + behind, behind
	}
	switch typ {
	case "FLOAT", "DOUBLE":
		return strings.ToLower(typ), 0, 0
	case "VARCHAR":
		return "text", 0, 0
	case "TIMESTAMP", "TIMESTAMP_MS", "TIMESTAMP_S", zoned:
		return "moment", microsPlaces, 0
	case "TIMESTAMP_NS":
		return "moment", nanosPlaces, 0
	case "TIME":
		return "clock", microsPlaces, 0
	}
	return "", 0, 0
}

func into(x, typ string, room table.Room) losses {
	kind, all, behind := sortOf(typ)
	switch room.Kind {
	case table.RoomWhole:
		return intoDecimal(x, kind, behind, 0)
	case table.RoomDecimal:
		return intoDecimal(x, kind, behind, room.Places)
	case table.RoomSingle:
		return intoFloat(x, kind, all, behind, "FLOAT")
	case table.RoomDouble:
		return intoFloat(x, kind, all, behind, "DOUBLE")
	case table.RoomBare:
		if kind == "text" {
			return losses{near: "ends_with(" + x + ", ' ')"}
		}
	case table.RoomDay:
		return intoDay(x, kind, all)
	case table.RoomMoment:
		return intoSeconds(x, kind, all, room.Places)
	case table.RoomClock:
		if kind == "moment" { // its day has no place
			return losses{part: "isfinite(" + asMicros(x) + ")"}
		}
		l := intoSeconds(x, kind, all, room.Places)
		if kind == "text" {
			l.same = "length(" + x + ") <= length('hh:mm:ss')"
			l.part = `regexp_matches(` + x + `, '^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]')`
		}
		return l
	}
	return losses{}
}

func intoDecimal(x, kind string, scale, places int) losses {
	l := losses{}
	if places <= mostDigits { // of the text, for of a DOUBLE 1.005 would become 1.00
		l.rounded = fmt.Sprintf("coalesce(CAST(TRY_CAST(CAST(%s AS VARCHAR) AS DECIMAL(%d,%d)) AS VARCHAR), CAST(%s AS VARCHAR))", x, mostDigits, places, x)
	}
	switch {
	case kind == "decimal" && scale > places:
		l.exact = fmt.Sprintf("%s <> round(%s, %d)", x, x, places)
		if places == 0 { // 2.00 is written as 2
			l.value = "trunc(" + x + ")"
		}
		return l
	case kind == "double" || kind == "float":
		if places == 0 {
			l.exact = "isfinite(" + x + ") AND " + x + " <> trunc(" + x + ")"
			l.value = "coalesce(CAST(TRY_CAST(" + x + " AS HUGEINT) AS VARCHAR), CAST(" + x + " AS VARCHAR))"
			return l
		}
		l.exact = "isfinite(" + x + ") AND " + digitsBehind("CAST("+x+" AS VARCHAR)") + fmt.Sprintf(" > %d", places)
		if most := map[string]float64{"double": exactDouble, "float": exactSingle}[kind]; places <= tensOfDoubles {
			l.same = fmt.Sprintf("abs(%s) < CAST(%d AS DOUBLE) / CAST(1e%d AS DOUBLE) AND CAST(round(CAST(%s AS DOUBLE) * CAST(1e%d AS DOUBLE)) / CAST(1e%d AS DOUBLE) AS %s) = %s",
				x, int64(most), places, x, places, places, strings.ToUpper(kind), x)
		}
		return l
	case kind == "text":
		l.same = "strpos(lower(" + x + "), 'e') = 0 AND " + shortBehind(x, places)
		l.exact = "regexp_full_match(" + x + ", " + numeral + ") AND " + digitsBehind(x) + fmt.Sprintf(" > %d", places)
		return l
	}
	return losses{}
}

// intoFloat compares the digits of what a value becomes, in the shortest form, with its own. Fractions come out as the nearest that
// there is, as is their nature in floating point; whole numbers would be others.
func intoFloat(x, kind string, all, behind int, typ string) losses {
	exact, safe := int64(exactDouble), inDouble
	if typ == "FLOAT" {
		exact, safe = exactSingle, inSingle
	}
	becomes := "CAST(TRY_CAST(" + x + " AS " + typ + ") AS VARCHAR)"
	differ := significant("CAST("+x+" AS VARCHAR)") + " <> " + significant(becomes)
	switch {
	case kind == "integer" && all > safe:
		return losses{same: fmt.Sprintf("%s BETWEEN -%d AND %d", x, exact, exact), exact: "TRY_CAST(TRY_CAST(" + x + " AS " + typ + ") AS HUGEINT) <> " + x}
	case kind == "decimal" && all > safe && behind == 0:
		return losses{exact: differ}
	case kind == "decimal" && all > safe:
		return losses{near: differ}
	case kind == "double" && typ == "FLOAT":
		return losses{same: "CAST(TRY_CAST(" + x + " AS FLOAT) AS DOUBLE) = " + x, near: "isfinite(" + x + ") AND " + differ}
	case kind == "text":
		whole := "regexp_full_match(" + x + ", " + wholeNumeral + ")"
		return losses{
			same: fmt.Sprintf("length(%s) <= %d", x, safe), exact: whole + " AND " + differ,
			near: "NOT " + whole + " AND regexp_full_match(" + x + ", " + numeral + ") AND " + differ,
		}
	}
	return losses{}
}

func intoDay(x, kind string, places int) losses {
	switch kind {
	case "moment":
		l := losses{part: fmt.Sprintf("isfinite(%s) AND epoch_us(%s) %% %d <> 0", asMicros(x), asMicros(x), microsInDay), value: "CAST(" + asMicros(x) + " AS DATE)"}
		if places == nanosPlaces {
			l.part += fmt.Sprintf(" OR epoch_ns(%s) %% 1000 <> 0", x)
		}
		return l
	case "text":
		at := "TRY_CAST(" + x + " AS TIMESTAMP)"
		return losses{same: "length(" + x + ") <= 10", part: fmt.Sprintf("isfinite(%s) AND epoch_us(%s) %% %d <> 0", at, at, microsInDay)}
	}
	return losses{}
}

func intoSeconds(x, kind string, have, places int) losses {
	part := 1
	for range have - places {
		part *= 10
	}
	switch {
	case kind == "moment" && have == nanosPlaces && places < have: // no place has more than microseconds
		return losses{near: fmt.Sprintf("isfinite(%s) AND epoch_ns(%s) %% %d <> 0", asMicros(x), x, part), rounded: asMicros(x)}
	case kind == "moment" && places < have:
		return losses{near: fmt.Sprintf("isfinite(%s) AND epoch_us(%s) %% %d <> 0", x, x, part)}
	case kind == "clock" && places < have:
		return losses{near: fmt.Sprintf("date_part('microseconds', %s) %% %d <> 0", x, part)}
	case kind == "text":
		return losses{same: shortBehind(x, places), near: `length(rtrim(regexp_extract(` + x + `, ':[0-9]{2}\.([0-9]+)', 1), '0')) > ` + strconv.Itoa(places)}
	}
	return losses{}
}

func asMicros(x string) string { return "CAST(" + x + " AS TIMESTAMP)" } // of times with a zone, in UTC

// shortBehind says that a text has no more characters than that behind a point.
func shortBehind(text string, places int) string {
	return fmt.Sprintf("(strpos(%s, '.') = 0 OR length(%s) - strpos(%s, '.') <= %d)", text, text, text, places)
}

// digitsBehind counts the digits behind the point of a number written as text, without zeros at its end.
func digitsBehind(text string) string {
	return `length(rtrim(regexp_extract(` + text + `, '\.([0-9]*)', 1), '0')) - coalesce(TRY_CAST(nullif(regexp_extract(` + text + `, '[eE]([+-]?[0-9]+)\s*$', 1), '') AS INTEGER), 0)`
}

// significant are the digits of a number written as text, without zeros at either end.
func significant(text string) string {
	return `trim(regexp_replace(regexp_replace(` + text + `, '[eE].*$', ''), '[^0-9]', '', 'g'), '0')`
}
