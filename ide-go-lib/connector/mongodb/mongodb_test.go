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
	"dataflow/ide-go-lib/connector/mongodb"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/testkit"
	"dataflow/ide-go-lib/testkit/mongoserver"
)

// build gives a bench for a server, and the database beside the connection.
func build(t *testing.T) (*connectortest.Bench, *mongoserver.Server, *mongo.Database) {
	t.Helper()
	s := mongoserver.Start(t)
	b := connectortest.New(t, mongodb.Type(), map[string]any{
		"host": s.Host, "port": s.Port, "database": "shop", "user": s.User, "password": s.Password, "tls": "off",
	})
	client, err := mongo.Connect(options.Client().SetHosts([]string{fmt.Sprintf("%s:%d", s.Host, s.Port)}).SetDirect(true).
		SetAuth(options.Credential{Username: s.User, Password: s.Password}))
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	return b, s, client.Database("shop")
}

func insert(t *testing.T, to *mongo.Collection, docs ...string) {
	t.Helper()
	for _, text := range docs {
		var doc bson.D
		require.NoError(t, bson.UnmarshalExtJSON([]byte(text), false, &doc), text)
		_, err := to.InsertOne(t.Context(), doc)
		require.NoError(t, err)
	}
}

func at(name string) connector.Path { return connector.Path{Table: name} }

// read gives what is read as text, below the names and types of its columns.
func read(t *testing.T, b *connectortest.Bench, req connector.ReadRequest) string {
	t.Helper()
	b.T = t
	got, e := b.Read(t.Context(), req)
	require.Nil(t, e)
	heads := make([]string, len(got.Meta.Columns))
	for i, c := range got.Meta.Columns {
		heads[i] = c.Name + " " + c.Type
	}
	return strings.Join(heads, ", ") + "\n" + b.Text(got)
}

func TestConnect(t *testing.T) {
	b, s, _ := build(t)
	for name, c := range map[string]struct {
		with          map[string]any
		code, message string
	}{
		"works":         {nil, "", "no collections yet"},
		"TLS":           {map[string]any{"port": s.TLSPort, "tls": "verify", "ca": s.CA}, "", "MongoDB"},
		"encrypt":       {map[string]any{"port": s.TLSPort, "tls": "encrypt"}, "", "MongoDB"},
		"authority":     {map[string]any{"port": s.TLSPort, "tls": "verify"}, connector.CodeTLS, "not signed by anybody known"},
		"bad authority": {map[string]any{"tls": "verify", "ca": "x"}, connector.CodeInvalid, "not valid"},
		"no TLS there":  {map[string]any{"tls": "encrypt"}, connector.CodeTLS, "offers no TLS"},
		"password":      {map[string]any{"password": "wrong"}, connector.CodeLogin, `refuses the user "dataflow"`},
		"user":          {map[string]any{"user": "nobody"}, connector.CodeLogin, `refuses the user "nobody"`},
		"no user":       {map[string]any{"user": "", "password": ""}, connector.CodePermission, "wants a login"},
		"host":          {map[string]any{"host": "no-such-host.invalid"}, connector.CodeHostUnknown, `"no-such-host.invalid"`},
		"port":          {map[string]any{"port": testkit.FreePort(t)}, connector.CodeRefused, "Nothing listens"},
		"address":       {map[string]any{"host": "10.1.2.3"}, "address_refused", "10.1.2.3"},
		"set":           {map[string]any{"replica_set": "rs0", "connect_seconds": 1}, connector.CodeRefused, `replica set "rs0"`},
	} {
		version, e := b.Try(t.Context(), c.with)
		if c.code == "" {
			require.Nil(t, e, name)
			require.Contains(t, version, c.message)
			continue
		}
		require.NotNil(t, e, name)
		require.Equal(t, c.code, e.Code, "%s: %v", name, e)
		require.Contains(t, e.Message, c.message)
		require.NotContains(t, e.Error(), mongoserver.Password)
		if c.code != connector.CodeInvalid {
			require.NotEmpty(t, e.Hint, name)
		}
	}
}

