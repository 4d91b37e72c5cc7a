package cli

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestValidateAFolder(t *testing.T) {
	m := newTerminal(t)
	m.write("flows/good.yaml", flowNamed("good"))
	require.Equal(t, exitOK, m.run("validate", "flows"), m.out.String())
	require.Equal(t, "flows/good.yaml: ok, 1 node\n", m.out.String())
	m.write("flows/again.yaml", flowNamed("good"))
	m.write("flows/deep/broken.yml", "kind: [")
	m.write("flows/deep/unknown.yaml", strings.Replace(flowNamed("unknown"), "value.set", "value.sett", 1))
	m.write("flows/other.yaml", "n: 1\n")
	require.Equal(t, exitInvalid, m.run("validate", "flows"))
	for _, wants := range []string{"flows/deep/broken.yml:1:", "flows/deep/unknown.yaml:10:13: error:", "flows/good.yaml:4:", "4 flows checked: 1 ok, 3 with errors (3 errors, 0 warnings).\n"} {
		require.Contains(t, m.out.String(), wants)
	}
	require.Contains(t, m.err.String(), "flows/other.yaml is no flow")
	m.write("empty/other.yaml", "n: 1\n")
	require.Equal(t, exitUsage, m.run("validate", "empty"))
}

func TestValidate(t *testing.T) {
	m := withReport(t)
	require.Equal(t, exitOK, m.run("validate", "flow.yaml"))
	require.Contains(t, m.out.String(), "flow.yaml: ok, 3 nodes")
	for name, c := range map[string]struct{ from, to, wants string }{
		"unknown type":      {"file.write", "file.wirte", "bad.yaml:16:13: error:"},
		"cycle":             {"in: {table: read}", "in: {table: write}", "loop"},
		"missing field":     {"with: {path: out/big.csv}", "with: {}", "[node write, with.path]"},
		"unknown reference": {"params.least", "params.last", "least"},
		"broken":            {"kind: Flow", "kind: [", "bad.yaml:"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newTerminal(t)
			m.write("bad.yaml", strings.Replace(flowText, c.from, c.to, 1))
			require.Equal(t, exitInvalid, m.run("validate", "bad.yaml"), m.err.String())
			require.Contains(t, m.out.String(), c.wants)
			require.Equal(t, exitInvalid, m.run("run", "bad.yaml"))
		})
	}
}

// SQL is read and columns are looked for without a server; connections are known to servers alone.
func TestValidateForeseesWhatARunWouldFind(t *testing.T) {
	const text = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: foreseen}
spec:
  nodes:
    - {id: read, type: file.read, with: {path: data/n.csv}}
    - {id: where, type: table.filter, in: {table: read}, with: {where: "m > 1"}}
    - {id: keep, type: sql.write, in: {table: where}, with: {connection: shop, table: n, mode: append}}
