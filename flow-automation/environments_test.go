package automation

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/codecheck"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/store"
	"dataflow/ide-go-lib/testkit/dbtest"
)

// What names an environment is what runs now and what is written next, at any depth.
func TestFlowsThatNameAnEnvironment(t *testing.T) {
	ctx := t.Context()
	flows, err := store.New(ctx, dbtest.Temp(t))
	require.NoError(t, err)
	s := &Service{flows: flows, code: codecheck.New(NodeTypes(), nil, slog.New(slog.DiscardHandler))}
	change := store.Change{By: "ann", At: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}
	content := func(name, node string) store.Content {
		text := "apiVersion: dataflow/v1\nkind: Flow\nmetadata: {name: " + name + "}\nspec:\n  nodes:\n    - " + node + "\n"
		doc, _, err := flow.Parse([]byte(text))
		require.NoError(t, err)
		c, err := store.ContentOf(doc, text)
		require.NoError(t, err)
		return c
	}
	python := func(environment string) string {
		return `{id: p, type: python, with: {code: "def main(): return 1", environment: "` + environment + `"}}`
	}
	naming := func(tenant string) []string {
		found, err := s.NamingEnvironment(ctx, tenant, "reports")
		require.NoError(t, err)
		return found
	}
	for name, node := range map[string]string{
		"pinned": python("reports@3"),
		"inner":  "{id: t, type: control.try, nodes: [" + python("reports") + "]}",
		"other":  python("reports-2"),
		"any":    python("{{ params.reports }}"),
		"word":   "{id: a, type: value.set, with: {value: reports}}",
	} {
		_, err := flows.Create(ctx, "t", content(name, node), change)
		require.NoError(t, err)
	}
	require.Equal(t, []string{"inner", "pinned"}, naming("t"))
	require.Empty(t, naming("another"))

	published, err := flows.Create(ctx, "u", content("published", python("reports")), change)
	require.NoError(t, err)
	_, err = flows.Publish(ctx, "u", published.ID, published.Revision, "", nil, change)
	require.NoError(t, err)
	published, err = flows.Get(ctx, "u", published.ID)
	require.NoError(t, err)
	published, err = flows.SaveDraft(ctx, "u", published.ID, published.Revision, content("published", python("")), change)
	require.NoError(t, err)
	require.Equal(t, []string{"published"}, naming("u"), "its draft does not name it any more")
	_, err = flows.Publish(ctx, "u", published.ID, published.Revision, "", nil, change)
	require.NoError(t, err)
	require.Empty(t, naming("u"))
}
