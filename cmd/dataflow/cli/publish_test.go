package cli

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// What somebody changes while a draft is being published is not published unseen.
func TestPublishWhatWasSeen(t *testing.T) {
	text := "apiVersion: dataflow/v1\nkind: Flow\nmetadata: {name: seen}\nspec:\n  nodes: [{id: one, type: value.set, with: {value: 1}}]\n"
	m := loggedIn(t)
	m.write("seen.yaml", text)
	m.want(exitOK, "flows", "apply", "seen.yaml", "--yes")

	// Whoever passes here has another change the draft just before it is published.
	other := m.beside()
	to, err := url.Parse(m.env["DATAFLOW_SERVER"])
	require.NoError(t, err)
	var meddle sync.Once
	pass := httputil.NewSingleHostReverseProxy(to)
	between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/publish") {
			meddle.Do(func() {
				other.write("theirs/seen.yaml", strings.Replace(text, "value: 1", "value: 2", 1))
				if got := other.run("flows", "apply", "theirs", "--yes"); got != exitOK {
					t.Errorf("the other's change: %d %s", got, other.err.String())
				}
			})
		}
		pass.ServeHTTP(w, r)
	}))
	defer between.Close()
	m.env["DATAFLOW_SERVER"] = between.URL
	for _, args := range [][]string{{"flows", "publish", "seen", "--force"}, {"flows", "apply", "seen.yaml", "--publish", "--yes"}} {
		meddle = sync.Once{}
		_, beside := m.want(exitRefused, args...)
		require.Contains(t, beside, "Somebody else has changed the draft since you saw it")
		out, _ := m.want(exitOK, "flows", "versions", "seen")
		require.Empty(t, out)
	}
	m.want(exitOK, "flows", "publish", "seen")
	out, _ := m.want(exitOK, "flows", "export", "seen", "--version", "1")
	require.Contains(t, out, "value: 2")

	// Neither is a revision recommended that is past, nor said to be published what is not.
	lacking := strings.Replace(text, "]", ", {id: keep, type: sql.write, in: {table: one}, with: {connection: shop, table: n, mode: append}}]", 1)
	m.write("seen.yaml", lacking)
	text = lacking
	for _, args := range [][]string{{"flows", "publish", "seen", "--force"}, {"flows", "publish", "seen"}} {
		m.want(exitOK, "flows", "apply", "seen.yaml", "--yes")
		meddle = sync.Once{}
		_, beside := m.want(exitRefused, args...)
		require.Contains(t, beside, "Somebody else has changed the draft since you saw it")
		require.NotContains(t, beside, "although")
		require.NotContains(t, beside, "--force --revision")
	}
}

// A draft that means what is published is left alone, whether its revision is named or not.
func TestPublishOnlyOnce(t *testing.T) {
	m := loggedIn(t)
	m.write("once.yaml", "apiVersion: dataflow/v1\nkind: Flow\nmetadata: {name: once}\nspec:\n  nodes: [{id: one, type: value.set, with: {value: 1}}]\n")
	m.want(exitOK, "flows", "apply", "once.yaml", "--yes")
	m.want(exitOK, "flows", "publish", "once", "--revision", "1")
	for _, args := range [][]string{{"flows", "publish", "once"}, {"flows", "publish", "once", "--revision", "1"}} {
		_, beside := m.want(exitOK, args...)
		require.Contains(t, beside, "once is published already, as version 1")
	}
	m.want(exitRefused, "flows", "publish", "once", "--revision", "2")
	out, _ := m.want(exitOK, "flows", "versions", "once", "--json")
	require.Equal(t, 1, strings.Count(out, `"version"`), out)
}
