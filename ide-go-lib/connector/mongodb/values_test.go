package mongodb

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
)

// The digits of numbers within JSON are kept, or it is said that they cannot be.
func TestDigitsWithinJSON(t *testing.T) {
	for text, want := range map[string]string{
		`1`:                         `{"$numberInt":"1"}`,
		`-9223372036854775808`:      `{"$numberLong":"-9223372036854775808"}`,
		`9223372036854775808`:       `{"$numberDecimal":"9223372036854775808"}`,
		`0.1`:                       `{"$numberDouble":"0.1"}`,
		`-1.50`:                     `{"$numberDouble":"-1.5"}`,
		`123456789012345680.0`:      `{"$numberDouble":"1.2345678901234568E+17"}`,
		`1E-7`:                      `{"$numberDouble":"1E-07"}`,
		`0.12345678901234567890`:    `{"$numberDecimal":"0.12345678901234567890"}`,
		`-1e400`:                    `{"$numberDecimal":"-1E+400"}`,
		`[NaN, -Infinity]`:          `[{"$numberDouble":"NaN"},{"$numberDouble":"-Infinity"}]`,
		`"12345678901234567890"`:    `"12345678901234567890"`,
		`"\" 12345678901234567890"`: `"\" 12345678901234567890"`,
		`{"98765432109876543210" :98765432109876543210 , "b":{"c": null, "d": true}}`: `{"98765432109876543210":{"$numberDecimal":"98765432109876543210"},"b":{"c":null,"d":true}}`,
		`{"$date": {"$numberLong": "1704067200000"}}`:                                 `{"$date":{"$numberLong":"1704067200000"}}`,
	} {
		v, err := fromJSON(text)
		require.NoError(t, err, text)
		got, err := bson.MarshalExtJSON(bson.D{{Key: "v", Value: v}}, true, false)
		require.NoError(t, err, text)
		require.Equal(t, `{"v":`+want+`}`, string(got), text)
	}
	for _, text := range []string{`12345678901234567890123456789012345`, `[0.12345678901234567890123456789012345]`, `1e9999`, `[1`, `-`, `"`, `"\`} {
		_, err := fromJSON(text)
		require.Error(t, err, text)
	}
}
