package mysql

import (
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/pattern"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/rowtext"
)

// incoming is how values of a type of MySQL become values of the table engine.
type incoming struct {
	typ string
	put func(w *rowtext.Writer, raw []byte)
	hex bool
}

func bare(w *rowtext.Writer, raw []byte)   { w.Bare(raw) }
func text(w *rowtext.Writer, raw []byte)   { w.Text(raw) }
func digits(w *rowtext.Writer, raw []byte) { w.Hex(raw) }

// bits are a number, the highest byte first.
func bits(w *rowtext.Writer, raw []byte) {
	var n uint64
	for _, b := range raw {
		n = n<<8 | uint64(b)
	}
	w.Bare(fmt.Append(nil, n))
}

func fromMySQL(c *sql.ColumnType) incoming {
	name := c.DatabaseTypeName()
	switch name {
	case "TINYINT", "SMALLINT", "BIGINT", "DOUBLE", "FLOAT", "DATE":
		return incoming{typ: name, put: bare}
	case "MEDIUMINT", "INT":
		return incoming{typ: "INTEGER", put: bare}
	case "UNSIGNED TINYINT":
		return incoming{typ: "UTINYINT", put: bare}
	case "UNSIGNED SMALLINT":
		return incoming{typ: "USMALLINT", put: bare}
	case "UNSIGNED MEDIUMINT", "UNSIGNED INT":
		return incoming{typ: "UINTEGER", put: bare}
	case "UNSIGNED BIGINT":
		return incoming{typ: "UBIGINT", put: bare}
	case "YEAR":
		return incoming{typ: "SMALLINT", put: bare}
	case "BIT":
		return incoming{typ: "UBIGINT", put: bits}
	case "DECIMAL":
		const most = 38
		if p, s, ok := c.DecimalSize(); ok && p <= most && s <= p {
			return incoming{typ: fmt.Sprintf("DECIMAL(%d,%d)", p, s), put: bare}
		}
		return incoming{typ: "DOUBLE", put: bare}
	case "DATETIME":
		return incoming{typ: "TIMESTAMP", put: bare}
	case "TIMESTAMP":
		return incoming{typ: "TIMESTAMP WITH TIME ZONE", put: func(w *rowtext.Writer, raw []byte) { w.Bare(append(raw, "+00"...)) }} // the session is in UTC
	case "JSON":
		return incoming{typ: "JSON", put: text}
	case "BLOB", "TINYBLOB", "MEDIUMBLOB", "LONGBLOB", "BINARY", "VARBINARY", "GEOMETRY":
		return incoming{typ: "BLOB", put: digits, hex: true}
	}
	// Texts, enumerations and sets, and times: these are durations, which may be negative and longer than a day.
	return incoming{typ: "VARCHAR", put: text}
}

var sized = pattern.Of(`^DECIMAL\((\d+),\s*(\d+)\)$`)

// toMySQL gives the type of a new column.
func toMySQL(typ string, key bool) string {
	if sized.MatchString(typ) {
		return typ
	}
	switch typ {
	case "BOOLEAN":
		return "TINYINT(1)"
	case "TINYINT", "SMALLINT", "BIGINT", "FLOAT", "DOUBLE", "DATE":
		return typ
	case "INTEGER":
		return "INT"
	case "UTINYINT":
		return "TINYINT UNSIGNED"
	case "USMALLINT":
		return "SMALLINT UNSIGNED"
	case "UINTEGER":
		return "INT UNSIGNED"
	case "UBIGINT":
		return "BIGINT UNSIGNED"
	case "HUGEINT", "UHUGEINT":
		return "DECIMAL(39,0)"
	case "TIME":
		return "TIME(6)"
	case "TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S", "TIMESTAMP WITH TIME ZONE":
		return "DATETIME(6)" // TIMESTAMP ends in 2038
	case "UUID":
		return "CHAR(36)"
	case "JSON":
		return "JSON"
	}
	switch {
	case table.Nested(typ):
		return "JSON"
	case typ == "BLOB" && key:
		return "VARBINARY(255)"
	case typ == "BLOB":
		return "LONGBLOB"
	case key:
		return "VARCHAR(255)"
	}
	return "LONGTEXT"
}

// declared is a type of a column with its numbers, such as decimal(10,2) unsigned.
var declared = pattern.Of(`^([a-z]+)(?:\((\d+)(?:,(\d+))?\))?`)

// roomOf says what a column of MySQL's type has room for: the server itself rounds and cuts off what comes.
func roomOf(typ string) table.Room {
	room := table.Room{Type: typ}
	m := declared.FindStringSubmatch(strings.ToLower(typ))
	if m == nil {
		return room
	}
	first, _ := strconv.Atoi(m[2]) // "" is 0
	second, _ := strconv.Atoi(m[3])
	switch m[1] {
	case "tinyint", "smallint", "mediumint", "int", "bigint", "year", "bit":
		room.Kind = table.RoomWhole
	case "decimal":
		room.Kind, room.Places = table.RoomDecimal, second
	case "float", "double":
		switch room.Kind = table.RoomDouble; {
		case m[3] != "":
			room.Kind, room.Places = table.RoomDecimal, second
		case m[1] == "float":
			room.Kind = table.RoomSingle
		}
	case "date":
		room.Kind = table.RoomDay
	case "datetime", "timestamp":
		room.Kind, room.Places, room.Zoneless = table.RoomMoment, first, m[1] == "datetime" // the session's TIMESTAMP is in UTC
	case "time":
		room.Kind, room.Places = table.RoomClock, first
	case "char":
		room.Kind = table.RoomBare
	}
	return room
}

// codingFor says how values of the engine's type are written for MySQL.
func codingFor(typ string) table.Coding {
	switch {
	case typ == "BLOB":
		return table.Hex
	case typ == "BOOLEAN":
		return table.Bit
	case typ == "TIMESTAMP WITH TIME ZONE":
		return table.UTC
	case table.Nested(typ):
		return table.JSON
	}
	return table.Plain
}
