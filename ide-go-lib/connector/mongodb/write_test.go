package mongodb_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/connectortest"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

func TestWrite(t *testing.T) {
	b, _, db := build(t)
	people := db.Collection("people")
	reset := func(t *testing.T) {
		t.Helper()
		b.T = t
		require.NoError(t, people.Drop(t.Context()))
		insert(t, people, `{"id": 1, "name": "Ada", "amount": 1.5, "more": {"a": 1}}`, `{"id": 2, "name": "Bob", "amount": null}`)
		_, err := people.Indexes().CreateOne(t.Context(), mongo.IndexModel{Keys: bson.D{{Key: "id", Value: 1}}, Options: options.Index().SetUnique(true)})
		require.NoError(t, err)
	}
	content := func(t *testing.T) string {
		t.Helper()
		got := read(t, b, connector.ReadRequest{Path: at("people"), Columns: []string{"id", "name", "amount"}, Documents: connector.Documents{Sort: `{"id": 1}`}})
		_, rows, _ := strings.Cut(got, "\n")
		return rows
	}
	const before = "1,Ada,1.5\n2,Bob,\n"
	stages := func(t *testing.T) {
		t.Helper()
		names, err := db.ListCollectionNames(t.Context(), bson.D{})
		require.NoError(t, err)
		for _, n := range names {
			require.False(t, strings.HasPrefix(n, "dataflow_"), n)
		}
	}

	t.Run("append", func(t *testing.T) {
		reset(t)
		out, e := b.Write(t.Context(), b.Table(columns, "3,\"Cy, 😀\n\",3.25\n4,\"\",\n"), connector.WriteRequest{Path: at("people"), Mode: connector.Append})
		require.Nil(t, e)
		require.Equal(t, int64(2), out.Rows)
		require.Equal(t, before+"3,\"Cy, 😀\n\",3.25\n4,\"\",\n", content(t))
	})

	t.Run("append takes back what it has added", func(t *testing.T) {
		reset(t)
		var text strings.Builder
		for i := range 2500 {
			fmt.Fprintf(&text, "%d,x,1\n", i+10)
		}
		_, e := b.Write(t.Context(), b.Table(columns, text.String()+"2,twice,2\n"), connector.WriteRequest{Path: at("people"), Mode: connector.Append})
		require.NotNil(t, e)
		require.Equal(t, connector.CodeUnique, e.Code, e)
		require.Equal(t, int64(2501), e.Details[0].Row)
		require.Contains(t, e.Hint, "Nothing was written.")
		require.Equal(t, before, content(t))
		_, e = b.Write(t.Context(), b.Table(columns, "9,x,1\n1,twice,2\n"), connector.WriteRequest{Path: at("new"), Mode: connector.Append})
		require.Equal(t, connector.CodeTable, e.Code)
		require.Contains(t, e.Hint, `"people"`)
	})

	t.Run("a collection that is made stays when others have written to it", func(t *testing.T) {
		b.T = t
		conn := connectortest.OpenAs[connector.Tables](b, nil)
		boom := errs.Invalid("boom", "The source broke.")
		ids := connectortest.Column("_id", "INTEGER", table.Plain).Column
		for name, c := range map[string]struct {
			req    connector.WriteRequest
			others bool
			want   int64
			hint   string
		}{
			"alone":       {connector.WriteRequest{Mode: connector.Append}, false, 0, "Nothing was written."},
			"others":      {connector.WriteRequest{Mode: connector.Append}, true, 1, "Nothing was written."},
			"upsert":      {connector.WriteRequest{Mode: connector.Upsert, Keys: []string{"id"}}, true, 2, "1 document had been written before and stay"},
			"ids of rows": {connector.WriteRequest{Mode: connector.Append, Columns: []table.Column{ids, columns[1].Column}}, true, 2, "1 document had been added before and stay"},
		} {
			made := db.Collection("made " + name)
			c.req.Path, c.req.Create, c.req.Rows = at(made.Name()), true, 1
			if c.req.Columns == nil {
				c.req.Columns = []table.Column{columns[0].Column, columns[1].Column}
			}
			c.req.Give = func(ctx context.Context, _ []table.StreamColumn, drain func(context.Context, io.Reader) error) (int64, error) {
				err := drain(ctx, strings.NewReader("7,x\n"))
				if c.others {
					insert(t, made, `{"id": "other", "name": "other"}`)
				}
				return 0, errors.Join(boom, err)
			}
			_, err := conn.Write(t.Context(), c.req)
			require.Equal(t, "boom", errs.From(err).Code, name)
			require.Contains(t, errs.From(err).Hint, c.hint, name)
			n, err := made.CountDocuments(t.Context(), bson.D{})
			require.NoError(t, err)
			require.Equal(t, c.want, n, name)
			names, err := db.ListCollectionNames(t.Context(), bson.D{{Key: "name", Value: made.Name()}})
			require.NoError(t, err)
			require.Equal(t, c.others, len(names) == 1, name)
		}
	})

	t.Run("append with ids", func(t *testing.T) {
		reset(t)
		ids := []table.StreamColumn{connectortest.Column("_id", "VARCHAR", table.Plain)}
		_, e := b.Write(t.Context(), b.Table(ids, "65a000000000000000000001\n65a000000000000000000001\n"), connector.WriteRequest{Path: at("people"), Mode: connector.Append, IDs: []string{"_id"}})
		require.Equal(t, connector.CodeUnique, e.Code, e)
		require.Contains(t, e.Hint, "1 document had been added before and stay")
		_, e = b.Write(t.Context(), b.Table(ids, "nothex\n"), connector.WriteRequest{Path: at("people"), Mode: connector.Append, IDs: []string{"_id"}})
		require.Equal(t, connector.CodeType, e.Code)
		require.Contains(t, e.Message, `row 1, column "_id"`)
		_, e = b.Write(t.Context(), b.Table(ids, "nothex\n"), connector.WriteRequest{Path: at("people"), Mode: connector.Append, Once: "x"})
		require.Equal(t, connector.CodeKeys, e.Code)
		_, e = b.Write(t.Context(), b.Table(ids, "nothex\n"), connector.WriteRequest{Path: at("people"), Mode: connector.Append})
		require.Nil(t, e, "a text, where nobody asks for an object id")
	})

	t.Run("once", func(t *testing.T) {
		reset(t)
		req := connector.WriteRequest{Path: at("people"), Mode: connector.Append, Once: "run:step"}
		rows := b.Table(columns, "3,Cy,3\n4,Di,4\n")
		for _, already := range []bool{false, true} {
			out, e := b.Write(t.Context(), rows, req)
			require.Nil(t, e)
			require.Equal(t, already, out.Already)
			require.Equal(t, int64(2), out.Rows)
			require.Equal(t, before+"3,Cy,3.0\n4,Di,4.0\n", content(t))
		}
		_, err := people.DeleteOne(t.Context(), bson.M{"id": 3}) // as if the first attempt had been cut off
		require.NoError(t, err)
		out, e := b.Write(t.Context(), rows, req)
		require.Nil(t, e)
		require.False(t, out.Already)
		require.Equal(t, before+"3,Cy,3.0\n4,Di,4.0\n", content(t))
	})

	t.Run("upsert", func(t *testing.T) {
		reset(t)
		req := connector.WriteRequest{Path: at("people"), Mode: connector.Upsert, Keys: []string{"id"}}
		for _, updated := range []int64{1, 2} { // again gives the same
			out, e := b.Write(t.Context(), b.Table(columns, "1,Adi,2\n3,Cy,3\n"), req)
			require.Nil(t, e)
			require.Equal(t, connector.Written{Rows: 2, Updated: updated, SQL: out.SQL}, out)
			require.Equal(t, "1,Adi,2.0\n2,Bob,\n3,Cy,3.0\n", content(t))
		}
		var ada bson.M
		require.NoError(t, people.FindOne(t.Context(), bson.M{"id": 1}).Decode(&ada))
		require.NotNil(t, ada["more"], "what does not come in stays")
		_, e := b.Write(t.Context(), b.Table(columns, ",x,1\n"), req)
		require.Equal(t, connector.CodeKeys, e.Code)
		require.Contains(t, e.Message, "row 1")
		require.Contains(t, e.Hint, "Nothing was written.")
		req.Keys = []string{"name"}
		_, e = b.Write(t.Context(), b.Table(columns, "1,x,1\n"), req)
		require.Equal(t, connector.CodeKeys, e.Code)
		require.Contains(t, e.Message, "no unique index")
		req.Keys = []string{"naame"}
		_, e = b.Write(t.Context(), b.Table(columns, "1,x,1\n"), req)
		require.Contains(t, e.Hint, `"name"`)
		out, e := b.Write(t.Context(), b.Table(columns[:1], "1\n9\n"), connector.WriteRequest{Path: at("people"), Mode: connector.Upsert, Keys: []string{"id"}})
		require.Nil(t, e, "a table of keys alone")
		require.Equal(t, int64(2), out.Rows)
		made := connector.WriteRequest{Path: at("made"), Mode: connector.Upsert, Keys: []string{"id"}, Create: true}
		for _, created := range []bool{true, false} {
			out, e = b.Write(t.Context(), b.Table(columns, "1,x,1\n"), made)
			require.Nil(t, e)
			require.Equal(t, created, out.Created)
		}
	})

	t.Run("delete", func(t *testing.T) {
		reset(t)
		wide := []table.StreamColumn{columns[0], connectortest.Column("a.reason", "VARCHAR", table.Plain)}
		for i := range 2 {
			out, e := b.Write(t.Context(), b.Table(wide, "2,left\n7,never there\n"), connector.WriteRequest{Path: at("people"), Mode: connector.Delete, Keys: []string{"id"}})
			require.Nil(t, e)
			require.Equal(t, connector.Written{Rows: 2, Removed: int64(1 - i), SQL: out.SQL}, out)
			require.Equal(t, "1,Ada,1.5\n", content(t))
		}
		_, e := b.Write(t.Context(), b.Table(columns, "1,x,1\n"), connector.WriteRequest{Path: at("people"), Mode: connector.Mirror, Keys: []string{"id"}})
		require.Equal(t, connector.CodeNoTransaction, e.Code)
		require.Equal(t, "1,Ada,1.5\n", content(t))
	})

	t.Run("replace and truncate", func(t *testing.T) {
		for _, mode := range []connector.Mode{connector.Replace, connector.Truncate} {
			reset(t)
			out, e := b.Write(t.Context(), b.Table(columns, "8,Hal,8\n9,Ida,\n"), connector.WriteRequest{Path: at("people"), Mode: mode})
			require.Nil(t, e)
			require.Equal(t, connector.Written{Rows: 2, Removed: 2, SQL: out.SQL}, out)
			require.Equal(t, "8,Hal,8.0\n9,Ida,\n", content(t))
			_, e = b.Write(t.Context(), b.Table(columns, "8,Hal,8\n"), connector.WriteRequest{Path: at("people"), Mode: connector.Append})
			require.Equal(t, connector.CodeUnique, e.Code, "the index is still there")
			_, e = b.Write(t.Context(), b.Table(columns, "8,Hal,8\n8,Hal,8\n"), connector.WriteRequest{Path: at("people"), Mode: mode})
			require.Equal(t, connector.CodeUnique, e.Code)
			require.Equal(t, int64(2), e.Details[0].Row)
			require.Equal(t, "8,Hal,8.0\n9,Ida,\n", content(t))
			stages(t)
		}
		out, e := b.Write(t.Context(), b.Table(columns, "8,Hal,8\n"), connector.WriteRequest{Path: at("fresh"), Mode: connector.Replace})
		require.Nil(t, e)
		require.True(t, out.Created)
	})

	t.Run("a write that fails", func(t *testing.T) {
		for _, mode := range []connector.Mode{connector.Append, connector.Truncate, connector.Upsert, connector.Replace} {
			reset(t)
			boom := errs.Invalid("boom", "The source broke.")
			conn := connectortest.OpenAs[connector.Tables](b, nil)
			write := func(give connector.Giver) error {
				_, err := conn.Write(t.Context(), connector.WriteRequest{Path: at("people"), Mode: mode, Keys: []string{"id"}, Columns: []table.Column{columns[0].Column, columns[1].Column}, Rows: 2, Give: give})
				return err
			}
			err := write(func(ctx context.Context, _ []table.StreamColumn, drain func(context.Context, io.Reader) error) (int64, error) {
				return 0, errors.Join(boom, drain(ctx, strings.NewReader("7,x\n")))
			})
			require.Equal(t, "boom", errs.From(err).Code)
			if mode != connector.Upsert {
				require.Equal(t, before, content(t), mode)
			} else {
				require.Contains(t, errs.From(err).Hint, "1 document had been written before")
			}
			reset(t)
			err = write(func(ctx context.Context, _ []table.StreamColumn, drain func(context.Context, io.Reader) error) (int64, error) {
				return 2, drain(ctx, strings.NewReader("7,x\n")) // one is lost
			})
			require.Equal(t, connector.CodeCount, errs.From(err).Code, err)
			if mode != connector.Upsert {
				require.Equal(t, before, content(t), mode)
			}
			ctx, cancel := context.WithCancel(t.Context())
			reset(t)
			_, err = conn.Write(ctx, connector.WriteRequest{
				Path: at("people"), Mode: mode, Keys: []string{"id"}, Columns: []table.Column{columns[0].Column}, Rows: 1500,
				Give: func(ctx context.Context, _ []table.StreamColumn, drain func(context.Context, io.Reader) error) (int64, error) {
					var text strings.Builder
					for i := range 1500 {
						fmt.Fprintf(&text, "%d\n", i+10)
					}
					cut, w := io.Pipe()
					go func() {
						_, _ = io.WriteString(w, text.String())
						cancel()
						_ = w.CloseWithError(ctx.Err())
					}()
					return 1500, drain(ctx, cut)
				},
			})
			require.Equal(t, "canceled", errs.From(err).Code, err)
			if mode != connector.Upsert {
				require.Equal(t, before, content(t), mode)
				require.Contains(t, errs.From(err).Hint, "Nothing was written.", mode)
			}
			stages(t)
		}
	})

	t.Run("names that fields cannot have", func(t *testing.T) {
		reset(t)
		for _, name := range []string{"a.b", "$a"} {
			_, e := b.Write(t.Context(), b.Table([]table.StreamColumn{connectortest.Column(name, "INTEGER", table.Plain)}, "1\n"), connector.WriteRequest{Path: at("people"), Mode: connector.Append})
			require.Equal(t, connector.CodeColumn, e.Code)
		}
	})

	t.Run("others' types", func(t *testing.T) {
		b.T = t
		rows := b.Table([]table.StreamColumn{
			connectortest.Column("id", "INTEGER", table.Plain), connectortest.Column("yes", "BOOLEAN", table.Plain), connectortest.Column("tz", "TIMESTAMP WITH TIME ZONE", table.Plain), connectortest.Column("day", "DATE", table.Plain),
			connectortest.Column("list", "VARCHAR[]", table.JSON), connectortest.Column("raw", "BLOB", table.Hex), connectortest.Column("u", "UUID", table.Plain), connectortest.Column("clock", "TIME", table.Plain), connectortest.Column("big", "UBIGINT", table.Plain),
		}, "1,true,2024-01-01 00:00:00.5+02,1969-07-20,\"[\"\"a\"\",null]\",00FF,00000000-0000-4000-8000-000000000001,12:30:00,7\n2,,,,,,,,\n")
		_, e := b.Write(t.Context(), rows, connector.WriteRequest{Path: at("others"), Mode: connector.Replace})
		require.Nil(t, e)
		var doc bson.M
		require.NoError(t, db.Collection("others").FindOne(t.Context(), bson.M{"id": 1}).Decode(&doc))
		delete(doc, "_id")
		day := func(text string) bson.DateTime {
			at, err := time.Parse(time.RFC3339Nano, text)
			require.NoError(t, err)
			return bson.NewDateTimeFromTime(at)
		}
		require.Equal(t, bson.M{
			"id": int32(1), "yes": true, "tz": day("2023-12-31T22:00:00.5Z"), "day": day("1969-07-20T00:00:00Z"), "list": bson.A{"a", nil}, "raw": bson.Binary{Data: []byte{0, 0xff}},
			"u": bson.Binary{Subtype: 4, Data: []byte{0, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 1}}, "clock": "12:30:00", "big": int64(7),
		}, doc)
		forever := b.Table([]table.StreamColumn{connectortest.Column("id", "INTEGER", table.Plain), connectortest.Column("d", "DATE", table.Plain)}, "1,2024-01-01\n2,infinity\n")
		_, e = b.Write(t.Context(), forever, connector.WriteRequest{Path: at("people"), Mode: connector.Append})
		require.Equal(t, connector.CodeType, e.Code)
		require.Contains(t, e.Message, `row 2, column "d"`)
		require.Equal(t, before, content(t))
	})
}
