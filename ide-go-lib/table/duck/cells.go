package duck

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// cells gives, for each column, the SQL that makes its values texts for cellJSON: DuckDB's own rendering is exact for
// every type.
func cells(columns []table.Column) []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		name := sqltext.Quote(c.Name)
		switch {
		case table.Nested(c.Type):
			out[i] = "CAST(to_json(" + name + ") AS VARCHAR)"
		case c.Type == "BLOB":
			out[i] = "base64(" + name + ")"
		default:
			out[i] = "CAST(" + name + " AS VARCHAR)"
		}
	}
	return out
}

// textCell takes a value as text, which is nil for null alone: sql.RawBytes makes nil of an empty text, too.
type textCell struct{ text, buffer []byte }

// Scan implements sql.Scanner.
func (c *textCell) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		c.text = nil
		return nil
	case string:
		c.buffer = append(c.buffer[:0], v...)
	case []byte:
		c.buffer = append(c.buffer[:0], v...)
	default:
		return fmt.Errorf("a %T is no text", src)
	}
	if c.buffer == nil {
		c.buffer = []byte{}
	}
	c.text = c.buffer
	return nil
}

// textCells gives what the texts of a row are scanned into.
func textCells(n int) (values []textCell, dest []any) {
	values, dest = make([]textCell, n), make([]any, n)
	for i := range values {
		dest[i] = &values[i]
	}
	return values, dest
}

// rows runs a query over cells and gives each row as a JSON array.
func (s *session) rows(ctx context.Context, text string, args []any, columns []table.Column) ([]json.RawMessage, error) {
	out := []json.RawMessage{}
	values, dest := textCells(len(columns))
	var b bytes.Buffer
	err := s.query(ctx, text, args, dest, func() error {
		b.Reset()
		b.WriteByte('[')
		for i, v := range values {
			if i > 0 {
				b.WriteByte(',')
			}
			writeCell(&b, columns[i].Type, v.text)
		}
		b.WriteByte(']')
		out = append(out, bytes.Clone(b.Bytes()))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// writeCell appends one value: numbers as numbers where JavaScript can hold them exactly, else as texts.
func writeCell(b *bytes.Buffer, typ string, v []byte) {
	switch {
	case v == nil:
		b.WriteString("null")
	case typ == "BOOLEAN":
		b.Write(v)
	case typ == "JSON", table.Nested(typ):
		writeNested(b, v)
	case numeric(typ):
		writeNumber(b, v)
	case strings.HasPrefix(typ, "TIMESTAMP"):
		writeText(b, isoTimestamp(string(v)))
	default:
		writeText(b, string(v))
	}
}

func numeric(typ string) bool {
	switch typ {
	case "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT", "UHUGEINT", "FLOAT", "DOUBLE":
		return true
	}
	return strings.HasPrefix(typ, "DECIMAL")
}

const maxExact = 1 << 53

// writeNumber quotes integers beyond 2^53, decimals of more than 15 digits, and what JSON has no number for.
func writeNumber(b *bytes.Buffer, v []byte) {
	text := string(v)
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		if -maxExact <= n && n <= maxExact {
			b.Write(v)
		} else {
			writeText(b, text)
		}
		return
	}
	switch text {
	case "nan", "-nan":
		text = "NaN"
	case "inf":
		text = "Infinity"
	case "-inf":
		text = "-Infinity"
	default:
		if json.Valid(v) && (strings.ContainsAny(text, "eE") || digits(text) <= 15 || isDouble(text)) {
			b.Write(v)
			return
		}
	}
	writeText(b, text)
}

func digits(text string) int {
	n := 0
	for _, c := range strings.TrimLeft(text, "-0.") {
		if c >= '0' && c <= '9' {
			n++
		}
	}
	return n
}

// isDouble says whether text is the shortest form of some float64, which then loses nothing.
func isDouble(text string) bool {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return false
	}
	short := strconv.FormatFloat(f, 'f', -1, 64)
	return short == text || short+".0" == text
}

// isoTimestamp turns DuckDB's "2024-01-02 03:04:05+00" into "2024-01-02T03:04:05Z".
func isoTimestamp(text string) string {
	date, clock, ok := strings.Cut(text, " ")
	if !ok {
		return text // infinity
	}
	if utc, ok := strings.CutSuffix(clock, "+00"); ok {
		clock = utc + "Z"
	}
	return date + "T" + clock
}

func writeText(b *bytes.Buffer, text string) {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(text)    // a string always encodes
	b.Truncate(b.Len() - 1) // the encoder's new line
}

// writeNested copies JSON, quoting the numbers that JavaScript would round; DuckDB writes NaN and Infinity as they are.
func writeNested(b *bytes.Buffer, v []byte) {
	for i := 0; i < len(v); {
		c := v[i]
		switch {
		case c == '"':
			end := i + 1
			for end < len(v) && v[end] != '"' {
				if v[end] == '\\' {
					end++
				}
				end++
			}
			end = min(end+1, len(v))
			b.Write(v[i:end])
			i = end
		case c == '-' || c >= '0' && c <= '9' || c == 'N' || c == 'I' || c == 'n' && bytes.HasPrefix(v[i:], []byte("nan")) || c == 'i':
			end := i + 1
			for end < len(v) && bytes.IndexByte([]byte(",]}: \n\t"), v[end]) < 0 {
				end++
			}
			writeNumber(b, bytes.ReplaceAll(bytes.ReplaceAll(v[i:end], []byte("Infinity"), []byte("inf")), []byte("NaN"), []byte("nan")))
			i = end
		default:
			b.WriteByte(c)
			i++
		}
	}
}
