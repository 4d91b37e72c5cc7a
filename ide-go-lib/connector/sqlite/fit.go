package sqlite

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
	"time"

	"dataflow/ide-go-lib/table"
)

// fit says whether a value, as text, is one of a column's type. SQLite itself keeps anything in any column, and whoever
// reads the table afterwards fails.
type fit func(text string) bool

// fitOf gives the check of values of one type for a column that was declared so; nil when all of them fit.
func fitOf(typ, declared string) fit {
	want := fromSQLite(declared)
	if fromSQLite(toSQLite(typ)) == want {
		return nil
	}
	switch {
	case want == "DOUBLE":
		return func(text string) bool { _, err := strconv.ParseFloat(text, 64); return err == nil }
	case want == "BIGINT":
		return whole
	case want == "BOOLEAN":
		return func(text string) bool { _, err := strconv.ParseBool(text); return err == nil }
	case strings.HasPrefix(want, "DECIMAL"):
		return func(text string) bool { _, ok := new(big.Rat).SetString(text); return ok && kept(text) }
	case want == "JSON":
		return func(text string) bool { return json.Valid([]byte(text)) }
	case want == "DATE" || strings.HasPrefix(want, "TIMESTAMP"):
		return func(text string) bool {
			_, err := time.Parse(time.DateOnly, text[:min(len(text), len(time.DateOnly))])
			return err == nil
		}
	case want == "" && declared != "": // an affinity to numbers
		return kept
	}
	return nil
}

// kept says whether a text is none of a number that SQLite would keep as another one: it makes 64 bits of whole numbers
// and of others, whole or floating.
func kept(text string) bool {
	const exact = 15 // digits
	if len(text) <= exact {
		return true
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok || r.IsInt() && r.Num().IsInt64() {
		return true
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return false
	}
	back, ok := new(big.Rat).SetString(strconv.FormatFloat(f, 'g', -1, 64))
	return ok && back.Cmp(r) == 0
}

// roomOf says what a column that was declared so has room for. SQLite itself keeps more, and whoever reads the table by its
// declaration would round it.
func roomOf(declared string) table.Room {
	room := table.Room{Type: declared}
	want := fromSQLite(declared)
	const micros = 6
	switch {
	case want == "BIGINT":
		room.Kind = table.RoomWhole
	case want == "DOUBLE":
		room.Kind = table.RoomDouble
	case want == "DATE":
		room.Kind = table.RoomDay
	case strings.HasPrefix(want, "TIMESTAMP"):
		room.Kind, room.Places, room.Zoneless = table.RoomMoment, micros, want == "TIMESTAMP"
	}
	if m := sized.FindStringSubmatch(want); m != nil {
		room.Kind = table.RoomDecimal
		room.Places, _ = strconv.Atoi(m[2])
	}
	return room
}

// whole says whether a text is a whole number, also when it is written as 2.0.
func whole(text string) bool {
	r, ok := new(big.Rat).SetString(text)
	return ok && r.IsInt() && r.Num().IsInt64()
}
