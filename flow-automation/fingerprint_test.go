package automation

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/store"
	"dataflow/ide-go-lib/db"
)

// A flow does something else when it was changed and published, or one that it runs was.
func TestFingerprints(t *testing.T) {
	ctx := t.Context()
	d, err := db.Open(ctx, db.Config{Path: filepath.Join(t.TempDir(), "dataflow.db")})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	s, err := store.New(ctx, d)
	require.NoError(t, err)
	change := store.Change{By: "ann", At: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}
	content := func(name, nodes string) store.Content {
		text := "apiVersion: dataflow/v1\nkind: Flow\nmetadata: {name: " + name + "}\nspec:\n  nodes:\n" + nodes
		doc, _, err := flow.Parse([]byte(text))
		require.NoError(t, err)
		c, err := store.ContentOf(doc, text)
		require.NoError(t, err)
		return c
	}
	const calls = `    - {id: t, type: control.try, nodes: [{id: sub, type: control.flow, with: {flow: inner}}, {id: self, type: control.flow, with: {flow: outer, version: 1}}]}
    - {id: absent, type: control.flow, with: {flow: absent}}
    - {id: any, type: control.flow, with: {flow: "{{ params.flow }}"}}
`
	const one = "    - {id: a, type: value.set, with: {value: 1}}\n"
	inner, err := s.Create(ctx, "t", content("inner", one), change)
	require.NoError(t, err)
	_, err = s.Create(ctx, "t", content("outer", calls), change)
	require.NoError(t, err)
	key := func(name string, version int) string {
		print, err := flows{s}.Fingerprint(ctx, "t", name, version)
		require.NoError(t, err)
		return print
	}
	require.NotEqual(t, key("inner", 0), key("outer", 0))
	_, err = s.Publish(ctx, "t", inner.ID, inner.Revision, "", nil, change)
	require.NoError(t, err)
	before, outer := key("inner", 0), key("outer", 0)
	inner, err = s.Get(ctx, "t", inner.ID)
	require.NoError(t, err)
	inner, err = s.SaveDraft(ctx, "t", inner.ID, inner.Revision, content("inner", strings.Replace(one, "1", "2", 1)), change)
	require.NoError(t, err)
	require.Equal(t, before, key("inner", 0), "a draft is not what runs")
	_, err = s.Publish(ctx, "t", inner.ID, inner.Revision, "", nil, change)
	require.NoError(t, err)
	require.NotEqual(t, before, key("inner", 0))
	require.NotEqual(t, outer, key("outer", 0))
	require.Equal(t, key("inner", 2), key("inner", 2))
	require.NotEqual(t, key("inner", 1), key("inner", 2))
}
