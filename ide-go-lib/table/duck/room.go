package duck

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// passage is how values of a column go into a room: those for which same holds pass at once, those for which lost holds
// would come out as others, and all else is left to whoever takes it.
type passage struct {
	same  string // a quick test; "" is none
	lost  string // "" is none: all values pass
	value string // what is given; "" is the value itself
}

const (
	exactSingle   = 1 << 24 // whole numbers up to here are exact in floating point of 32 bits
	exactDouble   = 1 << 53
	digitsSingle  = 6 // so many digits are, too, in decimals
	digitsDouble  = 15
	microsPlaces  = 6
	nanosPlaces   = 9
	microsInDay   = 86_400_000_000
	tensOfDoubles = 22 // powers of ten up to here are exact
)

// numeral fits texts that are numbers.
const numeral = `'\s*[+-]?[0-9]*\.?[0-9]*([eE][+-]?[0-9]+)?\s*'`

var decimalType = regexp.MustCompile(`^DECIMAL\((\d+),\s*(\d+)\)$`)

// sortOf sorts a type: integer, decimal, double, float, text, day, moment, clock, or "" for what is not looked at.
func sortOf(typ string) (kind string, precision, scale int) {
	if m := decimalType.FindStringSubmatch(typ); m != nil {
		precision, _ = strconv.Atoi(m[1])
		scale, _ = strconv.Atoi(m[2])
		return "decimal", precision, scale
	}
	switch typ {
	case "TINYINT", "SMALLINT", "UTINYINT", "USMALLINT":
		return "integer", 5, 0
	case "INTEGER", "UINTEGER":
		return "integer", 10, 0
	case "BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT":
		return "integer", 39, 0
	case "FLOAT", "DOUBLE":
		return strings.ToLower(typ), 0, 0
	case "VARCHAR":
		return "text", 0, 0
	case "TIMESTAMP", "TIMESTAMP_MS", "TIMESTAMP_S", "TIMESTAMP WITH TIME ZONE":
		return "moment", microsPlaces, 0
	case "TIMESTAMP_NS":
		return "moment", nanosPlaces, 0
	case "TIME":
		return "clock", microsPlaces, 0
	}
	return "", 0, 0
}

// into says how values of a column go into its room; of lists that are given as such, how their elements do.
func into(c table.StreamColumn) passage {
	x := sqltext.Quote(c.Name)
	if c.Coding != table.Braces {
		return valueInto(x, c.Type, c.Room)
	}
	p := valueInto("e", strings.TrimSuffix(c.Type, "[]"), c.Room)
	if p.lost == "" {
		return passage{}
	}
	out := passage{lost: "len(list_filter(" + x + ", lambda e: coalesce(" + p.loses() + ", false))) > 0"}
	if p.value != "" {
		out.value = giveExpr("list_transform("+x+", lambda e: "+p.value+")", c.Coding)
	}
	return out
}

// loses is the whole test.
func (p passage) loses() string {
	if p.same == "" {
		return "(" + p.lost + ")"
	}
	return "NOT coalesce((" + p.same + "), false) AND (" + p.lost + ")"
}

func valueInto(x, typ string, room table.Room) passage {
	kind, precision, scale := sortOf(typ)
	switch room.Kind {
	case table.RoomWhole:
		return intoDecimal(x, kind, scale, 0)
	case table.RoomDecimal:
		return intoDecimal(x, kind, scale, room.Places)
	case table.RoomSingle:
		return intoFloat(x, kind, precision, "FLOAT")
	case table.RoomDouble:
		return intoFloat(x, kind, precision, "DOUBLE")
	case table.RoomDay:
		return intoDay(x, kind, precision)
	case table.RoomMoment:
		return intoSeconds(x, kind, precision, room.Places)
	case table.RoomClock:
		if kind == "moment" { // its day has no place
			return passage{lost: "isfinite(" + asMicros(x) + ")"}
		}
		p := intoSeconds(x, kind, precision, room.Places)
		if kind == "text" {
			p.same = "length(" + x + ") <= length('hh:mm:ss')"
			p.lost += ` OR regexp_matches(` + x + `, '^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]')`
		}
		return p
	}
	return passage{}
}

func intoDecimal(x, kind string, scale, places int) passage {
	switch {
	case kind == "decimal" && scale > places:
		p := passage{lost: fmt.Sprintf("%s <> round(%s, %d)", x, x, places)}
		if places == 0 { // 2.00 is written as 2
			p.value = "trunc(" + x + ")"
		}
		return p
	case kind == "double" || kind == "float":
		p := passage{lost: "isfinite(" + x + ") AND " + digitsBehind("CAST("+x+" AS VARCHAR)") + fmt.Sprintf(" > %d", places)}
		if places == 0 {
			p.same, p.lost = "", "isfinite("+x+") AND "+x+" <> trunc("+x+")"
			p.value = "coalesce(CAST(TRY_CAST(" + x + " AS HUGEINT) AS VARCHAR), CAST(" + x + " AS VARCHAR))"
			return p
		}
		if most := map[string]float64{"double": exactDouble, "float": exactSingle}[kind]; places <= tensOfDoubles {
			p.same = fmt.Sprintf("abs(%s) < CAST(%d AS DOUBLE) / CAST(1e%d AS DOUBLE) AND CAST(round(CAST(%s AS DOUBLE) * CAST(1e%d AS DOUBLE)) / CAST(1e%d AS DOUBLE) AS %s) = %s",
				x, int64(most), places, x, places, places, strings.ToUpper(kind), x)
		}
		return p
	case kind == "text":
		return passage{
			same: "strpos(lower(" + x + "), 'e') = 0 AND " + shortBehind(x, places),
			lost: "regexp_full_match(" + x + ", " + numeral + ") AND " + digitsBehind(x) + fmt.Sprintf(" > %d", places),
		}
	}
	return passage{}
}

