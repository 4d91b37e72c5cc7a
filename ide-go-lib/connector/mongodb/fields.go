package mongodb

import (
	"fmt"
	"math"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// kind is what a field holds in one document.
type kind uint16

const (
	isBool kind = 1 << iota
	isInt
	isLong
	isDouble
	isDecimal
	isText
	isTime
	isID
	isUUID
	isBytes
	isOther // kept as JSON
)

var kindNames = []string{"bool", "int", "long", "double", "decimal", "string", "date", "objectId", "uuid", "binData", "object"}

// shape is what a field holds in all documents that were seen.
type shape struct {
	kinds  kind
	inside bool // every whole number is one that a DOUBLE holds
	digits int  // of decimals, in front of the point
	scale  int  // of decimals, behind it
}

// fields are those of all documents that were seen, in the order in which they were first seen.
type fields struct {
	names  []string
	shapes []shape
	at     map[string]int
	seen   int64
}

// mostFields is up to how many different fields documents make a table.
const mostFields = 2000

// exactDouble is the greatest whole number up to which a DOUBLE holds all.
const exactDouble = 1 << 53

// mostDigits is how many a DECIMAL has.
const mostDigits = 38

func newFields() *fields { return &fields{at: map[string]int{}} }

func (f *fields) see(doc bson.Raw) error {
	elements, err := doc.Elements()
	if err != nil {
		return fmt.Errorf("a document of the server is broken: %w", err)
	}
	f.seen++
	for _, e := range elements {
		name := e.Key()
		i, known := f.at[name]
		if !known {
			if len(f.names) == mostFields {
				return errs.Invalid(connector.CodeColumn, "The documents have more than %d different fields.", mostFields).
					WithHint("Read only some of them with a projection, or turn what differs into a list with $objectToArray in a pipeline.")
			}
			i = len(f.names)
			f.at[name] = i
			f.names, f.shapes = append(f.names, name), append(f.shapes, shape{inside: true})
		}
		f.shapes[i].see(e.Value())
	}
	return nil
}

func (s *shape) see(v bson.RawValue) {
	switch k := kindOf(v); k {
	case 0:
	case isLong, isInt:
		s.kinds |= k
		n := v.AsInt64()
		s.inside = s.inside && n >= -exactDouble && n <= exactDouble
		s.digits = max(s.digits, len(strings.TrimPrefix(fmt.Sprint(n), "-")))
	case isDecimal:
		digits, scale, ok := places(v.Decimal128())
		if !ok {
			s.kinds |= isOther
			return
		}
		s.kinds |= k
		s.digits, s.scale = max(s.digits, digits), max(s.scale, scale)
	default:
		s.kinds |= k
	}
}

// kindOf tells what a value is; 0 is nothing.
func kindOf(v bson.RawValue) kind {
	switch v.Type {
	case bson.TypeNull:
		return 0
	case bson.TypeBoolean:
		return isBool
	case bson.TypeInt32:
		return isInt
	case bson.TypeInt64:
		return isLong
	case bson.TypeDouble:
		return isDouble
	case bson.TypeDecimal128:
		return isDecimal
	case bson.TypeString:
		return isText
	case bson.TypeDateTime:
		if t := time.UnixMilli(v.DateTime()).UTC(); t.Year() >= 1 && t.Year() <= 9999 {
			return isTime
		}
	case bson.TypeObjectID:
		return isID
	case bson.TypeBinary:
		subtype, data := v.Binary()
		switch {
		case subtype == bson.TypeBinaryUUID && len(data) == 16:
			return isUUID
		case subtype == bson.TypeBinaryGeneric:
			return isBytes
		}
	}
	return isOther
}

// places counts the digits of a decimal in front of its point and behind it. False is one that a DECIMAL cannot be, such as infinity.
func places(d bson.Decimal128) (digits, scale int, ok bool) {
	if d.IsNaN() || d.IsInf() != 0 {
		return 0, 0, false
	}
	n, exp, err := d.BigInt()
	if err != nil {
		return 0, 0, false
	}
	length := len(strings.TrimPrefix(n.String(), "-"))
	if exp >= 0 {
		digits = length + exp
	} else {
		scale = -exp
		digits = max(length-scale, 0)
	}
	return digits, scale, digits+scale <= mostDigits
}

// column gives the type that keeps all that was seen. What has no common type is kept as JSON, in which each value says
// what it is.
func (s shape) column(name string) table.StreamColumn {
	typ, coding := s.typ()
	return table.StreamColumn{Column: table.Column{Name: name, Type: typ}, Coding: coding}
}

func (s shape) typ() (string, table.Coding) {
	const whole = isInt | isLong
	switch k := s.kinds; {
	case k == 0, k == isText, k == isID:
		return "VARCHAR", table.Plain
	case k == isBool:
		return "BOOLEAN", table.Plain
	case k == isInt:
		return "INTEGER", table.Plain
	case k&^whole == 0:
		return "BIGINT", table.Plain
	case k&^(whole|isDouble) == 0 && s.inside:
		return "DOUBLE", table.Plain
	case k&^(whole|isDecimal) == 0 && s.digits+s.scale <= mostDigits:
		return fmt.Sprintf("DECIMAL(%d,%d)", mostDigits, s.scale), table.Plain
	case k == isTime:
		return "TIMESTAMP WITH TIME ZONE", table.Plain
	case k == isUUID:
		return "UUID", table.Plain
	case k == isBytes:
		return "BLOB", table.Hex
	}
	return "JSON", table.JSON
}

// called names for people what a field holds.
func (s shape) called() string {
	var names []string
	for i, name := range kindNames {
		if s.kinds&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	if names == nil {
		return "null"
	}
	return strings.Join(names, " | ")
}

// special gives numbers that are none as the engine writes them.
func special(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	return ""
}
