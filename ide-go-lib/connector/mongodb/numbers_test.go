package mongodb_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/connectortest"
	"dataflow/ide-go-lib/table"
)

// A document keeps times to the millisecond: others are rounded with a warning, and never within a key.
func TestTimesFinerThanMilliseconds(t *testing.T) {
	b, _, db := build(t)
	columns := []table.StreamColumn{connectortest.Column("at", "TIMESTAMP", table.Plain), connectortest.Column("v", "TIMESTAMP WITH TIME ZONE", table.Plain)}
	timed := db.Collection("timed")
	_, err := timed.Indexes().CreateOne(t.Context(), mongo.IndexModel{Keys: bson.D{{Key: "at", Value: 1}}, Options: options.Index().SetUnique(true)})
	require.NoError(t, err)
	insert(t, timed, `{"_id": 1, "at": {"$date": "2024-01-01T08:00:00.123Z"}, "v": null}`)
	held := func() string {
		return read(t, b, connector.ReadRequest{Path: at("timed"), Columns: []string{"at", "v"}, Documents: connector.Documents{Sort: `{"at": 1}`}})
	}
	before := held()
	for _, b.Rounding = range []table.Rounding{table.RoundInexact, table.RoundAllow, table.RoundRefuse} {
		for _, mode := range []connector.Mode{connector.Upsert, connector.Delete} {
			_, e := b.Write(t.Context(), b.Table(columns, "2024-01-01 08:00:00.123456,\n"), connector.WriteRequest{Path: at("timed"), Mode: mode, Keys: []string{"at"}})
			require.NotNil(t, e, "%s %s", mode, b.Rounding)
			require.Equal(t, connector.CodeType, e.Code, "%v", e)
			require.Contains(t, e.Hint, "A key is not rounded in any case")
			require.Equal(t, before, held())
		}
	}
	req := connector.WriteRequest{Path: at("timed"), Mode: connector.Upsert, Keys: []string{"at"}}
	rows := b.Table(columns, "2024-01-01 08:00:00.123,2024-01-01 00:00:00.2509+00\n")
	_, e := b.Write(t.Context(), rows, req)
	require.NotNil(t, e, "nothing is to be rounded")
	require.Equal(t, before, held())
	b.Rounding = table.RoundInexact
	_, e = b.Write(t.Context(), rows, req)
	require.Nil(t, e, "%v", e)
	require.Equal(t, "at TIMESTAMP WITH TIME ZONE, v TIMESTAMP WITH TIME ZONE\n2024-01-01 08:00:00.123+00,2024-01-01 00:00:00.25+00\n", held())
}

// A number that MongoDB has no place for is named with its row.
func TestNumbersWithoutPlace(t *testing.T) {
	b, _, _ := build(t)
	columns := []table.StreamColumn{connectortest.Column("id", "INTEGER", table.Plain), connectortest.Column("v", "JSON", table.Plain)}
	_, e := b.Write(t.Context(), b.Table(columns, "1,[0.1]\n2,[1234567890123456789012345678901234567]\n"), connector.WriteRequest{Path: at("digits"), Mode: connector.Replace})
	require.NotNil(t, e)
	require.Equal(t, `A value in row 2, column "v" does not fit: 1234567890123456789012345678901234567 has more than the 34 digits that MongoDB keeps.`, e.Message)
}
