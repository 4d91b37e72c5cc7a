package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/api"
)

const valueFlow = `# kept: a comment
apiVersion: dataflow/v1
kind: Flow
metadata: {name: NAME, labels: {team: safety}}
spec:
  params:
    n: {type: integer, default: 1} # kept too
  nodes:
    - id: a
      type: value.set
      with: {value: "{{ params.n }}"}
`

func flowNamed(name string) string { return strings.Replace(valueFlow, "NAME", name, 1) }

func (m *terminal) read(name string) string {
	m.t.Helper()
	text, err := os.ReadFile(filepath.Join(m.dir, name))
	require.NoError(m.t, err)
	return string(text)
}

type planned struct {
	Changes []struct {
		Action, Name, File, Diff string
		Publish                  bool
	}
	Applied bool
}

func TestApplyIsIdempotent(t *testing.T) {
	m := loggedIn(t)
	m.write("flows/one.yaml", flowNamed("one"))
	m.write("flows/deep/two.yml", flowNamed("two"))
	m.write("flows/.hidden/three.yaml", flowNamed("three"))
	m.write("flows/params.yaml", "n: 1\n")
	m.write("flows/list.yaml", "- 1\n")
	m.write("flows/db.yaml", "apiVersion: dataflow/v1\nkind: Connection\n")
	m.write("flows/notes.txt", "kind: [")

	out, beside := m.want(exitUsage, "flows", "apply", "flows")
	require.Contains(t, out, "Plan: 2 to create.")
	require.Contains(t, beside, "--yes")
	for _, skipped := range []string{"params.yaml", "list.yaml", "db.yaml"} {
		require.Contains(t, beside, filepath.Join("flows", skipped)+" is no flow")
	}
	out, _ = m.want(exitOK, "flows", "apply", "flows", "--dry-run")
	require.Contains(t, out, "+ create           two  flows/deep/two.yml")
	out, _ = m.want(exitOK, "flows", "list", "--json")
	require.JSONEq(t, "[]", out)

	m.person, m.in = true, "n\n"
	_, beside = m.want(exitCanceled, "flows", "apply", "flows")
	require.Contains(t, beside, "nothing was changed")
	m.in = "y\n"
	out, _ = m.want(exitOK, "flows", "apply", "flows")
	require.Contains(t, out, "created one\ncreated two\n")
	out, _ = m.want(exitOK, "flows", "apply", "flows")
	require.Contains(t, out, "Nothing to do: 2 as in the files.")
	m.want(exitOK, "flows", "diff", "flows")

	m.write("flows/one.yaml", strings.Replace(flowNamed("one"), "default: 1", "default: 2", 1))
	out, _ = m.want(exitDifferent, "flows", "diff", "flows")
	require.Equal(t, `--- server: one
+++ flows/one.yaml
@@ -4,7 +4,7 @@
 metadata: {name: one, labels: {team: safety}}
 spec:
   params:
-    n: {type: integer, default: 1} # kept too
+    n: {type: integer, default: 2} # kept too
   nodes:
     - id: a
       type: value.set
`, out)
	var p planned
	m.answer(&p, "flows", "apply", "flows/one.yaml", "flows", "flows/one.yaml", "--yes", "--publish")
	require.True(t, p.Applied)
	require.Len(t, p.Changes, 2)
	require.Equal(t, "update", p.Changes[0].Action)
	require.Contains(t, p.Changes[0].Diff, "+    n: {type: integer, default: 2}")
	require.Equal(t, "unchanged", p.Changes[1].Action)
	require.True(t, p.Changes[1].Publish, "it had never been published")
	p = planned{}
	m.answer(&p, "flows", "apply", "flows", "--publish")
	require.False(t, p.Applied)
	require.False(t, p.Changes[0].Publish)

	var list []api.FlowSummary
	m.answer(&list, "flows")
	require.Equal(t, []int{1, 1}, []int{list[0].PublishedVersion, list[1].PublishedVersion})
}

func TestApplyPublishesOnlyWhatMeansSomethingElse(t *testing.T) {
	m := loggedIn(t)
	m.write("f.yaml", flowNamed("one"))
	m.want(exitOK, "flows", "apply", "f.yaml", "--publish", "--yes")
	m.write("f.yaml", flowNamed("one")+"# another comment\n")
	out, _ := m.want(exitOK, "flows", "apply", "f.yaml", "--publish", "--yes")
	require.Contains(t, out, "updated one")
	require.NotContains(t, out, "publish")
	m.write("f.yaml", strings.Replace(flowNamed("one"), "default: 1", "default: 3", 1))
	m.want(exitOK, "flows", "apply", "f.yaml", "--yes")
	m.write("f.yaml", flowNamed("one"))
	out, _ = m.want(exitOK, "flows", "apply", "f.yaml", "--publish", "--yes")
	require.NotContains(t, out, "publish", "it means what is published again")
	m.want(exitUsage, "flows", "apply", "f.yaml", "--note", "x")
	out, _ = m.want(exitOK, "flows", "versions", "one")
	require.Equal(t, 2, strings.Count(out, "\n"))
}