// intoFloat compares the digits of what a value becomes, in the shortest form, with its own.
func intoFloat(x, kind string, precision int, typ string) passage {
	exact, safe := int64(exactDouble), digitsDouble
	if typ == "FLOAT" {
		exact, safe = exactSingle, digitsSingle
	}
	becomes := "CAST(TRY_CAST(" + x + " AS " + typ + ") AS VARCHAR)"
	differ := significant("CAST("+x+" AS VARCHAR)") + " <> " + significant(becomes)
	switch {
	case kind == "integer" && precision > safe:
		return passage{same: fmt.Sprintf("%s BETWEEN -%d AND %d", x, exact, exact), lost: "TRY_CAST(TRY_CAST(" + x + " AS " + typ + ") AS HUGEINT) <> " + x}
	case kind == "decimal" && precision > safe:
		return passage{lost: differ}
	case kind == "double" && typ == "FLOAT":
		return passage{same: "CAST(TRY_CAST(" + x + " AS FLOAT) AS DOUBLE) = " + x, lost: "isfinite(" + x + ") AND " + differ}
	case kind == "text":
		return passage{same: fmt.Sprintf("length(%s) <= %d", x, safe), lost: "regexp_full_match(" + x + ", " + numeral + ") AND " + differ}
	}
	return passage{}
}

func intoDay(x, kind string, precision int) passage {
	switch kind {
	case "moment":
		p := passage{lost: fmt.Sprintf("isfinite(%s) AND epoch_us(%s) %% %d <> 0", asMicros(x), asMicros(x), microsInDay), value: "CAST(" + asMicros(x) + " AS DATE)"}
		if precision == nanosPlaces {
			p.lost += fmt.Sprintf(" OR epoch_ns(%s) %% 1000 <> 0", x)
		}
		return p
	case "text":
		at := "TRY_CAST(" + x + " AS TIMESTAMP)"
		return passage{same: "length(" + x + ") <= 10", lost: fmt.Sprintf("isfinite(%s) AND epoch_us(%s) %% %d <> 0", at, at, microsInDay)}
	}
	return passage{}
}

func intoSeconds(x, kind string, have, places int) passage {
	part := 1
	for range have - places {
		part *= 10
	}
	switch {
	case kind == "moment" && have == nanosPlaces && places < have:
		return passage{lost: fmt.Sprintf("isfinite(%s) AND epoch_ns(%s) %% %d <> 0", asMicros(x), x, part)}
	case kind == "moment" && places < have:
		return passage{lost: fmt.Sprintf("isfinite(%s) AND epoch_us(%s) %% %d <> 0", x, x, part)}
	case kind == "clock" && places < have:
		return passage{lost: fmt.Sprintf("date_part('microseconds', %s) %% %d <> 0", x, part)}
	case kind == "text":
		return passage{same: shortBehind(x, places), lost: `length(rtrim(regexp_extract(` + x + `, ':[0-9]{2}\.([0-9]+)', 1), '0')) > ` + strconv.Itoa(places)}
	}
	return passage{}
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

// noRoom is the code of a value that has none.
const noRoom = "type_mismatch"

// giveInto is the expression of a column's values, which fails for one that has no room.
func giveInto(i int, c table.StreamColumn) string {
	p, x := into(c), sqltext.Quote(c.Name)
	value := p.value
	if value == "" {
		value = giveExpr(x, c.Coding)
	}
	if p.lost == "" {
		return value
	}
	var b sqltext.Builder
	b.Text("CASE WHEN ", x, " IS NULL THEN NULL")
	if p.same != "" {
		b.Text(" WHEN ", p.same, " THEN ", value)
	}
	b.Text(" WHEN ", p.lost, " THEN ").Raise(noRoom, strconv.Itoa(i), func() { b.Text("CAST(", x, " AS VARCHAR)") }).Text(" ELSE ", value, " END")
	return b.String()
}

// misfit finds the first value that has no room in its column, for a failure that says that there is one; it gives nil for
// others.
func (s *session) misfit(ctx context.Context, f *failure, from string, columns []table.StreamColumn) error {
	code, at, _, _ := sqltext.Raised(f.message)
	if code != noRoom {
		return nil
	}
	var c table.StreamColumn
	for i := range columns {
		if strconv.Itoa(i) == at {
			c = columns[i]
		}
	}
	x, lost := sqltext.Quote(c.Name), into(c).loses()
	var row int64
	var value string
	text := "SELECT __row, __found FROM (SELECT row_number() OVER () AS __row, CAST(" + x + " AS VARCHAR) AS __found, " + lost + " AS __broken FROM read_parquet(" + sqltext.Literal(from) +
		")) WHERE __broken ORDER BY __row LIMIT 1"
	if err := s.query(ctx, text, nil, []any{&row, &value}, func() error { return nil }); err != nil {
		return place(err, "", nil, nil)
	}
	message := fmt.Sprintf("A value in row %d, column %q does not fit: %s would become another one in %s.", row, c.Name, short(value), c.Room.Type)
	return errs.Invalid(noRoom, "%s", message).WithHint("Round or convert the column before it is written, or change its type in the target. Nothing was written.").
		With(errs.Detail{Code: noRoom, Message: message, Place: errs.Place{Row: row}})
}

func short(text string) string {
	const most = 60
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}
