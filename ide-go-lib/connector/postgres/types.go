package postgres

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"dataflow/ide-go-lib/pattern"
	"dataflow/ide-go-lib/table"
)

// incoming is how values of a type of PostgreSQL become values of the table engine.
type incoming struct {
	typ    string
	coding table.Coding
	expr   string // of the value, for fmt; "" is the value itself
}

const (
	bytesAsHex = "encode(%s, 'hex')"
	asJSON     = "to_json(%s)::text"
	asText     = "%s::text"
	asTexts    = "to_json(%s::text[])::text" // for numbers, of which a JSON number would keep no more than a DOUBLE does
	// The engine writes years before the first with (BC), and does not see them without the brackets. To turn every
	// timestamp into a text for their sake would take a third of the time, so those refuse them.
	withEra  = "CASE WHEN %[1]s < '0001-01-01' THEN replace(%[1]s::text, ' BC', ' (BC)') ELSE %[1]s::text END"
	tooEarly = "before year 1: "
	dated    = "CASE WHEN %[1]s < '0001-01-01' AND %[1]s <> '-infinity' THEN ('" + tooEarly + "' || %[1]s)::"
	stamp    = dated + "timestamp ELSE %[1]s END"
	zoned    = dated + "timestamptz ELSE %[1]s END"
)

var scalars = map[uint32]incoming{
	pgtype.BoolOID: {typ: "BOOLEAN"}, pgtype.Int2OID: {typ: "SMALLINT"}, pgtype.Int4OID: {typ: "INTEGER"}, pgtype.Int8OID: {typ: "BIGINT"}, pgtype.OIDOID: {typ: "BIGINT"},
	pgtype.Float4OID: {typ: "FLOAT"}, pgtype.Float8OID: {typ: "DOUBLE"}, pgtype.DateOID: {typ: "DATE", expr: withEra}, pgtype.TimeOID: {typ: "TIME"},
	pgtype.TimestampOID: {typ: "TIMESTAMP", expr: stamp}, pgtype.TimestamptzOID: {typ: "TIMESTAMP WITH TIME ZONE", expr: zoned}, pgtype.UUIDOID: {typ: "UUID"},
	pgtype.ByteaOID: {typ: "BLOB", coding: table.Hex, expr: bytesAsHex},
	pgtype.JSONOID:  {typ: "JSON", coding: table.JSON, expr: asText}, pgtype.JSONBOID: {typ: "JSON", coding: table.JSON, expr: asText},
}

// elements are the types of the elements of arrays.
var elements = map[uint32]uint32{
	pgtype.BoolArrayOID: pgtype.BoolOID, pgtype.Int2ArrayOID: pgtype.Int2OID, pgtype.Int4ArrayOID: pgtype.Int4OID, pgtype.Int8ArrayOID: pgtype.Int8OID,
	pgtype.Float4ArrayOID: pgtype.Float4OID, pgtype.Float8ArrayOID: pgtype.Float8OID, pgtype.DateArrayOID: pgtype.DateOID, pgtype.TimestampArrayOID: pgtype.TimestampOID,
	pgtype.TimestamptzArrayOID: pgtype.TimestamptzOID, pgtype.UUIDArrayOID: pgtype.UUIDOID, pgtype.NumericArrayOID: pgtype.NumericOID,
	pgtype.TextArrayOID: pgtype.TextOID, pgtype.VarcharArrayOID: pgtype.VarcharOID,
}

func fromPostgres(f pgconn.FieldDescription) incoming {
	if in, ok := scalars[f.DataTypeOID]; ok {
		return in
	}
	if f.DataTypeOID == pgtype.NumericOID {
		return incoming{typ: numeric(f.TypeModifier)}
	}
	if of, ok := elements[f.DataTypeOID]; ok {
		typ, expr := scalars[of].typ, asJSON
		switch of {
		case pgtype.NumericOID:
			typ, expr = numeric(f.TypeModifier), asTexts
		case pgtype.TextOID, pgtype.VarcharOID:
			typ = "VARCHAR"
		}
		return incoming{typ: typ + "[]", coding: table.JSON, expr: expr}
	}
	// Texts, and all that is best kept as PostgreSQL writes it: intervals, networks, ranges, enumerations, shapes.
	return incoming{typ: "VARCHAR", expr: asText}
}

