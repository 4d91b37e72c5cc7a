package api_test

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/api"
	"dataflow/flow-automation/connection"
	"dataflow/flow-automation/engine"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/testkit"
	"dataflow/ide-go-lib/testkit/msgserver"
)

const relay = `
apiVersion: dataflow/v1
kind: Flow
metadata: {name: relay}
spec:
  params: {fail: {type: boolean, default: false}}
  nodes:
    - {id: fresh, type: message.read, with: {connection: events, topic: orders, quiet_seconds: 0.3}}
    - {id: onward, type: message.send, in: {table: fresh}, with: {connection: events, topic: copied, format: text, body: key}}
    - {id: kept, type: keys.write, in: {table: fresh}, with: {connection: events, key: key, prefix: "order:", value: body, seconds: 600}}
    - {id: bad, type: control.if, in: {value: kept}, with: {condition: "{{ params.fail }}"}}
    - {id: boom, type: control.fail, in: {input: bad.true}, with: {message: on purpose}}
`

func TestMessages(t *testing.T) {
	h := build(t)
	s := msgserver.Redis(t)
	admin := redis.NewClient(&redis.Options{Addr: s.Host + ":" + itoa(s.Port), Username: msgserver.User, Password: msgserver.Password})
	t.Cleanup(func() { _ = admin.Close() })
	say := func(key, body string) {
		t.Helper()
		require.NoError(t, admin.XAdd(t.Context(), &redis.XAddArgs{Stream: "orders", Values: []any{"key", key, "body", body}}).Err())
	}
	say("a", `{"n": 1}`)
	say("b", `"two"`)
	config := map[string]any{"host": s.Host, "port": s.Port, "user": msgserver.User, "password": msgserver.Password, "tls": "off"}
	a := h.do(developer, http.MethodPost, "/connections", jsonDoc, marshal(t, api.NewConnection{Name: "events", Kind: "redis", Draft: connection.Draft{Config: config}})).want(http.StatusCreated)
	require.NotContains(t, string(a.body), msgserver.Password)

	t.Run("looked through", func(t *testing.T) {
		h.t = t
		require.NoError(t, admin.Set(t.Context(), "user:1", "Ada", 0).Err())
		var entries api.List[connector.Entry]
		h.get("/connections/events/entries").want(http.StatusOK).into(&entries)
		require.Equal(t, []connector.Entry{{Kind: "folder", Name: "user:"}, {Kind: "topic", Name: "orders", Type: "stream"}}, entries.Items)
		var page table.Page
		h.get("/connections/events/rows?table=orders").want(http.StatusOK).into(&page)
		require.Len(t, page.Rows, 2)
		var row []any
		require.NoError(t, json.Unmarshal(page.Rows[1], &row))
		require.Equal(t, []any{"b", `"two"`, nil, "orders"}, row[1:5])
		h.get("/connections/events/rows?schema=user:&table=user:1").want(http.StatusOK).into(&page)
		require.JSONEq(t, `["user:1", "string", null, "Ada"]`, string(page.Rows[0]))
		text := h.get("/connections/events/rows?table=channel:news").problem(http.StatusUnprocessableEntity, connector.CodeNotKept)
		require.Contains(t, text, "keep no messages")
	})

	t.Run("flows go on, and what a failed run has read is read again", func(t *testing.T) {
		h.t = t
		f := h.create(relay)
		run := func(fail bool) engine.Run {
			var r engine.Run
			h.post("/flows/"+f.ID+"/runs", api.StartRunBody{Params: map[string]any{"fail": fail}}).want(http.StatusAccepted).into(&r)
			return h.finish(r.ID)
		}
		copied := func() (keys []string) {
			all, err := admin.XRange(t.Context(), "copied", "-", "+").Result()
			require.NoError(t, err)
			for _, m := range all {
				keys = append(keys, m.Values["body"].(string))
			}
			return keys
		}
		first := run(false)
		require.Equal(t, engine.Succeeded, first.Status, first.Error)
		require.Equal(t, []string{"a", "b"}, copied())
		require.JSONEq(t, `{"n": 1}`, admin.Get(t.Context(), "order:a").Val())
		require.Equal(t, "two", admin.Get(t.Context(), "order:b").Val(), "a value of JSON that is a text is one")
		require.Positive(t, admin.TTL(t.Context(), "order:a").Val())
		say("c", `3`)
		require.Equal(t, engine.Failed, run(true).Status)
		require.Equal(t, []string{"a", "b", "c"}, copied())
		require.Equal(t, engine.Succeeded, run(false).Status)
		require.Equal(t, []string{"a", "b", "c", "c"}, copied())
		require.Equal(t, engine.Succeeded, run(false).Status)
		require.Equal(t, []string{"a", "b", "c", "c"}, copied(), "and not once more")
	})

	t.Run("messages of a group are confirmed after the step, and the run that has them keeps them", func(t *testing.T) {
		h.t = t
		f := h.create(`
apiVersion: dataflow/v1
kind: Flow
metadata: {name: shared}
spec:
  nodes:
    - {id: fresh, type: message.read, with: {connection: events, topic: orders, group: nightly, quiet_seconds: 0.3}}
    - {id: boom, type: control.fail, in: {input: fresh}, with: {message: on purpose}}
`)
		step := func(run engine.Run) engine.Step {
			var steps struct{ Items []engine.Step }
			h.get("/runs/" + run.ID + "/steps").want(http.StatusOK).into(&steps)
			return steps.Items[0]
		}
		var run, again engine.Run
		h.post("/flows/"+f.ID+"/runs", api.StartRunBody{}).want(http.StatusAccepted).into(&run)
		require.Equal(t, engine.Failed, h.finish(run.ID).Status)
		require.EqualValues(t, 3, step(run).Outputs["table"].Table.Rows)
		testkit.Eventually(t, "they are confirmed", func() bool {
			open, err := admin.XPending(t.Context(), "orders", "nightly").Result()
			require.NoError(t, err)
			return open.Count == 0
		})
		h.post("/runs/"+run.ID+"/retry", api.RetryBody{}).want(http.StatusAccepted).into(&again)
		require.Equal(t, engine.Failed, h.finish(again.ID).Status)
		require.EqualValues(t, 3, step(again).Outputs["table"].Table.Rows, "it has what the first had")
		require.Contains(t, string(step(again).Details["adopted"]), run.ID)
	})

	require.NoError(t, filepath.WalkDir(h.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		require.NotContains(t, string(content), msgserver.Password, path)
		return err
	}))
}

