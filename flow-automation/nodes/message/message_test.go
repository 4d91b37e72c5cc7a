package message

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/exampletest"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
)

func TestExamples(t *testing.T) {
	for _, typ := range Types() {
		for _, ex := range typ.Examples {
			t.Run(typ.Name+"/"+ex.Title, func(t *testing.T) { exampletest.New(t).Example(typ, ex) })
		}
	}
}

func TestEffects(t *testing.T) {
	reader, sender := readType(), sendType()
	require.Equal(t, node.Pure, reader.EffectFor(json.RawMessage(`{}`)))
	require.Equal(t, node.Idempotent, reader.EffectFor(json.RawMessage(`{"group": "a"}`)), "what it has read and not confirmed comes again")
	require.Equal(t, node.Idempotent, reader.EffectFor(json.RawMessage(`{"group": "{{ params.group }}"}`)))
	require.Equal(t, node.Unsafe, sender.EffectFor(json.RawMessage(`{}`)))
	require.Equal(t, node.Idempotent, sender.EffectFor(json.RawMessage(`{"repeat": true}`)))
}

// reading runs message.read with what is remembered, and gives the rows.
func reading(b *exampletest.Bench, known *exampletest.Marks, with map[string]any) ([]any, error) {
	full := map[string]any{"connection": "events", "topic": "orders", "quiet_seconds": 0.1}
	for k, v := range with {
		full[k] = v
	}
	call := b.Call(full, nil)
	call.Env.Marks = known
	out, err := readType().Run(b.T.Context(), call)
	if err != nil {
		return nil, err
	}
	rows, _ := b.Rows(*out["table"].Artifact).([]any)
	return rows, nil
}

func TestRunsGoOn(t *testing.T) {
	b := exampletest.New(t)
	known := &exampletest.Marks{}
	ids := func(with map[string]any) (out []any) {
		t.Helper()
		rows, err := reading(b, known, with)
		require.NoError(t, err)
		for _, r := range rows {
			out = append(out, r.(map[string]any)["id"])
		}
		return out
	}
	require.Equal(t, []any{"1"}, ids(map[string]any{"messages": 1}))
	require.Equal(t, "1\nevents.example.org", known.Value)
	require.Equal(t, []any{"2"}, ids(nil))
	require.Empty(t, ids(nil))
	require.Equal(t, "2\nevents.example.org", known.Value)
	require.Equal(t, []any{"1", "2"}, ids(map[string]any{"resume": false}))
	require.Empty(t, ids(map[string]any{"resume": false, "start": "now"}))
	known.Value = "99"
	require.Equal(t, []any{"1", "2"}, ids(nil), "a position of another topic begins anew")
	require.Contains(t, b.Logs[len(b.Logs)-2], "another than before")
	known.Value = "99"
	_, err := reading(b, known, map[string]any{"start": "now"})
	require.Equal(t, connector.CodePosition, errs.From(err).Code, "who does not want what was kept is asked")
	require.Equal(t, "with.start", errs.From(err).Details[0].Field)
	require.Equal(t, "99", known.Value)

}

func TestMessagesOfAGroupAreConfirmedAfterTheEnd(t *testing.T) {
	b := exampletest.New(t)
	with := func(group string) map[string]any { return map[string]any{"group": group} }
	read := func(group string) int {
		t.Helper()
		rows, err := reading(b, &exampletest.Marks{}, with(group))
		require.NoError(t, err)
		return len(rows)
	}
	require.Equal(t, 2, read("nightly"))
	require.NoError(t, b.Forgotten())
	require.Equal(t, 2, read("nightly"), "nobody has recorded that it was read")
	require.NoError(t, b.Ended())
	require.Equal(t, 0, read("nightly"), "they are confirmed")
	require.NoError(t, b.Ended())
	require.Equal(t, 2, read("other"))

	b.Connections.Events.Confirming = connector.Upstream(connector.CodeLost, "The line is gone.")
	require.ErrorContains(t, b.Ended(), "so they come again: The line is gone.")
	b.Connections.Events.Confirming = nil
	require.Equal(t, 2, read("other"))
	require.NoError(t, b.Ended())

	_, err := reading(b, &exampletest.Marks{}, map[string]any{"group": "strict", "format": "text", "topic": "ordres"})
	require.Error(t, err)
	require.NoError(t, b.Ended(), "a step that fails leaves nothing to be done")
	require.Zero(t, b.Connections.Events.Open())
}

