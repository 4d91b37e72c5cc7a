package redis_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/connectortest"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

var (
	keyColumn   = connectortest.Column("key", "VARCHAR", table.Plain)
	typeColumn  = connectortest.Column("type", "VARCHAR", table.Plain)
	ttlColumn   = connectortest.Column("ttl", "DOUBLE", table.Plain)
	textColumn  = connectortest.Column("value", "VARCHAR", table.Plain)
	jsonColumn  = connectortest.Column("value", "JSON", table.JSON)
	bytesColumn = connectortest.Column("value", "BLOB", table.Hex)
)

func TestKeys(t *testing.T) {
	b, s, admin := build(t)
	read := func(t *testing.T, pattern string, columns ...string) string {
		t.Helper()
		b.T = t
		got, err := b.Read(t.Context(), connector.ReadRequest{Path: connector.Path{Table: pattern}, Columns: columns})
		require.Nil(t, err)
		return b.Text(got)
	}
	write := func(t *testing.T, mode connector.Mode, text string, columns ...table.StreamColumn) (connector.Written, *errs.Error) {
		t.Helper()
		b.T = t
		return b.Write(t.Context(), b.Table(columns, text), connector.WriteRequest{Path: connector.Path{Table: "keys"}, Mode: mode, Keys: []string{"key"}})
	}
	reset := func(t *testing.T) {
		t.Helper()
		require.NoError(t, admin.FlushAll(t.Context()).Err())
	}

	t.Run("every type is read", func(t *testing.T) {
		b.T = t
		reset(t)
		ctx := t.Context()
		admin.Set(ctx, "t:text", "grüße \"😀\"", 0)
		admin.Set(ctx, "t:object", ` {"id": 12345678901234567890, "name": "Ada"}`, 0)
		admin.Set(ctx, "t:array", `[1]`, 0)
		admin.Set(ctx, "t:number", `42`, 0)
		admin.Set(ctx, "t:marked", `{"base64":"AP8="}`, 0)
		admin.Set(ctx, "t:broken", `{"id"`, 0)
		admin.Set(ctx, "t:bytes", "\x00\xff", 0)
		admin.HSet(ctx, "t:hash", "name", "Ada", "age", 36)
		admin.RPush(ctx, "t:list", "a", "b", "a")
		admin.SAdd(ctx, "t:set", "one")
		admin.ZAdd(ctx, "t:zset", redis.Z{Member: "x", Score: 1.5})
		admin.XAdd(ctx, &redis.XAddArgs{Stream: "t:stream", ID: "5-1", Values: []any{"a", "b"}})
		admin.HSet(ctx, "t:binary", "\xff", "1", "\xfe", "2", "\ufffd", "3", "base64:/w==", "4", "base64:", "5")
		admin.XAdd(ctx, &redis.XAddArgs{Stream: "t:twice", ID: "6-1", Values: []any{"a", "1", "\xff", "\x00", "a", "2"}})
		admin.Set(ctx, "other", "no", 0)
		for key, want := range map[string]string{
			"t:object": `{"id":12345678901234567890,"name":"Ada"}`, "t:array": `[1]`, "t:number": `"42"`, "t:marked": `"{\"base64\":\"AP8=\"}"`, "t:broken": `"{\"id\""`,
			"t:text": `"grüße \"😀\""`, "t:bytes": `{"base64":"AP8="}`, "t:hash": `{"age":"36","name":"Ada"}`, "t:list": `["a","b","a"]`, "t:set": `["one"]`,
			"t:binary": `{"base64:/g==":"2","base64:/w==":"1","base64:YmFzZTY0Og==":"5","base64:YmFzZTY0Oi93PT0=":"4","�":"3"}`,
			"t:twice":  `[{"fields":{"a":["1","2"],"base64:/w==":{"base64":"AA=="}},"id":"6-1"}]`,
			"t:zset":   `[{"member":"x","score":1.5}]`, "t:stream": `[{"fields":{"a":"b"},"id":"5-1"}]`,
		} {
			require.Equal(t, want+"\n", read(t, key, "value"), key)
		}
		require.Len(t, strings.Split(strings.TrimSpace(read(t, "t:*", "key")), "\n"), 14)
		require.Empty(t, read(t, "nobody:*"))
		require.Empty(t, read(t, "nobody"))
		_, err := b.Read(ctx, connector.ReadRequest{Path: connector.Path{Table: "*"}, Columns: []string{"valeu"}})
		require.Equal(t, connector.CodeColumn, err.Code)
		require.Contains(t, err.Hint, `"value"`)
		_, err = b.Read(ctx, connector.ReadRequest{Query: table.SQL{Text: "SELECT 1"}})
		require.Equal(t, connector.CodeSQL, err.Code)
		got, err := b.Read(ctx, connector.ReadRequest{Path: connector.Path{Table: "*"}, Limit: 2})
		require.Nil(t, err)
		require.Equal(t, int64(2), got.Meta.Rows)
	})

	t.Run("what is too large is refused before it is asked for", func(t *testing.T) {
		b.T = t
		reset(t)
		ctx := t.Context()
		require.NoError(t, admin.SetRange(ctx, "l:huge", 130<<20, "x").Err())
		_, err := b.Read(ctx, connector.ReadRequest{Path: connector.Path{Table: "l:*"}})
		require.NotNil(t, err)
		require.Equal(t, connector.CodeTooLarge, err.Code)
		require.Contains(t, err.Message, "l:huge")
		require.Equal(t, "l:huge\n", read(t, "l:*", "key"))
		reset(t)
		for i := range 4 {
			require.NoError(t, admin.Set(ctx, fmt.Sprintf("l:%d", i), strings.Repeat("x", 5<<20), 0).Err())
		}
		require.Len(t, strings.Split(strings.TrimSpace(read(t, "l:*", "value")), "\n"), 4, "they are read one after the other")
	})

	t.Run("what was read is written again", func(t *testing.T) {
		reset(t)
		ctx := t.Context()
		text := `h,hash,,"{""name"":""Ada"",""base64:/w=="":""1"",""base64:YmFzZTY0Og=="":""2"",""base64:!"":""3""}"` + "\n" + `l,list,100,"[""a"",""b""]"` + "\n" + `s,string,,"""x"""` + "\n" + `u,set,,"[""m""]"` + "\n" + `z,zset,,"[{""member"":""q"",""score"":2}]"` + "\n" + `b,string,,"{""base64"":""AP8=""}"` + "\n"
		for range 2 { // again gives the same
			out, err := write(t, connector.Upsert, text, keyColumn, typeColumn, ttlColumn, jsonColumn)
			require.Nil(t, err)
			require.Equal(t, int64(6), out.Rows)
		}
		require.Equal(t, map[string]string{"name": "Ada", "\xff": "1", "base64:": "2", "base64:!": "3"}, admin.HGetAll(ctx, "h").Val())
		require.Equal(t, []string{"a", "b"}, admin.LRange(ctx, "l", 0, -1).Val())
		require.Equal(t, "x", admin.Get(ctx, "s").Val())
		require.Equal(t, "\x00\xff", admin.Get(ctx, "b").Val())
		require.InDelta(t, 2.0, admin.ZScore(ctx, "z", "q").Val(), 0)
		require.Greater(t, admin.TTL(ctx, "l").Val(), 90*time.Second)
		got, err := b.Read(ctx, connector.ReadRequest{Path: connector.Path{Table: "*"}})
		require.Nil(t, err)
		before := map[string]string{}
		for _, k := range []string{"h", "s", "u", "z", "b"} {
			before[k] = admin.Dump(ctx, k).Val()
		}
		reset(t)
		_, err = b.Write(ctx, got, connector.WriteRequest{Path: connector.Path{Table: "keys"}, Mode: connector.Append})
		require.Nil(t, err)
		for k, v := range before {
			require.Equal(t, v, admin.Dump(ctx, k).Val(), k)
		}
	})

	t.Run("texts, bytes, and what is removed", func(t *testing.T) {
		reset(t)
		ctx := t.Context()
		admin.Set(ctx, "old", "x", 0)
		admin.RPush(ctx, "b", "was a list")
		out, err := write(t, connector.Upsert, "a,{not json\nb,\"\"\nold,\nnever,\n", keyColumn, textColumn)
		require.Nil(t, err)
		require.Equal(t, connector.Written{Rows: 4, Updated: 1, Removed: 1, SQL: out.SQL}, out)
		require.Equal(t, "{not json", admin.Get(ctx, "a").Val())
		require.Equal(t, "", admin.Get(ctx, "b").Val())
		require.Zero(t, admin.Exists(ctx, "old").Val())
		out, err = write(t, connector.Delete, "a\nnever\n", keyColumn)
		require.Nil(t, err)
		require.Equal(t, connector.Written{Rows: 2, Removed: 1, SQL: out.SQL}, out)
		require.Zero(t, admin.Exists(ctx, "a").Val())
		_, err = write(t, connector.Upsert, "c,00ff\n", keyColumn, bytesColumn)
		require.Nil(t, err)
		require.Equal(t, "\x00\xff", admin.Get(ctx, "c").Val())
	})

	t.Run("all or nothing", func(t *testing.T) {
		reset(t)
		ctx := t.Context()
		admin.Set(ctx, "b", "before", 0)
		_, err := write(t, connector.Append, "a,1\nb,2\n", keyColumn, textColumn)
		require.Equal(t, connector.CodeUnique, err.Code)
		require.Contains(t, err.Message, `"b"`)
		_, err = write(t, connector.Append, "x,1\na,1\na,2\n", keyColumn, textColumn)
		require.Equal(t, connector.CodeKeys, err.Code)
		require.Equal(t, `Rows 2 and 3 for "Redis" have the same key: (key) = (a).`, err.Message)
		for _, bad := range []string{"a,string,,1\nb,hash,,nonsense\n", "a,string,,1\nb,bag,,1\n", "a,string,-5,1\n", "a,string,,1\n,string,,1\n", "a,zset,,\"[1]\"\n", "a,list,,[]\n"} {
			_, err = write(t, connector.Upsert, bad, keyColumn, typeColumn, ttlColumn, textColumn)
			require.Equal(t, connector.CodeType, err.Code, bad)
			require.NotZero(t, err.Details[0].Row)
		}
		_, err = write(t, connector.Truncate, "a,1\n", keyColumn, textColumn)
		require.Equal(t, connector.CodeUnfit, err.Code)
		_, err = write(t, connector.Upsert, "a\n", keyColumn)
		require.Equal(t, connector.CodeColumn, err.Code)
		_, err = write(t, connector.Upsert, "a,1\n", keyColumn, connectortest.Column("valeu", "VARCHAR", table.Plain))
		require.Contains(t, err.Hint, `"value"`)
		require.Equal(t, []string{"b"}, admin.Keys(ctx, "*").Val())
		require.Equal(t, "before", admin.Get(ctx, "b").Val())
	})

	t.Run("many keys", func(t *testing.T) {
		b.T = t
		reset(t)
		var text strings.Builder
		const n = 120_000 // more than one transaction
		for i := range n {
			fmt.Fprintf(&text, "key:%d,%d\n", i, i)
		}
		out, err := write(t, connector.Upsert, text.String(), keyColumn, textColumn)
		require.Nil(t, err)
		require.Equal(t, int64(n), out.Rows)
		got, err := b.Read(t.Context(), connector.ReadRequest{Path: connector.Path{Table: "key:*"}, Columns: []string{"key", "value"}})
		require.Nil(t, err)
		require.Equal(t, int64(n), got.Meta.Rows)
		require.NoError(t, admin.Set(t.Context(), "key:119999", "x", 0).Err())
		require.NoError(t, admin.Del(t.Context(), "key:1").Err())
		text.Reset()
		for i := range 4_000 {
			fmt.Fprintf(&text, "new:%d,%d\n", i, i)
		}
		text.WriteString("key:119999,x\n")
		_, err = write(t, connector.Append, text.String(), keyColumn, textColumn)
		require.Equal(t, connector.CodeUnique, err.Code)
		require.Contains(t, err.Hint, "The first 4,000 rows are written.")
		require.NotContains(t, err.Hint, "Nothing")
	})

	t.Run("browse", func(t *testing.T) {
		b.T = t
		reset(t)
		ctx := t.Context()
		admin.Set(ctx, "user:1:name", "x", 0)
		admin.Set(ctx, "user:2", "x", 0)
		admin.Set(ctx, "single", "x", 0)
		admin.XAdd(ctx, &redis.XAddArgs{Stream: "events", Values: []any{"a", "b"}})
		admin.RPush(ctx, "jobs", "x")
		admin.RPush(ctx, "user:jobs", "x")
		admin.HSet(ctx, "user:3", "a", "b")
		conn := connectortest.OpenAs[connector.Tables](b, nil)
		entries, err := conn.Browse(ctx, connector.Path{})
		require.NoError(t, err)
		require.Equal(t, []connector.Entry{
			{Kind: "folder", Name: "user:"}, {Kind: "topic", Name: "events", Type: "stream"}, {Kind: "topic", Name: "list:jobs", Type: "list"}, {Kind: "object", Name: "single", Type: "string"},
		}, entries)
		connectortest.Refused(t, conn, connector.Path{Schema: "nowhere:"}, connector.Path{Schema: "user"}, connector.Path{Table: "nobody"})
		entries, err = conn.Browse(ctx, connector.Path{Schema: "user:"})
		require.NoError(t, err)
		require.Equal(t, []connector.Entry{
			{Kind: "folder", Schema: "user:", Name: "user:1:"}, {Kind: "topic", Schema: "user:", Name: "list:user:jobs", Type: "list"},
			{Kind: "object", Schema: "user:", Name: "user:2", Type: "string"}, {Kind: "object", Schema: "user:", Name: "user:3", Type: "hash"},
		}, entries)
	})

	t.Run("what is not allowed", func(t *testing.T) {
		b.T = t
		as := map[string]any{"user": "reader", "password": "reader-secret"}
		_, e := b.Try(t.Context(), as)
		require.Nil(t, e)
		_, err := connectortest.OpenAs[connector.Messages](b, as).Publish(t.Context(), "events", []connector.Message{{Body: []byte("x")}})
		require.Equal(t, connector.CodePermission, errs.From(err).Code, err)
		require.Contains(t, err.Error(), "xadd")
		_, e = b.Try(t.Context(), map[string]any{"database": 99})
		require.Equal(t, connector.CodeDatabase, e.Code)
		_, err = connectortest.OpenAs[connector.Messages](b, nil).Publish(t.Context(), "single", []connector.Message{{Body: []byte("x")}})
		require.Equal(t, connector.CodeTopic, errs.From(err).Code, err)
		_, err = connectortest.OpenAs[connector.Messages](b, nil).Subscribe(t.Context(), connector.SubscribeRequest{Topic: "single"})
		require.Equal(t, connector.CodeTopic, errs.From(err).Code, err)
		require.Contains(t, err.Error(), "is a string")
	})

	t.Run("canceling does not wait for a server that hangs", func(t *testing.T) {
		b.T = t
		conn := connectortest.OpenAs[connector.Tables](b, nil)
		reading, err := conn.Read(t.Context(), connector.ReadRequest{Path: connector.Path{Table: "*"}})
		require.NoError(t, err)
		require.NoError(t, admin.Do(t.Context(), "CLIENT", "PAUSE", "60000", "ALL").Err())
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		err = reading.Feed(ctx, &strings.Builder{})
		require.Equal(t, "canceled", errs.From(err).Code, err)
		s.Process.Kill()
	})
}