// The rounds of a loop come after each other also for a system that lets one at a time into a group.
func TestMessagesInALoop(t *testing.T) {
	h := build(t)
	s := msgserver.Mosquitto(t)
	config := map[string]any{"host": s.Host, "port": s.Port, "user": msgserver.User, "password": msgserver.Password, "tls": "off"}
	h.do(developer, http.MethodPost, "/connections", jsonDoc, marshal(t, api.NewConnection{Name: "plant", Kind: "mqtt", Draft: connection.Draft{Config: config}})).want(http.StatusCreated)
	run := func(f string) engine.Run {
		t.Helper()
		var r engine.Run
		h.post("/flows/"+f+"/runs", api.StartRunBody{}).want(http.StatusAccepted).into(&r)
		r = h.finish(r.ID)
		require.Equal(t, engine.Succeeded, r.Status, r.Error)
		return r
	}
	drain := h.create(`
apiVersion: dataflow/v1
kind: Flow
metadata: {name: drain}
spec:
  nodes:
    - id: rounds
      type: control.loop
      with: {until: "{{ index >= 4 }}"}
      nodes:
        - {id: fresh, type: message.read, with: {connection: plant, topic: levels, group: nightly, messages: 3, quiet_seconds: 0.5}}
`).ID
	run(drain) // the broker knows the group
	fill := h.create(`
apiVersion: dataflow/v1
kind: Flow
metadata: {name: fill}
spec:
  nodes:
    - {id: rows, type: value.set, with: {value: [{n: 1}, {n: 2}, {n: 3}, {n: 4}, {n: 5}, {n: 6}, {n: 7}, {n: 8}, {n: 9}]}}
    - {id: send, type: message.send, in: {table: rows}, with: {connection: plant, topic: levels}}
`).ID
	run(fill)
	var steps struct{ Items []engine.Step }
	h.get("/runs/" + run(drain).ID + "/steps?limit=100").want(http.StatusOK).into(&steps)
	var rows []int64
	for _, step := range steps.Items {
		if out, ok := step.Outputs["table"]; ok {
			rows = append(rows, out.Table.Rows)
		}
	}
	require.Equal(t, []int64{3, 3, 3, 0}, rows)
}