// Who reads with a group waits for what earlier steps of the run still have of it; where nothing was read nobody has to.
func TestMessagesOfAGroupAreReadByOneStepAtATime(t *testing.T) {
	b := exampletest.New(t)
	with := map[string]any{"group": "nightly"}
	_, err := reading(b, &exampletest.Marks{}, with)
	require.NoError(t, err)
	require.Len(t, b.Held(), 1)
	require.Equal(t, b.Held(), b.Awaited, "by the same name")
	require.Equal(t, 1, b.Connections.Events.Open())
	require.NoError(t, b.Ended())
	rows, err := reading(b, &exampletest.Marks{}, with)
	require.NoError(t, err)
	require.Empty(t, rows)
	require.Empty(t, b.Held(), "there is nothing to confirm")
	require.Zero(t, b.Connections.Events.Open())
	_, err = reading(b, &exampletest.Marks{}, nil)
	require.NoError(t, err)
	require.Len(t, b.Awaited, 2, "without a group nobody is in the way")
}

func TestAPanicLeavesNothingOpen(t *testing.T) {
	b := exampletest.New(t)
	call := b.Call(map[string]any{"connection": "events", "topic": "orders", "quiet_seconds": 0.1, "group": "nightly"}, nil)
	call.Progress = func(int64, int64, string) { panic("out of bounds") }
	require.Panics(t, func() { _, _ = readType().Run(t.Context(), call) })
	require.Zero(t, b.Connections.Events.Open())
}

func TestMessagesOfAGroupAreTakenOverFromTheRunThatHasThem(t *testing.T) {
	b := exampletest.New(t)
	_, err := readType().Key(t.Context(), b.Call(map[string]any{"group": "nightly"}, nil))
	require.NoError(t, err, "nobody is given them again")
	_, err = readType().Key(t.Context(), b.Call(map[string]any{}, nil))
	require.Error(t, err, "they are read again")
	require.True(t, readType().Once, "and no cache hands them to further runs")
}

func TestWhatWasReadIsNotGivenUp(t *testing.T) {
	b := exampletest.New(t)
	b.Connections.Events.Closing = errors.New("the line is gone")
	rows, err := reading(b, &exampletest.Marks{}, nil)
	require.NoError(t, err)
	require.Len(t, rows, 2)
	require.Contains(t, strings.Join(b.Logs, "\n"), "did not end well")
}

func TestBounds(t *testing.T) {
	b := exampletest.New(t)
	spool := func(group string, limits bounds) int {
		t.Helper()
		conn, err := b.Connections.Open(t.Context(), exampletest.Tenant, "events")
		require.NoError(t, err)
		sub, err := conn.(connector.Messages).Subscribe(t.Context(), connector.SubscribeRequest{Topic: "orders", Group: group, Start: connector.FromBeginning})
		require.NoError(t, err)
		c := Read{Topic: "orders", Group: group, Messages: 10, Seconds: 60, Quiet: 60, Format: JSON}
		n, err := c.spool(t.Context(), b.Call(nil, nil), sub, filepath.Join(t.TempDir(), "messages"), limits)
		require.NoError(t, err)
		return n
	}
	require.Equal(t, 2, spool("", bounds{2, time.Hour}))
	require.Contains(t, b.Logs[len(b.Logs)-1], "bytes of messages")
	require.Equal(t, 2, spool("nightly", bounds{1 << 20, time.Millisecond}), "the hold ends it, before the quiet does")
}