func TestDocumentsBecomeColumns(t *testing.T) {
	b, _, db := build(t)
	kinds := db.Collection("kinds")
	insert(t, kinds,
		`{"_id": {"$oid": "65a000000000000000000001"}, "flag": true, "i": 1, "l": {"$numberLong": "9007199254740993"}, "f": 0.1, "n": 1, "s": "a,\"b\"\n😀", "at": {"$date": "2024-03-31T01:30:00.5Z"},
			"raw": {"$binary": {"base64": "AP8Q", "subType": "00"}}, "u": {"$uuid": "00000000-0000-4000-8000-000000000001"}, "sub": {"a": [1, null, {"$oid": "65a000000000000000000009"}]}, "list": ["x", 2], "mixed": 1, "digits": {"$numberLong": "9007199254740993"}, "none": null}`,
		`{"_id": {"$oid": "65a000000000000000000002"}, "flag": null, "i": -2147483648, "l": 5, "f": -1e308, "n": 1.5, "mixed": "1", "digits": 0.5, "late": "x", "old": {"$date": {"$numberLong": "-62200000000000"}}, "re": {"$regularExpression": {"pattern": "^a", "options": "i"}}}`)
	want := "_id VARCHAR, flag BOOLEAN, i INTEGER, l BIGINT, f DOUBLE, n DOUBLE, s VARCHAR, at TIMESTAMP WITH TIME ZONE, raw BLOB, u UUID, sub JSON, list JSON, mixed JSON, digits JSON, none VARCHAR, late VARCHAR, old JSON, re JSON\n" +
		`65a000000000000000000001,true,1,9007199254740993,0.1,1.0,"a,""b""` + "\n" + `😀",2024-03-31 01:30:00.5+00,00FF10,00000000-0000-4000-8000-000000000001,"{""a"":[1,null,{""$oid"":""65a000000000000000000009""}]}","[""x"",2]",1,9007199254740993,,,,` + "\n" +
		`65a000000000000000000002,,-2147483648,5,-1e+308,1.5,,,,,,,"""1""",0.5,,x,"{""$date"":{""$numberLong"":""-62200000000000""}}","{""$regularExpression"":{""pattern"":""^a"",""options"":""i""}}"` + "\n"
	got := read(t, b, connector.ReadRequest{Path: at("kinds")})
	require.Equal(t, want, got)

	t.Run("and documents again", func(t *testing.T) {
		b.T = t
		rows, e := b.Read(t.Context(), connector.ReadRequest{Path: at("kinds")})
		require.Nil(t, e)
		for _, mode := range []connector.Mode{connector.Replace, connector.Truncate, connector.Upsert} {
			_, e = b.Write(t.Context(), rows, connector.WriteRequest{Path: at("again"), Mode: mode, Keys: []string{"_id"}, IDs: []string{"_id"}})
			require.Nil(t, e, mode)
			require.Equal(t, want, read(t, b, connector.ReadRequest{Path: at("again")}), mode)
		}
		var first, again bson.M
		require.NoError(t, kinds.FindOne(t.Context(), bson.M{"i": 1}).Decode(&first))
		require.NoError(t, db.Collection("again").FindOne(t.Context(), bson.M{"i": 1}).Decode(&again))
		require.Equal(t, first["_id"], again["_id"])
		require.Equal(t, first["sub"], again["sub"])
		require.Equal(t, first["at"], again["at"])
		require.Equal(t, first["u"], again["u"])
		require.Equal(t, first["digits"], again["digits"])
	})

	t.Run("many fields", func(t *testing.T) {
		b.T = t
		var wide bson.D
		for i := range 2001 {
			wide = append(wide, bson.E{Key: fmt.Sprintf("f%d", i), Value: 1})
		}
		_, err := db.Collection("wide").InsertOne(t.Context(), wide)
		require.NoError(t, err)
		_, e := b.Read(t.Context(), connector.ReadRequest{Path: at("wide")})
		require.Equal(t, connector.CodeColumn, e.Code)
		require.Contains(t, e.Message, "2000 different fields")
		require.Equal(t, "f7 INTEGER, f5 INTEGER\n1,1\n", read(t, b, connector.ReadRequest{Path: at("wide"), Columns: []string{"f7", "f5"}}))
	})
}

