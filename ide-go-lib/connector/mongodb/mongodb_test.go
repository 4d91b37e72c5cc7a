package mongodb_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

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
		b.Answers(name, c.with, c.code, c.message, mongoserver.Password)
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
		for column, without := range map[string]int64{"_id": 0, "nick": 2} {
			for _, documents := range []connector.Documents{{}, {Pipeline: "[]"}, {Filter: `{"_id": {"$gt": 0}}`}} {
				conn := connectortest.OpenAs[connector.Tables](b, nil)
				reading, err := conn.Read(t.Context(), connector.ReadRequest{Path: at("people"), Documents: documents, Since: &connector.Since{Column: column}})
				require.NoError(t, err)
				require.Equal(t, without, reading.Without, column)
			}
		}
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
		connectortest.Refused(t, conn, at("peple"), connector.Path{Schema: "shpo"}, connector.Path{Schema: "shpo", Table: "people"}, at("people.name"))
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

// No comparison finds values of another kind, so that they would never be read.
func TestIncrementalReadsRefuseValuesOfAnotherKind(t *testing.T) {
	b, _, db := build(t)
	insert(t, db.Collection("ev"), `{"_id":1,"at":{"$date":"2024-01-01T00:00:00Z"},"n":1}`, `{"_id":2,"at":{"$date":"2024-01-02T00:00:00Z"},"n":2.5}`)
	day, one := "2024-01-02 00:00:00+00", "1"
	since := func(column, value string, again bool) (string, *errs.Error) {
		got, e := b.Read(t.Context(), connector.ReadRequest{Path: at("ev"), Columns: []string{"_id", column}, Since: &connector.Since{Column: column, Value: &value, Again: again}})
		if e != nil {
			return "", e
		}
		return b.Text(got), nil
	}
	got, e := since("at", day, true)
	require.Nil(t, e)
	require.Contains(t, got, "2,")
	_, e = since("n", one, false)
	require.Nil(t, e, "numbers are of one kind")
	insert(t, db.Collection("ev"), `{"_id":3,"at":"2024-01-03T00:00:00Z"}`)
	_, e = since("at", day, false)
	require.NotNil(t, e)
	require.Equal(t, connector.CodeType, e.Code)
	require.Contains(t, e.Hint, `{"at": {"$type": 9}}`, "the kind of what was read before")
	for _, other := range []string{`{"$numberLong":"5"}`, `true`, `{"a":1}`, `["x"]`, `[]`, `{"$oid":"60b8d295f1d2d5a3c4e5f601"}`, `{"$timestamp":{"t":1,"i":1}}`} {
		require.NoError(t, db.Collection("ev").Drop(t.Context()))
		insert(t, db.Collection("ev"), `{"_id":1,"n":1}`, `{"_id":2,"n":2.5}`, `{"_id":3,"n":`+other+`}`)
		_, e = since("n", one, false)
		require.Equal(t, !strings.Contains(other, "Long"), e != nil && e.Code == connector.CodeType, "%s: %v", other, e)
	}
}

// Whether values are of one kind tell the ends of their order, which an index has, and no look at each document.
func TestIncrementalReadsAskForTheEndsOfAnIndex(t *testing.T) {
	_, s, db := build(t)
	insert(t, db.Collection("ev"), `{"_id":1,"n":1}`, `{"_id":2,"n":2.5}`)
	var finds [][]byte
	var mu sync.Mutex
	far := connectortest.New(t, mongodb.Type(), map[string]any{"host": s.Host, "port": cutting(t, s, func(m []byte) bool {
		if at := bytes.Index(m, []byte("\x02find\x00")); at >= 0 {
			mu.Lock()
			defer mu.Unlock()
			finds = append(finds, slices.Clone(m[at-4:]))
		}
		return false
	}), "database": "shop", "user": s.User, "password": s.Password, "tls": "off"})
	one := "1"
	_, e := far.Read(t.Context(), connector.ReadRequest{Path: at("ev"), Since: &connector.Since{Column: "n", Value: &one}})
	require.Nil(t, e)
	require.Len(t, finds, 3)
	for i, direction := range []int32{1, -1} {
		find := bson.Raw(finds[i])
		require.Equal(t, direction, find.Lookup("sort", "n").Int32())
		require.Equal(t, int64(1), find.Lookup("limit").AsInt64())
		require.Equal(t, bson.TypeNull, find.Lookup("filter", "n", "$ne").Type)
		require.Equal(t, int32(0), find.Lookup("projection", "_id").Int32(), "the index alone answers")
	}
	filter := bson.Raw(finds[2]).Lookup("filter").String()
	require.NotContains(t, filter, "$not")
	require.Contains(t, filter, "$gt")
}