func TestHeadersThatAreNoText(t *testing.T) {
	b := exampletest.New(t)
	conn, err := b.Connections.Open(t.Context(), exampletest.Tenant, "events")
	require.NoError(t, err)
	_, err = conn.(connector.Messages).Publish(t.Context(), "notes", []connector.Message{{Body: []byte("1"), Headers: connector.Headers{"trace": {"\x00\xff"}, "lang": {"zh"}, "via": {"b", "a"}, "told": {"base64:AP8="}}}})
	require.NoError(t, err)
	rows, err := reading(b, &exampletest.Marks{}, map[string]any{"topic": "notes"})
	require.NoError(t, err)
	require.Equal(t, map[string]any{"trace": "base64:AP8=", "lang": "zh", "via": []any{"b", "a"}, "told": "base64:YmFzZTY0OkFQOD0="}, rows[0].(map[string]any)["headers"])
}

func TestBodies(t *testing.T) {
	b := exampletest.New(t)
	conn, err := b.Connections.Open(t.Context(), exampletest.Tenant, "events")
	require.NoError(t, err)
	say := func(bodies ...[]byte) {
		t.Helper()
		var all []connector.Message
		for _, body := range bodies {
			all = append(all, connector.Message{Key: []byte{0xff}, Body: body})
		}
		_, err := conn.(connector.Messages).Publish(t.Context(), "notes", all)
		require.NoError(t, err)
	}
	known := &exampletest.Marks{}
	read := func(with map[string]any) (out []any) {
		t.Helper()
		with["topic"], with["resume"] = "notes", false
		rows, err := reading(b, known, with)
		require.NoError(t, err)
		for _, r := range rows {
			require.Equal(t, "base64:/w==", r.(map[string]any)["key"])
			out = append(out, r.(map[string]any)["body"])
		}
		return out
	}
	say([]byte(`{"big": 12345678901234567890}`), []byte(`[1, "😀"]`), []byte{}, nil)
	require.Len(t, read(map[string]any{}), 4)
	require.Equal(t, []any{`{"big": 12345678901234567890}`, `[1, "😀"]`, "", nil}, read(map[string]any{"format": "text"}))
	require.Equal(t, []any{"WzEsICLwn5iAIl0=", "", nil}, read(map[string]any{"format": "binary"})[1:])
	say([]byte("no JSON"), []byte{0, 0xff})
	_, err = reading(b, known, map[string]any{"topic": "notes"})
	e := errs.From(err)
	require.Equal(t, "body_invalid", e.Code)
	require.Contains(t, e.Message, "5 in notes")
	require.Equal(t, "with.format", e.Details[0].Field)
	require.Empty(t, known.Value, "nothing is remembered")
	require.Equal(t, []any{"no JSON", "AP8="}, read(map[string]any{"invalid": "text"})[4:])
	_, err = reading(b, known, map[string]any{"topic": "notes", "format": "text"})
	require.Equal(t, "body_invalid", errs.From(err).Code)
}

func TestSending(t *testing.T) {
	b := exampletest.New(t)
	send := func(with map[string]any, rows string) error {
		full := map[string]any{"connection": "events", "topic": "notes"}
		for k, v := range with {
			full[k] = v
		}
		_, err := sendType().Run(t.Context(), b.Call(full, map[string][]value.Value{"table": {b.Table([]byte(rows))}}))
		return err
	}
	last := func() connector.Message {
		all := b.Connections.Events.Messages("notes")
		return all[len(all)-1]
	}
	require.NoError(t, send(map[string]any{"key": "id", "headers": []any{"lang", "none"}}, `[{"id": 7, "lang": "zh", "text": "你好 😀", "none": null, "n": {"a": [1, 2]}}]`))
	require.JSONEq(t, `{"id": 7, "lang": "zh", "text": "你好 😀", "none": null, "n": {"a": [1, 2]}}`, string(last().Body))
	require.Equal(t, "7", string(last().Key))
	require.Equal(t, connector.Headers{"lang": {"zh"}}, last().Headers)
	require.NoError(t, send(map[string]any{"columns": []any{"text"}}, `[{"id": 7, "text": "a"}]`))
	require.JSONEq(t, `{"text": "a"}`, string(last().Body))
	require.Nil(t, last().Key)
	require.NoError(t, send(map[string]any{"body": "n"}, `[{"n": {"a": [1, 2]}}]`))
	require.JSONEq(t, `{"a": [1, 2]}`, string(last().Body))
	require.NoError(t, send(map[string]any{"body": "n"}, `[{"n": {"a": [1, 2]}}, {"n": null}]`))
	require.Nil(t, last().Body, "which removes those of its key from a compacted topic")
	require.NoError(t, send(map[string]any{"body": "t", "format": "text"}, `[{"t": "x"}, {"t": null}]`))
	require.Nil(t, last().Body)
	require.NoError(t, send(map[string]any{"body": "t", "format": "binary"}, `[{"t": "AP8="}]`))
	require.Equal(t, []byte{0, 0xff}, last().Body)
	before := len(b.Connections.Events.Messages("notes"))
	require.NoError(t, send(nil, `[]`))
	require.Len(t, b.Connections.Events.Messages("notes"), before)

	big := make([]map[string]any, 1500)
	for i := range big {
		big[i] = map[string]any{"n": i}
	}
	raw, err := json.Marshal(big)
	require.NoError(t, err)
	require.NoError(t, send(nil, string(raw)))
	all := b.Connections.Events.Messages("notes")[before:]
	require.Len(t, all, 1500)
	for i, m := range all {
		require.JSONEq(t, mustJSON(t, big[i]), string(m.Body), "in their order")
	}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	require.NoError(t, err)
	return string(raw)
}