func TestApplyDoesNotOverwriteWhatSomebodyElseHasChanged(t *testing.T) {
	m := loggedIn(t)
	m.write("a.yaml", flowNamed("one"))
	m.write("b.yaml", flowNamed("two"))
	m.want(exitOK, "flows", "apply", "a.yaml", "--yes")
	m.write("a.yaml", flowNamed("one")+"# mine\n")
	m.write("theirs.yaml", flowNamed("one")+"# theirs\n")
	m.person, m.in = true, "y\n"
	m.thinks = func() { m.beside().want(exitOK, "flows", "apply", "theirs.yaml", "--yes") }
	out, beside := m.want(exitRefused, "flows", "apply", "a.yaml", "b.yaml")
	require.Contains(t, out, "created two")
	require.Contains(t, beside, "1 change was made before this")
	require.Contains(t, beside, "Somebody else has changed the draft")
	out, _ = m.want(exitOK, "flows", "export", "one")
	require.Contains(t, out, "# theirs")
}

func TestApplyPrunes(t *testing.T) {
	m := loggedIn(t)
	for _, name := range []string{"one", "two", "three"} {
		m.write("flows/"+name+".yaml", flowNamed(name))
	}
	m.write("flows/three.yaml", strings.Replace(flowNamed("three"), "safety", "sales", 1))
	m.want(exitOK, "flows", "apply", "flows", "--yes")
	require.NoError(t, os.Remove(filepath.Join(m.dir, "flows/two.yaml")))
	require.NoError(t, os.Remove(filepath.Join(m.dir, "flows/three.yaml")))
	m.want(exitOK, "flows", "diff", "flows")
	out, _ := m.want(exitDifferent, "flows", "diff", "flows", "--prune")
	require.Equal(t, "only on the server: three\nonly on the server: two\n", out)
	m.want(exitUsage, "flows", "apply", "flows", "--label", "team=safety")
	m.want(exitUsage, "flows", "apply", "flows", "--prune", "--label", "team")
	out, _ = m.want(exitOK, "flows", "apply", "flows", "--prune", "--label", "team=safety", "--yes")
	require.Contains(t, out, "deleted two")
	require.NotContains(t, out, "three")
	require.NoError(t, os.Remove(filepath.Join(m.dir, "flows/one.yaml")))
	_, beside := m.want(exitUsage, "flows", "apply", "flows", "--prune", "--yes")
	require.Contains(t, beside, "there are no flows in flows", "an empty folder deletes nothing")
	out, _ = m.want(exitOK, "flows", "list")
	require.Contains(t, out, "one")
}

func TestABrokenFileStopsEverything(t *testing.T) {
	m := loggedIn(t)
	for name, c := range map[string]struct{ from, to, wants string }{
		"syntax":       {"kind: Flow", "kind: [", "flows/bad.yaml:"},
		"unknown type": {"value.set", "value.sett", "flows/bad.yaml:10:13: error:"},
		"missing name": {"name: bad, ", "", "flows/bad.yaml:4:"},
		"taken name":   {"name: bad", "name: good", "is in flows/bad.yaml too"},
		"unknown kind": {"kind: Flow", "kind: Folw", "flows/bad.yaml:3:7: error:"},
	} {
		t.Run(name, func(t *testing.T) {
			m.t = t
			m.write("flows/good.yaml", flowNamed("good"))
			m.write("flows/bad.yaml", strings.Replace(flowNamed("bad"), c.from, c.to, 1))
			_, beside := m.want(exitInvalid, "flows", "apply", "flows", "--yes")
			require.Contains(t, beside, c.wants)
			require.Contains(t, beside, "nothing was changed")
			out, _ := m.want(exitOK, "flows", "list", "--json")
			require.JSONEq(t, "[]", out)
		})
	}
	m.t = t
	m.write("flows/good.yaml", flowNamed("good"))
	m.write("flows/bad.yaml", strings.Replace(flowNamed("bad"), "kind: Flow", "kind: Folw", 1))
	m.write("flows/syntax.yaml", "kind: [")
	m.write("flows/unknown.yaml", strings.Replace(flowNamed("unknown"), "value.set", "value.sett", 1))
	_, beside := m.want(exitInvalid, "flows", "apply", "flows", "--yes")
	for _, wants := range []string{"flows/bad.yaml:3:7: error:", "flows/syntax.yaml:1:", "flows/unknown.yaml:10:13: error:", "3 errors in 3 files; nothing was changed."} {
		require.Contains(t, beside, wants, "what only the server sees is said with what is seen here")
	}
	m.write("plain.yaml", "n: 1\n")
	m.want(exitInvalid, "flows", "apply", "plain.yaml")
	m.want(exitUsage, "flows", "apply", "absent")
	m.want(exitUsage, "flows", "apply")
}

