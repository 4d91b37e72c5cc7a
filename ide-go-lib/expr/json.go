package expr

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"dataflow/ide-go-lib/table"
)

const maxNesting = 1000

// AppendJSON appends the JSON of a value that an evaluation gave. Numbers that JSON does not have are errors.
func AppendJSON(dst []byte, v any) ([]byte, error) { return appendJSON(dst, v, &budget{}, 0) }

func jsonText(b *budget, v any) (string, error) {
	out, err := appendJSON(nil, v, b, 0)
	return string(out), err
}

func appendJSON(dst []byte, v any, b *budget, depth int) ([]byte, error) {
	if depth > maxNesting {
		return nil, limitError("a value is nested too deep")
	}
	before := len(dst)
	var err error
	switch v := v.(type) {
	case nil:
		dst = append(dst, "null"...)
	case bool:
		dst = strconv.AppendBool(dst, v)
	case int:
		dst = strconv.AppendInt(dst, int64(v), 10)
	case int64:
		dst = strconv.AppendInt(dst, v, 10)
	case float64:
		dst, err = appendFloat(dst, v)
	case string:
		dst = appendString(dst, v)
	case json.Number:
		dst = append(dst, v...)
	case json.RawMessage:
		dst = append(dst, v...)
	case time.Time:
		dst = append(dst, '"')
		dst = v.AppendFormat(dst, time.RFC3339Nano)
		dst = append(dst, '"')
	case time.Duration:
		dst = appendString(dst, v.String())
	case []any:
		return appendList(dst, len(v), func(i int) any { return v[i] }, b, depth)
	case map[string]any:
		return appendObject(dst, v, b, depth)
	case table.SQL:
		return appendSQL(dst, v, b, depth)
	default:
		return appendOther(dst, v, b, depth)
	}
	if err == nil {
		err = b.grow(len(dst) - before)
	}
	return dst, err
}

func appendList(dst []byte, n int, at func(int) any, b *budget, depth int) ([]byte, error) {
	if err := b.step(1 + n/16); err != nil {
		return nil, err
	}
	dst = append(dst, '[')
	for i := range n {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = appendJSON(dst, at(i), b, depth+1); err != nil {
			return nil, err
		}
	}
	return append(dst, ']'), b.grow(2)
}

func appendObject(dst []byte, m map[string]any, b *budget, depth int) ([]byte, error) {
	dst = append(dst, '{')
	var few [16]string
	keys := few[:0]
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for i, k := range keys {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, k)
		dst = append(dst, ':')
		var err error
		if dst, err = appendJSON(dst, m[k], b, depth+1); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), b.grow(2)
}

func appendSQL(dst []byte, s table.SQL, b *budget, depth int) ([]byte, error) {
	if len(s.Args) == 0 {
		return appendString(dst, s.Text), nil
	}
	dst = append(dst, `{"$sql":`...)
	dst = appendString(dst, s.Text)
	dst = append(dst, `,"args":`...)
	dst, err := appendList(dst, len(s.Args), func(i int) any { return s.Args[i] }, b, depth)
	return append(dst, '}'), err
}

// appendOther takes the further types that the language makes, such as lists of integers and mappings by any key.
func appendOther(dst []byte, v any, b *budget, depth int) ([]byte, error) {
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Slice, reflect.Array:
		return appendList(dst, r.Len(), func(i int) any { return r.Index(i).Interface() }, b, depth)
	case reflect.Map:
		m := make(map[string]any, r.Len())
		for _, k := range r.MapKeys() {
			key, err := appendText(nil, k.Interface(), b)
			if err != nil {
				return nil, err
			}
			m[string(key)] = r.MapIndex(k).Interface()
		}
		return appendObject(dst, m, b, depth)
	case reflect.Int8, reflect.Int16, reflect.Int32:
		return strconv.AppendInt(dst, r.Int(), 10), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.AppendUint(dst, r.Uint(), 10), nil
	case reflect.Float32:
		return appendFloat(dst, r.Float())
	}
	return nil, fmt.Errorf("a result of type %s cannot be kept as JSON; add what is to become of it, such as () behind a function", kindOf(v))
}

func appendFloat(dst []byte, f float64) ([]byte, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, errors.New("the result is not a finite number (a division by zero?)")
	}
	format := byte('f')
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(dst, f, format, -1, 64), nil
}

const hexDigits = "0123456789abcdef"

func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				dst = append(append(dst, s[start:i]...), "\ufffd"...)
				start = i + 1
			}
			i += size
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		dst = append(dst, s[start:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\r':
			dst = append(dst, '\\', 'r')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		start = i
	}
	return append(append(dst, s[start:]...), '"')
}

// appendText writes a value into a text: texts as they are, null as nothing, lists and objects as JSON.
func appendText(dst []byte, v any, b *budget) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return dst, nil
	case string:
		return append(dst, v...), b.grow(len(v))
	case time.Time:
		return v.AppendFormat(dst, time.RFC3339Nano), nil
	case time.Duration:
		return append(dst, v.String()...), nil
	}
	return appendJSON(dst, v, b, 0)
}

func asFloat(v any) (float64, bool) {
	switch v := v.(type) {
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	}
	return 0, false
}

// kindOf names the kind of a value as users know it.
func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case int, int64:
		return "integer"
	case float64:
		return "number"
	case json.Number:
		return "integer beyond 64 bits"
	case string:
		return "text"
	case []any, []int, []string:
		return "array"
	case map[string]any:
		return "object"
	case time.Time:
		return "date"
	case time.Duration:
		return "duration"
	}
	switch reflect.ValueOf(v).Kind() {
	case reflect.Func:
		return "function"
	case reflect.Slice:
		return "array"
	case reflect.Map:
		return "object"
	}
	return "other"
}

// Equal compares two values deeply as the language's == does: 1 and 1.0 are equal.
func Equal(x, y any) (bool, error) { return equal(&budget{ctx: context.Background()}, x, y) }
