package mongodb

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"dataflow/ide-go-lib/pattern"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/rowtext"
)

var decimal = pattern.Of(`^DECIMAL\(`)

// significant is how many digits a decimal of MongoDB has.
const significant = 34

// codingFor says how values of the engine's type are to come.
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

// converter makes a value of MongoDB of one of the engine's.
type converter func(text string) (any, error)

func converterFor(c table.Column, ids []string) converter {
	switch typ := c.Type; {
	case typ == "VARCHAR" && slices.Contains(ids, c.Name):
		return func(text string) (any, error) {
			id, err := bson.ObjectIDFromHex(text)
			if err != nil {
				return nil, fmt.Errorf("%q is no object id of 24 hexadecimal digits", text)
			}
			return id, nil
		}
	case slices.Contains([]string{"TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT"}, typ):
		return func(text string) (any, error) {
			n, err := strconv.ParseInt(text, 10, 32)
			return int32(n), err
		}
	case slices.Contains([]string{"BIGINT", "UINTEGER", "UBIGINT", "HUGEINT", "UHUGEINT"}, typ):
		return whole
	case decimal.MatchString(typ):
		return toDecimal
	case typ == "FLOAT", typ == "DOUBLE":
		return func(text string) (any, error) { return strconv.ParseFloat(text, 64) }
	case typ == "BOOLEAN":
		return func(text string) (any, error) { return text == "1", nil }
	case typ == "DATE", strings.HasPrefix(typ, "TIMESTAMP"):
		return toTime
	case typ == "BLOB":
		return func(text string) (any, error) {
			data, err := hex.DecodeString(text)
			return bson.Binary{Data: data}, err
		}
	case typ == "UUID":
		return func(text string) (any, error) {
			data, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
			return bson.Binary{Subtype: bson.TypeBinaryUUID, Data: data}, err
		}
	case typ == "JSON", table.Nested(typ):
		return fromJSON
	}
	return func(text string) (any, error) { return text, nil }
}

// whole keeps every digit: beyond 64 bits as a decimal.
func whole(text string) (any, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, nil
	}
	return toDecimal(text)
}

func toDecimal(text string) (any, error) {
	digits := strings.TrimLeft(strings.NewReplacer("-", "", ".", "").Replace(text), "0")
	if len(digits) > significant {
		return nil, tooManyDigits(text)
	}
	return bson.ParseDecimal128(text)
}

func tooManyDigits(text string) error {
	return fmt.Errorf("%s has more than the %d digits that MongoDB keeps", text, significant)
}

// roomFor is what a document keeps of a column's values: times to the millisecond.
func roomFor(typ string) table.Room {
	if !strings.HasPrefix(typ, "TIMESTAMP") || table.Nested(typ) {
		return table.Room{}
	}
	return table.Room{Kind: table.RoomMoment, Places: 3, Type: "date"}
}

// toTime reads a time, in UTC.
func toTime(text string) (any, error) {
	for _, layout := range []string{"2006-01-02 15:04:05.999999999", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return bson.NewDateTimeFromTime(t), nil
		}
	}
	return nil, fmt.Errorf("%q is no time that MongoDB can keep", text)
}

// fromJSON reads Extended JSON, so that what was read from MongoDB is written as it was.
func fromJSON(text string) (any, error) {
	exact, err := exactNumbers(text)
	if err != nil {
		return nil, err
	}
	var in bson.D
	if err := bson.UnmarshalExtJSON([]byte(`{"v":`+exact+`}`), false, &in); err != nil || len(in) != 1 {
		return nil, errors.Join(fmt.Errorf("%q is no JSON that MongoDB can keep", text), err)
	}
	return in[0].Value, nil
}

// row makes a document of a row.
func (w *writing) document(fields []rowtext.Field) (bson.D, string, error) {
	doc := make(bson.D, len(fields))
	for i, f := range fields {
		name := w.req.Columns[i].Name
		doc[i].Key = name
		if f.Null {
			continue
		}
		v, err := w.convert[i](string(f.Text))
		if err != nil {
			return nil, name, err
		}
		doc[i].Value = v
	}
	return doc, "", nil
}
