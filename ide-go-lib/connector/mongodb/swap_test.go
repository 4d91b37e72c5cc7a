package mongodb_test

import (
	"bytes"
	"io"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/connectortest"
	"dataflow/ide-go-lib/connector/mongodb"
	"dataflow/ide-go-lib/testkit"
	"dataflow/ide-go-lib/testkit/mongoserver"
)

// cutting is a way to the server that ends once, in place of sending the command that cut says.
func cutting(t *testing.T, s *mongoserver.Server, cut func(message []byte) bool) int {
	t.Helper()
	var done atomic.Bool
	return testkit.Listen(t, func(near net.Conn) {
		defer func() { _ = near.Close() }()
		far, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", net.JoinHostPort(s.Host, strconv.Itoa(s.Port)))
		if err != nil {
			return
		}
		defer func() { _ = far.Close() }()
		go func() {
			_, _ = io.Copy(near, far)
			_ = near.Close()
		}()
		for buffer := make([]byte, 1<<20); ; {
			n, err := near.Read(buffer)
			if err != nil || cut(buffer[:n]) && done.CompareAndSwap(false, true) {
				return
			}
			if _, err := far.Write(buffer[:n]); err != nil {
				return
			}
		}
	})
}

// What a failed swap says is what has become of the documents.
func TestSwapThatFails(t *testing.T) {
	_, s, db := build(t)
	for name, c := range map[string]struct {
		cut  func([]byte) bool
		hint string
		want int64
	}{
		"the old ones are left over": {func(m []byte) bool {
			return bytes.Contains(m, []byte("\x02drop\x00")) && bytes.Contains(m, []byte("_old\x00"))
		}, "The new documents are in their place; the collection dataflow_", 3},
		"not begun": {func(m []byte) bool { return bytes.Contains(m, []byte("dropTarget")) }, "Nothing was written.", 1},
		"put back": {func(m []byte) bool {
			return bytes.Contains(m, []byte("renameCollection\x00")) && !bytes.Contains(m, []byte("dropTarget")) && !bytes.Contains(m, []byte("_old\x00"))
		}, "Nothing was written.", 1},
	} {
		t.Run(name, func(t *testing.T) {
			people := db.Collection("people")
			require.NoError(t, people.Drop(t.Context()))
			insert(t, people, `{"id": 1}`)
			far := connectortest.New(t, mongodb.Type(), map[string]any{"host": s.Host, "port": cutting(t, s, c.cut), "database": "shop", "user": s.User, "password": s.Password, "tls": "off"})
			_, e := far.Write(t.Context(), far.Table(columns[:1], "7\n8\n9\n"), connector.WriteRequest{Path: at("people"), Mode: connector.Replace})
			require.NotNil(t, e)
			require.Equal(t, connector.CodeLost, e.Code, e)
			require.Contains(t, e.Hint, c.hint)
			require.Equal(t, c.want == 1, strings.Contains(e.Hint, "Nothing was written."), e.Hint)
			n, err := people.CountDocuments(t.Context(), bson.D{})
			require.NoError(t, err)
			require.Equal(t, c.want, n)
		})
	}
}