func TestRead(t *testing.T) {
	b, _, db := build(t)
	people := db.Collection("people")
	insert(t, people,
		`{"_id": 1, "name": "Ada", "city": "Delft", "amount": 1.5, "at": {"$date": "2024-01-01T00:00:00.001Z"}}`,
		`{"_id": 2, "name": "Bob", "city": "Delft", "amount": 2, "at": {"$date": "2024-01-02T00:00:00Z"}}`,
		`{"_id": 3, "name": "Cy", "amount": 4, "nick": "c", "at": {"$date": "2024-01-03T00:00:00Z"}}`)
	get := func(d connector.Documents, columns ...string) string {
		t.Helper()
		return read(t, b, connector.ReadRequest{Path: at("people"), Documents: d, Columns: columns})
	}
	require.Equal(t, "name VARCHAR, nick VARCHAR\nAda,\nBob,\nCy,c\n", get(connector.Documents{Sort: `{"_id": 1}`}, "name", "nick"))
	require.Equal(t, "_id INTEGER, name VARCHAR\n2,Bob\n1,Ada\n", get(connector.Documents{Filter: `{"city": "Delft"}`, Projection: `{"name": 1}`, Sort: `{"amount": -1}`}))
	require.Equal(t, "_id INTEGER\n1\n", get(connector.Documents{Filter: `{"at": {"$lt": {"$date": "2024-01-02T00:00:00Z"}}}`}, "_id"))
	require.Equal(t, "_id VARCHAR, total DOUBLE\nDelft,3.5\n",
		get(connector.Documents{Pipeline: `[{"$match": {"city": "Delft"}}, {"$group": {"_id": "$city", "total": {"$sum": "$amount"}}}]`}))
	require.Equal(t, "_id INTEGER, name VARCHAR\n", get(connector.Documents{Filter: `{"city": "Nowhere"}`}, "_id", "name"), "the collection tells the types")
	require.Equal(t, "_id VARCHAR\n", get(connector.Documents{Pipeline: `[{"$match": {"city": "Nowhere"}}]`}))
	require.Equal(t, 3, strings.Count(read(t, b, connector.ReadRequest{Path: at("people"), Limit: 2}), "\n"))
	require.Equal(t, 3, strings.Count(read(t, b, connector.ReadRequest{Path: at("people"), Limit: 2, Documents: connector.Documents{Pipeline: "[]"}}), "\n"))

	t.Run("only new ones", func(t *testing.T) {
		for column, marks := range map[string][]string{"_id": {"2", "2.0"}, "amount": {"2", "2.0"}, "name": {"Bob"}, "at": {"2024-01-02 00:00:00+00", "2024-01-02 00:00:00.0+00"}} {
			for _, mark := range marks {
				for _, pipeline := range []string{"", "[]"} {
					got := read(t, b, connector.ReadRequest{Path: at("people"), Documents: connector.Documents{Pipeline: pipeline}, Since: &connector.Since{Column: column, Value: &mark}})
					require.Contains(t, got, "3,Cy", column)
					require.NotContains(t, got, "Bob", column)
				}
			}
		}
		insert(t, db.Collection("uuids"), `{"_id": {"$uuid": "01890000-0000-7000-8000-000000000001"}}`, `{"_id": {"$uuid": "01890000-0000-7000-8000-000000000002"}}`)
		one := "01890000-0000-7000-8000-000000000001"
		require.Equal(t, "_id UUID\n01890000-0000-7000-8000-000000000002\n", read(t, b, connector.ReadRequest{Path: at("uuids"), Since: &connector.Since{Column: "_id", Value: &one}}))
		got := read(t, b, connector.ReadRequest{Path: at("people"), Since: &connector.Since{Column: "nick"}, Columns: []string{"nick"}})
		require.Equal(t, "nick VARCHAR\nc\n", got)
		first := "2024-01-01 00:00:00.001+00"
		require.NotContains(t, read(t, b, connector.ReadRequest{Path: at("people"), Since: &connector.Since{Column: "at", Value: &first}}), "Ada", "no part of the time is lost")
		none := "zz"
		require.Equal(t, "_id INTEGER, name VARCHAR\n", read(t, b, connector.ReadRequest{Path: at("people"), Columns: []string{"_id", "name"}, Since: &connector.Since{Column: "name", Value: &none}}))
		insert(t, db.Collection("odd"), `{"_id": 1, "v": {"a": 1}}`, `{"_id": {"$oid": "65a000000000000000000001"}, "v": 2}`)
		_, e := b.Read(t.Context(), connector.ReadRequest{Path: at("odd"), Since: &connector.Since{Column: "v"}})
		require.Equal(t, connector.CodeColumn, e.Code)
	})

	t.Run("what goes wrong says what to do", func(t *testing.T) {
		b.T = t
		for _, c := range []struct {
			req           connector.ReadRequest
			code, message string
		}{
			{connector.ReadRequest{Path: at("peeple")}, connector.CodeTable, `"peeple"`},
			{connector.ReadRequest{Path: connector.Path{Schema: "nowhere", Table: "people"}}, connector.CodeTable, `database "nowhere"`},
			{connector.ReadRequest{Path: at("people"), Columns: []string{"naame"}}, connector.CodeColumn, `"naame"`},
			{connector.ReadRequest{Path: at("people"), Documents: connector.Documents{Filter: `{city: 1}`}}, connector.CodeQuery, "The filter is not valid JSON"},
			{connector.ReadRequest{Path: at("people"), Documents: connector.Documents{Filter: `{"city": {"$nope": 1}}`}}, connector.CodeQuery, "$nope"},
			{connector.ReadRequest{Path: at("people"), Documents: connector.Documents{Pipeline: `{"$match": {}}`}}, connector.CodeQuery, "The pipeline is not valid JSON"},
			{connector.ReadRequest{Path: at("people"), Documents: connector.Documents{Pipeline: `[{"$match": {}}, {"$out": "other"}]`}}, connector.CodeQuery, "$out would change"},
			{connector.ReadRequest{Path: at("people"), Documents: connector.Documents{Pipeline: `[{"$match": {}}, {"$merge": {"into": "other"}}]`}}, connector.CodeQuery, "$merge would change"},
			{connector.ReadRequest{Path: at("people"), Documents: connector.Documents{Pipeline: `[{"match": {}}]`}}, connector.CodeQuery, "stage 1"},
			{connector.ReadRequest{Path: at("people"), Query: table.SQL{Text: "SELECT 1"}}, connector.CodeQuery, "SQL"},
			{connector.ReadRequest{Path: at("people"), Since: &connector.Since{Column: "a.b"}}, connector.CodeColumn, `"a.b"`},
		} {
			_, e := b.Read(t.Context(), c.req)
			require.NotNil(t, e, c)
			require.Equal(t, c.code, e.Code, "%v: %v", c, e)
			require.Contains(t, e.Message, c.message)
		}
		_, e := b.Read(t.Context(), connector.ReadRequest{Path: at("peeple")})
		require.Contains(t, e.Hint, `"people"`)
		_, e = b.Read(t.Context(), connector.ReadRequest{Path: at("people"), Columns: []string{"naame"}})
		require.Contains(t, e.Hint, `"name"`)
	})

	t.Run("browse", func(t *testing.T) {
		b.T = t
		conn := b.Open(nil)
		entries, err := conn.Browse(t.Context(), connector.Path{})
		require.NoError(t, err)
		require.Equal(t, connector.Entry{Kind: "schema", Name: "shop"}, entries[0])
		entries, err = conn.Browse(t.Context(), connector.Path{Schema: "shop"})
		require.NoError(t, err)
		three := int64(3)
		require.Contains(t, entries, connector.Entry{Kind: "table", Schema: "shop", Name: "people", Rows: &three})
		entries, err = conn.Browse(t.Context(), at("people"))
		require.NoError(t, err)
		require.Equal(t, connector.Entry{Kind: "column", Schema: "shop", Table: "people", Name: "_id", Type: "int", Key: true}, entries[0])
		require.Equal(t, "int | double", entries[3].Type)
		_, err = conn.Browse(t.Context(), at("peple"))
		require.Equal(t, connector.CodeTable, errs.From(err).Code)
	})

	t.Run("canceled", func(t *testing.T) {
		b.T = t
		ctx, cancel := context.WithCancel(t.Context())
		conn := connectortest.OpenAs[connector.Tables](b, nil)
		cancel()
		_, err := conn.Read(ctx, connector.ReadRequest{Path: at("people")})
		require.Equal(t, "canceled", errs.From(err).Code)
	})
}

var columns = []table.StreamColumn{connectortest.Column("id", "INTEGER", table.Plain), connectortest.Column("name", "VARCHAR", table.Plain), connectortest.Column("amount", "DOUBLE", table.Plain)}

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
