package mongodb

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/rowtext"
)

func decimalOf(t require.TestingT, text string) bson.Decimal128 {
	d, err := bson.ParseDecimal128(text)
	require.NoError(t, err)
	return d
}

// column gives the type that values make of a field, and the text of each.
func column(t require.TestingT, values ...any) (typ string, rows string) {
	found := newFields()
	docs := make([]bson.Raw, len(values))
	for i, v := range values {
		raw, err := bson.Marshal(bson.D{{Key: "v", Value: v}})
		require.NoError(t, err)
		docs[i] = raw
		require.NoError(t, found.see(raw))
	}
	c := found.shapes[0].column("v")
	var out bytes.Buffer
	w := rowtext.NewWriter(&out, []string{"v"})
	for _, doc := range docs {
		require.NoError(t, put(w, c, doc.Lookup("v")))
		require.NoError(t, w.End())
	}
	require.NoError(t, w.Close())
	return c.Type, out.String()
}

// What the server of the other tests does not keep.
func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		values []any
		typ    string
		rows   string
	}{
		{[]any{decimalOf(t, "1.50"), decimalOf(t, "-0.001"), decimalOf(t, "12E3"), int64(7)}, "DECIMAL(38,3)", "1.50\n-0.001\n12000\n7\n"},
		{[]any{decimalOf(t, "0"), decimalOf(t, "0E-2")}, "DECIMAL(38,2)", "0\n0.00\n"},
		{[]any{decimalOf(t, "NaN"), decimalOf(t, "1")}, "JSON", "\"{\"\"$numberDecimal\"\":\"\"NaN\"\"}\"\n\"{\"\"$numberDecimal\"\":\"\"1\"\"}\"\n"},
		{[]any{decimalOf(t, "1E40")}, "JSON", "\"{\"\"$numberDecimal\"\":\"\"1E+40\"\"}\"\n"},
		{[]any{decimalOf(t, "1.1"), 1.1}, "JSON", "\"{\"\"$numberDecimal\"\":\"\"1.1\"\"}\"\n\"1.1\"\n"},
		{[]any{math.NaN(), math.Inf(1), math.Inf(-1), int32(3)}, "DOUBLE", "NaN\nInfinity\n-Infinity\n3\n"},
		{[]any{int32(1), int64(math.MinInt64)}, "BIGINT", "1\n-9223372036854775808\n"},
		{[]any{bson.MinKey{}, bson.Timestamp{T: 5, I: 6}}, "JSON", "\"{\"\"$minKey\"\":1}\"\n\"{\"\"$timestamp\"\":{\"\"t\"\":5,\"\"i\"\":6}}\"\n"},
	} {
		typ, rows := column(t, c.values...)
		require.Equal(t, c.typ, typ, c.values)
		require.Equal(t, c.rows, rows, c.values)
	}
}

// What is read is written again as it was, as far as its type goes through a table.
func TestThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := rapid.OneOf(
			rapid.Map(rapid.Int64(), func(n int64) any { return n }), rapid.Map(rapid.Int32(), func(n int32) any { return n }),
			rapid.Map(rapid.StringMatching(`[a-z"\\{}é ]*`), func(s string) any { return s }), rapid.Map(rapid.Bool(), func(b bool) any { return b }),
			rapid.Just(any(nil)), rapid.Map(rapid.Float64(), func(f float64) any { return f }),
			rapid.Map(rapid.Int64Range(-1e14, 1e14), func(n int64) any { return bson.DateTime(n) }),
			rapid.Map(rapid.SliceOfN(rapid.Byte(), 12, 12), func(b []byte) any { return bson.ObjectID(b) }),
			rapid.Map(rapid.SliceOf(rapid.StringMatching(`[a-z]*`)), func(list []string) any {
				out := bson.A{}
				for _, s := range list {
					out = append(out, bson.D{{Key: "s", Value: s}})
				}
				return out
			}),
		)
		values := rapid.SliceOfN(draw, 1, 4).Draw(t, "values")
		typ, text := column(t, values...)
		if typ != "JSON" {
			return
		}
		for r, i := rowtext.NewReader(bytes.NewReader([]byte(text))), 0; i < len(values); i++ {
			fields, err := r.Next()
			require.NoError(t, err)
			if fields[0].Null {
				require.Nil(t, values[i])
				continue
			}
			require.True(t, json.Valid(fields[0].Text), string(fields[0].Text))
			back, err := fromJSON(string(fields[0].Text))
			require.NoError(t, err)
			if n, small := values[i].(int64); small && n == int64(int32(n)) {
				require.Equal(t, int32(n), back, "JSON has one kind of whole numbers")
				continue
			}
			require.Equal(t, values[i], back)
		}
	})
}

func TestDecimalsThatAreWritten(t *testing.T) {
	for text, want := range map[string]string{"1.50": "1.50", "-0.01": "-0.01", "1234567890123456789012345678901234": "1234567890123456789012345678901234"} {
		d, err := converterFor(table.Column{Name: "v", Type: "DECIMAL(38,2)"}, nil)(text)
		require.NoError(t, err)
		require.Equal(t, want, d.(bson.Decimal128).String())
	}
	_, err := converterFor(table.Column{Name: "v", Type: "DECIMAL(38,0)"}, nil)("12345678901234567890123456789012345")
	require.ErrorContains(t, err, "34 digits")
	n, err := converterFor(table.Column{Name: "v", Type: "UBIGINT"}, nil)("18446744073709551615")
	require.NoError(t, err)
	require.Equal(t, "18446744073709551615", n.(bson.Decimal128).String())
}