// numeric gives a type that keeps every digit, as far as the column says how many there are; a numeric without a
// precision, such as that of an average, has as many as it likes and becomes the nearest DOUBLE.
func numeric(modifier int32) string {
	const header, scaleBits, most = 4, 0x7ff, 38
	if modifier < header {
		return "DOUBLE"
	}
	precision := (modifier - header) >> 16
	scale := (modifier-header)&scaleBits ^ 1024 - 1024 // signed in eleven bits
	if precision > most || scale < 0 || scale > precision {
		return "DOUBLE"
	}
	return fmt.Sprintf("DECIMAL(%d,%d)", precision, scale)
}

var sized = pattern.Of(`^DECIMAL\((\d+),\s*(\d+)\)$`)

// toPostgres gives the type of a new column.
func toPostgres(typ string) string {
	if m := sized.FindStringSubmatch(typ); m != nil {
		return "numeric(" + m[1] + "," + m[2] + ")"
	}
	if elem, list := strings.CutSuffix(typ, "[]"); list && !table.Nested(elem) {
		return toPostgres(elem) + "[]"
	}
	switch typ {
	case "BOOLEAN":
		return "boolean"
	case "TINYINT", "SMALLINT", "UTINYINT":
		return "smallint"
	case "INTEGER", "USMALLINT":
		return "integer"
	case "BIGINT", "UINTEGER":
		return "bigint"
	case "UBIGINT", "HUGEINT", "UHUGEINT":
		return "numeric"
	case "FLOAT":
		return "real"
	case "DOUBLE":
		return "double precision"
	case "DATE":
		return "date"
	case "TIME":
		return "time"
	case "TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S":
		return "timestamp"
	case "TIMESTAMP WITH TIME ZONE":
		return "timestamptz"
	case "BLOB":
		return "bytea"
	case "UUID":
		return "uuid"
	case "JSON":
		return "jsonb"
	case "INTERVAL":
		return "interval"
	}
	if table.Nested(typ) {
		return "jsonb"
	}
	return "text"
}

var (
	numericType = pattern.Of(`^numeric\(\d+,(\d+)\)$`)
	timeType    = pattern.Of(`^(timestamp|time)(?:\((\d)\))?(?: with(?:out)? time zone|tz)?$`)
)

// roomOf says what a column of PostgreSQL's type has room for: the server itself rounds what comes.
func roomOf(typ string) table.Room {
	room := table.Room{Type: typ}
	const micros = 6
	typ = strings.TrimSuffix(typ, "[]") // of lists, their elements
	switch typ {
	case "smallint", "integer", "bigint":
		room.Kind = table.RoomWhole
	case "money":
		room.Kind, room.Places = table.RoomDecimal, 2
	case "real":
		room.Kind = table.RoomSingle
	case "double precision":
		room.Kind = table.RoomDouble
	case "date":
		room.Kind = table.RoomDay
	}
	if m := numericType.FindStringSubmatch(typ); m != nil {
		room.Kind = table.RoomDecimal
		room.Places, _ = strconv.Atoi(m[1])
	}
	if m := timeType.FindStringSubmatch(typ); m != nil {
		room.Kind, room.Places, room.Zoneless = table.RoomMoment, micros, !strings.HasSuffix(typ, " with time zone") && !strings.HasSuffix(typ, "tz")
		if m[1] == "time" {
			room.Kind = table.RoomClock
		}
		if m[2] != "" {
			room.Places, _ = strconv.Atoi(m[2])
		}
	}
	return room
}

// codingFor says how values of the engine's type are written for a column of PostgreSQL's type.
func codingFor(typ, target string) table.Coding {
	switch {
	case typ == "BLOB" && target == "bytea":
		return table.Bytea
	case typ == "BLOB":
		return table.Hex
	case strings.HasSuffix(typ, "[]") && strings.HasSuffix(target, "[]") && !table.Nested(strings.TrimSuffix(typ, "[]")):
		return table.Braces
	case table.Nested(typ):
		return table.JSON
	}
	return table.Plain
}