func TestErrorsNameTheField(t *testing.T) {
	b := exampletest.New(t)
	rows := map[string][]value.Value{"table": {b.Table([]byte(`[{"id": 1, "name": "x"}]`))}}
	huge := map[string][]value.Value{"table": {b.Table([]byte(`[{"id": "` + strings.Repeat("x", 2<<20) + `"}]`))}}
	for _, c := range []struct {
		typ         node.Type
		with        map[string]any
		in          map[string][]value.Value
		code, field string
	}{
		{readType(), map[string]any{"connection": "evnets", "topic": "orders"}, nil, "connection_not_found", "with.connection"},
		{readType(), map[string]any{"connection": "shop", "topic": "orders"}, nil, connector.CodeUnfit, "with.connection"},
		{readType(), map[string]any{"connection": "events", "topic": "ordres"}, nil, connector.CodeTopic, "with.topic"},
		{readType(), map[string]any{"connection": "events", "topic": "orders", "format": "text", "spread": true}, nil, "config_invalid", "with.spread"},
		{readType(), map[string]any{"connection": "events", "topic": "orders", "messages": 0}, nil, "config_invalid", "with.messages"},
		{sendType(), map[string]any{"connection": "events", "topic": "ordres"}, rows, connector.CodeTopic, "with.topic"},
		{sendType(), map[string]any{"connection": "events", "topic": "orders", "key": "naem"}, rows, connector.CodeColumn, "with.key"},
		{sendType(), map[string]any{"connection": "events", "topic": "orders", "body": "naem"}, rows, connector.CodeColumn, "with.body"},
		{sendType(), map[string]any{"connection": "events", "topic": "orders", "headers": []any{"id", "naem"}}, rows, connector.CodeColumn, "with.headers[1]"},
		{sendType(), map[string]any{"connection": "events", "topic": "orders", "columns": []any{"naem"}}, rows, connector.CodeColumn, "with.columns[0]"},
		{sendType(), map[string]any{"connection": "events", "topic": "orders", "format": "text"}, rows, "config_invalid", "with.body"},
		{sendType(), map[string]any{"connection": "events", "topic": "orders", "body": "id", "columns": []any{"id"}}, rows, "config_invalid", "with.columns"},
		{sendType(), map[string]any{"connection": "events", "topic": "orders"}, huge, connector.CodeTooLarge, "in.table"},
	} {
		b.Refuses(c.typ, c.with, c.in, c.code, c.field)
	}
}

func TestCancel(t *testing.T) {
	b := exampletest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	call := b.Call(map[string]any{"connection": "events", "topic": "orders", "start": "now", "quiet_seconds": 60}, nil)
	done := make(chan error, 1)
	go func() {
		_, err := readType().Run(ctx, call)
		done <- err
	}()
	cancel()
	require.Equal(t, "canceled", errs.From(<-done).Code)
}