`
	m := loggedIn(t)
	server := m.env["DATAFLOW_SERVER"]
	delete(m.env, "DATAFLOW_SERVER")
	m.write("flows/data/n.csv", "n,s\n1,a\n")
	m.write("flows/f.yaml", text)
	out, beside := m.want(exitOK, "validate", "flows")
	require.NotContains(t, beside, "--server")
	require.Contains(t, out, `f.yaml:7:`)
	require.Contains(t, out, `warning: Line 1, column 1: There is no column "m". Did you mean "n"? [node where, with.where]`)
	require.NotContains(t, out, "connection")

	out, _ = m.want(exitOK, "validate", "flows", "--server", server)
	require.NotContains(t, out, "column", "the file is not there")
	require.Contains(t, out, `warning: There is no connection "shop".`)
	require.Contains(t, out, "[node keep, with.connection]")
	for _, here := range []string{"--python=python3", "--python-isolated"} {
		_, beside := m.want(exitUsage, "validate", "flows", "--server", server, here)
		require.Contains(t, beside, strings.TrimSuffix(here, "=python3")+" is how code is checked here")
	}
	m.env["DATAFLOW_SERVER"] = server
	out, beside = m.want(exitOK, "validate", "flows")
	require.NotContains(t, out, "connection", "the environment sends nothing away that is to be checked here")
	require.Equal(t, 1, strings.Count(beside, "give --server "+server+"."), beside)
	m.env["DATAFLOW_PYTHON"] = "python3"
	_, beside = m.want(exitOK, "validate", "flows", "--server", server)
	require.NotContains(t, beside, "--server")
	delete(m.env, "DATAFLOW_PYTHON")

	m.want(exitOK, "flows", "apply", "flows", "--yes")
	_, beside = m.want(exitInvalid, "flows", "apply", "flows", "--publish", "--yes")
	require.Contains(t, beside, `error: There is no connection "shop".`)
	require.Contains(t, beside, "nothing was changed")
	_, beside = m.want(exitInvalid, "flows", "publish", "foreseen")
	require.Contains(t, beside, "or publish anyway")
	m.want(exitUsage, "flows", "apply", "flows", "--force", "--yes")
	out, _ = m.want(exitOK, "flows", "apply", "flows", "--publish", "--force", "--yes")
	require.Contains(t, out, "published foreseen as version 1, from revision 1 of its draft\n")
	m.write("flows/f.yaml", strings.Replace(text, "m > 1", "n > 1", 1))
	out, _ = m.want(exitOK, "flows", "apply", "flows", "--publish", "--yes")
	require.Contains(t, out, "published foreseen as version 2", "the published version names it, too")
	m.write("flows/f.yaml", strings.Replace(text, "connection: shop", "connection: other", 1))
	m.want(exitOK, "flows", "apply", "flows", "--yes")
	_, beside = m.want(exitInvalid, "flows", "publish", "foreseen")
	seen := regexp.MustCompile(`--revision (\d+)`).FindStringSubmatch(beside)
	require.NotNil(t, seen, beside)

	// What another has changed since it was shown is not published by force.
	m.write("flows/f.yaml", strings.Replace(text, "connection: shop", "connection: others", 1))
	m.want(exitOK, "flows", "apply", "flows", "--yes")
	_, beside = m.want(exitRefused, "flows", "publish", "foreseen", "--force", "--revision", seen[1])
	require.Contains(t, beside, "Somebody else has changed the draft")
	require.Contains(t, beside, "Look at the draft as it is now")
	m.want(exitUsage, "flows", "publish", "foreseen", "other", "--revision", seen[1])
	m.want(exitUsage, "flows", "publish", "foreseen", "--revision", "0")
	_, beside = m.want(exitOK, "flows", "publish", "foreseen", "--force")
	require.Regexp(t, `foreseen is published as its draft was at revision \d+, changed by .+ although:\n +There is no connection "others"`, beside)

	m.write("flows/f.yaml", strings.Replace(text, "m > 1", "n > > AND 1", 1))
	out, _ = m.want(exitInvalid, "validate", "flows")
	require.Contains(t, out, "[node where, with.where]")
	delete(m.env, "DATAFLOW_SERVER")
	out, _ = m.want(exitInvalid, "validate", "flows")
	require.Contains(t, out, "error: Line 1, column ")
}

// A list in a flow becomes a table, whose columns are known before a run.
func TestValidateForeseesTheColumnsOfAList(t *testing.T) {
	m := newTerminal(t)
	const text = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: listed}
spec:
  nodes:
    - {id: rows, type: value.set, with: {value: [{n: 1}, {n: 5}]}}
    - {id: large, type: table.filter, in: {table: rows}, with: {where: "n > 1"}}
`
	m.write("flow.yaml", text)
	out, beside := m.want(exitOK, "validate", "flow.yaml")
	require.Empty(t, beside)
	require.Equal(t, "flow.yaml: ok, 2 nodes\n", out)
	m.write("flow.yaml", strings.Replace(text, "n > 1", "m > 1", 1))
	out, _ = m.want(exitOK, "validate", "flow.yaml")
	require.Contains(t, out, `There is no column "m".`)
}