func TestExport(t *testing.T) {
	m := loggedIn(t)
	m.write("repo/team/first.yaml", flowNamed("one"))
	m.write("two.yaml", flowNamed("two"))
	m.want(exitOK, "flows", "apply", "repo", "two.yaml", "--yes")
	out, _ := m.want(exitOK, "flows", "export", "one")
	require.Equal(t, flowNamed("one"), out, "comments included")
	_, beside := m.want(exitRefused, "flows", "export", "one", "--version", "published")
	require.Contains(t, beside, "No version of the flow")
	m.want(exitRefused, "flows", "export", "one", "--version", "7")
	m.want(exitUsage, "flows", "export", "one", "--version", "new")
	m.want(exitUsage, "flows", "export")
	_, beside = m.want(exitRefused, "flows", "export", "tow")
	require.Contains(t, beside, "Did you mean two?")

	out, _ = m.want(exitOK, "flows", "export", "--dir", "repo")
	require.Equal(t, "unchanged  repo/team/first.yaml\nwritten    repo/two.yaml\n", out)
	require.Equal(t, flowNamed("two"), m.read("repo/two.yaml"))
	m.write("repo/two.yaml", flowNamed("two")+"# mine\n")
	m.write("repo/team/first.yaml", flowNamed("one")+"# mine\n")
	_, beside = m.want(exitRefused, "flows", "export", "--dir", "repo")
	require.Contains(t, beside, "repo/two.yaml has another text")
	require.Contains(t, m.read("repo/two.yaml"), "# mine")
	m.want(exitOK, "flows", "export", "--dir", "repo", "--force")
	require.Equal(t, flowNamed("one"), m.read("repo/team/first.yaml"))
	m.want(exitOK, "flows", "diff", "repo")

	_, beside = m.want(exitRefused, "flows", "run", "one", "--version", "published")
	require.Contains(t, beside, "dataflow flows publish one")
	_, beside = m.want(exitOK, "flows", "run", "one")
	require.Contains(t, beside, "runs the draft of one.\n")
	out, _ = m.want(exitOK, "flows", "publish", "one", "--note", "first")
	require.Equal(t, "published one as version 1, from revision 1 of its draft\n", out)
	_, beside = m.want(exitOK, "flows", "run", "one")
	require.Contains(t, beside, "runs the draft of one, which is as the published version 1.\n")
	_, beside = m.want(exitOK, "flows", "run", "one", "--version", "published")
	require.Contains(t, beside, "runs version 1 of one.\n")
	_, beside = m.want(exitUsage, "flows", "run", "one", "--version", "last")
	require.Contains(t, beside, "--version is draft, published, or a number")
	_, beside = m.want(exitOK, "flows", "publish", "one")
	require.Contains(t, beside, "published already, as version 1")
	_, beside = m.want(exitOK, "flows", "export", "--dir", "out", "--version", "published")
	require.Contains(t, beside, "two has never been published")
	require.Equal(t, flowNamed("one"), m.read("out/one.yaml"))
}

func TestDeleteFlows(t *testing.T) {
	m := loggedIn(t)
	m.write("f/one.yaml", flowNamed("one"))
	m.write("f/two.yaml", flowNamed("two"))
	m.want(exitOK, "flows", "apply", "f", "--yes")
	m.want(exitRefused, "flows", "delete", "one", "absent", "--yes")
	m.want(exitUsage, "flows", "delete", "one")
	out, _ := m.want(exitOK, "flows", "delete", "one", "two", "--yes")
	require.Equal(t, "deleted one\ndeleted two\n", out)
	_, beside := m.want(exitOK, "flows", "list", "--query", "sales")
	require.Contains(t, beside, `no flow with "sales" in its name`)
	_, beside = m.want(exitOK, "flows")
	require.Contains(t, beside, "There are no flows")
}
