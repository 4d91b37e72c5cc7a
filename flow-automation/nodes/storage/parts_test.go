package storage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/nodes/storage/put"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
)

// A write that ends before all is sent leaves the parts that were there, and nothing of its own.
func TestPartsThatAreNotSentLeaveWhatWasThere(t *testing.T) {
	w := newWorld(t)
	for kind, from := range servers(t, w) {
		t.Run(kind, func(t *testing.T) {
			w.t = t
			before := map[string]string{"t/day=1/part0.csv": "id\n1\n", "t/day=2/part0.csv": "id\n2\n", "t/day=9/x.csv": "id\n9\n"}
			from.put(t, before)
			call := w.Call(map[string]any{"connection": "bucket", "name": "t", "format": "csv", "partition_by": []any{"day"}, "existing": "replace"},
				w.table(`[{"id": 5, "day": 1}, {"id": 6, "day": 2}, {"id": 7, "day": 3}]`))
			env := *call.Env
			env.Connections = from
			call.Env = &env
			ctx, cancel := context.WithCancel(t.Context())
			call.Progress = func(done, _ int64, _ string) {
				if done == 2 {
					cancel()
				}
			}
			_, err := put.Type().Run(ctx, call)
			require.Equal(t, "canceled", errs.From(err).Code, err)
			conn, err := from.Open(t.Context(), "", "")
			require.NoError(t, err)
			store, err := connector.Use[connector.Objects](conn)
			require.NoError(t, err)
			defer func() { require.NoError(t, conn.Close()) }()
			after := map[string]string{}
			require.NoError(t, store.List(t.Context(), "t/", func(o connector.Object) error {
				after[o.Name] = ""
				return nil
			}))
			for name := range after {
				content, _, err := store.Get(t.Context(), name)
				require.NoError(t, err)
				text, err := io.ReadAll(content)
				require.NoError(t, errors.Join(err, content.Close()))
				after[name] = string(text)
			}
			require.Equal(t, before, after)
		})
	}
}

// What an earlier, larger run has left goes or stays as is chosen, whatever the values are that folders are called after.
func TestPartsOfAnEarlierLargerRun(t *testing.T) {
	w := newWorld(t)
	const odd = "a b+c%/é=~"
	for kind, from := range servers(t, w) {
		for existing, c := range map[string]struct {
			ids     string
			success bool
		}{
			"replace":       {`[{"id": 9}]`, false},
			"replace_parts": {`[{"id": 3}, {"id": 9}]`, true},
			"keep":          {`[{"id": 1}, {"id": 2}, {"id": 3}, {"id": 9}]`, true},
		} {
			t.Run(kind+" "+existing, func(t *testing.T) {
				w.t = t
				folder := "larger-" + existing + "/"
				write := func(existing, key, rows string) string {
					t.Helper()
					call := w.Call(map[string]any{"connection": "bucket", "name": folder, "partition_by": []any{"day"}, "existing": existing}, w.table(rows))
					call.IdempotencyKey = key
					env := *call.Env
					env.Connections = from
					call.Env = &env
					out, err := put.Type().Run(t.Context(), call)
					require.NoError(t, err)
					return string(out["written"].Data)
				}
				write("keep", "first", `[{"id": 1, "day": "`+odd+`"}, {"id": 3, "day": "mon"}]`)
				write("keep", "second", `[{"id": 2, "day": "`+odd+`"}]`)
				from.put(t, map[string]string{folder + "_SUCCESS": "x"})
				removed := map[string]string{"replace": "4", "replace_parts": "2", "keep": "0"}[existing]
				require.Contains(t, write(existing, "third", `[{"id": 9, "day": "`+odd+`"}]`), `"removed":`+removed)
				// A repetition of the step changes nothing more.
				require.Contains(t, write(existing, "third", `[{"id": 9, "day": "`+odd+`"}]`), `"removed":0`)
				rows, _, err := w.readTable(from, map[string]any{"prefix": folder}, nil)
				require.NoError(t, err)
				var list []struct {
					ID  int    `json:"id"`
					Day string `json:"day"`
				}
				require.NoError(t, json.Unmarshal([]byte(rows), &list))
				var ids []string
				for _, row := range list {
					ids = append(ids, fmt.Sprintf(`{"id": %d}`, row.ID))
					require.Equal(t, map[bool]string{true: "mon", false: odd}[row.ID == 3], row.Day)
				}
				slices.Sort(ids)
				require.JSONEq(t, c.ids, "["+strings.Join(ids, ",")+"]")
				conn, err := from.Open(t.Context(), "", "")
				require.NoError(t, err)
				store, err := connector.Use[connector.Objects](conn)
				require.NoError(t, err)
				_, err = store.Stat(t.Context(), folder+"_SUCCESS")
				require.Equal(t, c.success, err == nil, "replace takes all that is in the folder")
				require.NoError(t, conn.Close())
			})
		}
	}
}
