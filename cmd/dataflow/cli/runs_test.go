package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/api"
	"dataflow/flow-automation/engine"
	"dataflow/ide-go-lib/testkit"
)

// gateFlow waits for a decision, and then does what can be made to fail, to warn and to be slow by its parameters.
const gateFlow = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: gate, title: A gate}
spec:
  params:
    n: {type: integer, default: 3}
    file: {type: string, default: data/n.csv}
  nodes:
    - id: gate
      type: control.approval
      with:
        title: Go on?
        form: [{name: amount, type: integer, required: true}]
    - id: each
      type: control.map
      after: [gate]
      with: {items: "{{ 1..params.n }}"}
      nodes:
        - id: work
          type: value.set
          with: {value: "{{ item * 10 }}"}
    - id: rows
      type: file.read
      after: [each]
      with: {path: "{{ params.file }}", bad_rows: skip}
    - id: done
      type: control.return
      in: {value: each.results}
      after: [rows]
`

const backfilled = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: nightly}
spec:
  params:
    date: {type: date, required: true}
    n: {type: integer, default: 1}
  nodes:
    - id: check
      type: control.if
      with: {condition: "{{ params.n == 13 }}"}
    - id: bad
      type: control.fail
      in: {input: check.true}
      with: {message: "unlucky {{ params.date }}"}
`

// beside gives another terminal of the same person.
func (m *terminal) beside() *terminal {
	other := newTerminal(m.t)
	other.dir, other.env = m.dir, m.env
	return other
}

func withGate(t *testing.T) *terminal {
	m := loggedIn(t)
	m.write("gate.yaml", gateFlow)
	m.want(exitOK, "flows", "apply", "gate.yaml", "--yes")
	return m
}

// begin starts a run of a flow and gives its id.
func (m *terminal) begin(args ...string) string {
	m.t.Helper()
	out, _ := m.want(exitOK, append([]string{"flows", "run", "--detach"}, args...)...)
	return strings.TrimSpace(out)
}

// until waits for a step of a run to come to a status.
func (m *terminal) until(run, step string, status engine.Status) {
	m.t.Helper()
	testkit.Eventually(m.t, step+" is "+string(status), func() bool {
		var shown struct{ Steps []engine.Step }
		m.answer(&shown, "runs", "show", run)
		for _, s := range shown.Steps {
			if s.NodeID == step && s.Status == status {
				return true
			}
		}
		return false
	})
}

func TestListAndShowRuns(t *testing.T) {
	m := withGate(t)
	_, beside := m.want(exitOK, "runs")
	require.Contains(t, beside, "There are no such runs")
	first := m.begin("gate", "--param", "n=2")
	second := m.begin("gate")
	m.until(first, "gate", engine.Waiting)

	out, _ := m.want(exitOK, "runs", "list", "--flow", "gate", "--status", "running,queued", "--since", "1h")
	require.Contains(t, out, first)
	require.Regexp(t, `RUN +FLOW +STATUS +STEPS +MADE +TOOK +BY\n`+second+` +gate +running`, out)
	out, beside = m.want(exitOK, "runs", "list", "--limit", "1", "--json")
	require.Contains(t, beside, "--limit")
	var list []engine.Run
	require.NoError(t, json.Unmarshal([]byte(out), &list))
	require.Equal(t, second, list[0].ID)
	for args, wants := range map[string]string{
		"--status done": "there is no run status", "--since soon": "--since takes a date", "--limit -1": "--limit",
		"--sort age": "", "--flow gat": "Did you mean gate?",
	} {
		code := m.run(append([]string{"runs", "list"}, strings.Fields(args)...)...)
		require.NotEqual(t, exitOK, code, args)
		require.NotEqual(t, exitInternal, code, args)
		require.Contains(t, m.err.String(), wants)
	}

	out, _ = m.want(exitOK, "runs", "show", first)
	require.Regexp(t, `Parameters +{"file":"data/n.csv","n":2}`, out)
	require.Regexp(t, `gate +control.approval +waiting`, out)
	out, _ = m.want(exitOK, "runs", "why", first)
	require.Regexp(t, `(?i)gate +waiting +.*approval`, out)
	m.want(exitRefused, "runs", "show", "absent")
	m.want(exitRefused, "runs", "why", "absent")
}

func TestDecideAndFollow(t *testing.T) {
	m := withGate(t)
	m.write("data/n.csv", "n\n1\n")
	upload(m, "data/n.csv", "n,m\n1,2\n3\n4,5\n")
	id := m.begin("gate", "--param", "n=2")
	m.until(id, "gate", engine.Waiting)

	// One who follows the log and one who watches are there before anything happens.
	tail, watch := m.beside(), m.beside()
	ended := make(chan int, 2)
	go func() { ended <- tail.run("logs", id, "-f") }()
	go func() { ended <- watch.run("runs", "watch", id) }()
	testkit.Eventually(t, "the watcher sees what waits", func() bool { return strings.Contains(watch.err.String(), "gate") })

	out, _ := m.want(exitOK, "approvals", "--mine")
	require.Regexp(t, id+` +gate +gate +Go on\? +anybody +amount`, out)
	_, beside := m.want(exitInvalid, "approvals", "approve", id)
	require.Contains(t, beside, "amount is required")
	_, beside = m.want(exitInvalid, "approvals", "approve", id, "--field", "amount=x")
	require.Contains(t, beside, "form.amount: ")
	m.want(exitInvalid, "approvals", "approve", id, "--field", "amuont=1")
	m.want(exitUsage, "approvals", "approve", id, "--field", "amount")
	m.want(exitRefused, "approvals", "approve", id, "each", "--field", "amount=1")
	m.want(exitRefused, "approvals", "reject", "absent")
	out, _ = m.want(exitOK, "approvals", "approve", id, "gate", "--field", "amount=12", "--comment", "checked")
	require.Regexp(t, "^approved gate of .+, run "+id+"\n$", out)
	out, _ = m.want(exitOK, "runs", "show", id)
	require.Regexp(t, `gate +control.approval +succeeded .*approved by admin at 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d: "checked"`, out)
	_, beside = m.want(exitRefused, "approvals", "approve", id)
	require.Contains(t, beside, "No step of the run")

	require.Equal(t, exitOK, testkit.Receive(t, "the end of the one", ended))
	require.Equal(t, exitOK, testkit.Receive(t, "the end of the other", ended))
	require.Contains(t, watch.out.String(), "done: [10,20]")
	require.NotContains(t, watch.out.String(), "each[0]", "what a body gave is the container's")
	require.Regexp(t, `rows +1 row of data/n.csv did not fit`, tail.out.String())

	out, _ = m.want(exitOK, "logs", id, "rows")
	require.Equal(t, strings.Fields(out), strings.Fields(tail.out.String()))
	out, _ = m.want(exitOK, "logs", id, "each")
	require.Empty(t, out)
	_, beside = m.want(exitRefused, "logs", id, "row")
	require.Contains(t, beside, "did you mean rows?")
	var line engine.LogLine
	m.answer(&line, "logs", id, "--tail", "1")
	require.Equal(t, "warn", line.Level)

	out, _ = m.want(exitOK, "runs", "show", id)
	require.Regexp(t, `Result +\[10,20\]`, out)
	require.Regexp(t, `each +control.map +succeeded .*2 of 2 items`, out)
	out, _ = m.want(exitOK, "runs", "show", id, "--within", "each[1]")
	require.Contains(t, out, "each[1]/work")
	require.NotContains(t, out, "each[0]/work")
}

func upload(m *terminal, name, text string) {
	m.t.Helper()
	m.write(name, text)
	m.write("upload.yaml", fmt.Sprintf("apiVersion: dataflow/v1\nkind: Flow\nmetadata: {name: upload}\nspec:\n  nodes:\n    - {id: a, type: file.read, with: {path: %s, bad_rows: skip}}\n", name))
	m.want(exitOK, "run", "upload.yaml", "--server", m.env["DATAFLOW_SERVER"], "--replace-files", "-q")
}

func TestInterruptionLeavesAWatchedRunAndCancelsAnOwnOne(t *testing.T) {
	m := withGate(t)
	id := m.begin("gate")
	watch := m.beside()
	ended := make(chan int, 1)
	go func() { ended <- watch.run("runs", "watch", id) }()
	testkit.Eventually(t, "it is watched", func() bool { return strings.Contains(watch.err.String(), "gate") })
	watch.signals <- syscall.SIGINT
	require.Equal(t, exitCanceled, testkit.Receive(t, "the end of watching", ended))
	require.Contains(t, watch.err.String(), "The run "+id+" goes on.")
	m.until(id, "gate", engine.Waiting)

	tail := m.beside()
	go func() { ended <- tail.run("logs", id, "-f") }()
	tail.signals <- syscall.SIGINT
	testkit.Receive(t, "the end of the log", ended)

	own := m.beside()
	go func() { ended <- own.run("flows", "run", "gate") }()
	testkit.Eventually(t, "it waits", func() bool { return strings.Contains(own.err.String(), "gate") })
	own.signals <- syscall.SIGINT
	require.Equal(t, exitCanceled, testkit.Receive(t, "the end of the run", ended))
	require.Contains(t, own.err.String(), "canceled after")
}

func TestWatchingGoesOnAcrossARestartOfTheServer(t *testing.T) {
	addr := fmt.Sprintf("127.0.0.1:%d", testkit.FreePort(t))
	server := newTerminal(t)
	server.env["DATAFLOW_ADMIN_PASSWORD"] = "one of my own"
	_, stop := server.serve("--addr", addr)
	m := newTerminal(t)
	m.env = map[string]string{"DATAFLOW_SERVER": "http://" + addr, "DATAFLOW_USER": "admin", "DATAFLOW_PASSWORD": "one of my own"}
	m.write("gate.yaml", strings.Replace(gateFlow, "after: [each]", "after: [each]\n      onError: continue", 1))
	m.want(exitOK, "flows", "apply", "gate.yaml", "--yes")
	id := m.begin("gate")
	watch, ended := m.beside(), make(chan int, 1)
	go func() { ended <- watch.run("runs", "watch", id) }()
	testkit.Eventually(t, "it is watched", func() bool { return strings.Contains(watch.err.String(), "gate") })
	require.Equal(t, exitOK, stop())
	_, stop = server.beside().serve("--addr", addr)
	m.want(exitOK, "approvals", "approve", id, "--field", "amount=1")
	require.Equal(t, exitOK, testkit.Receive(t, "the end of watching", ended), watch.err.String())
	require.Contains(t, watch.out.String(), "done: [10,20,30]")
	require.Equal(t, exitOK, stop())
}

func TestActOnRuns(t *testing.T) {
	m := withGate(t)
	ids := []string{m.begin("gate"), m.begin("gate"), m.begin("gate")}
	for _, id := range ids {
		m.until(id, "gate", engine.Waiting)
	}
	out, _ := m.want(exitOK, "runs", "pause", ids[0])
	require.Equal(t, "paused 1 run\n", out)
	out, _ = m.want(exitOK, "runs", "list", "--paused")
	require.Regexp(t, ids[0]+` +gate +paused`, out)
	require.NotContains(t, out, ids[1])
	out, _ = m.want(exitOK, "runs", "resume", "--flow", "gate", "--yes")
	require.Equal(t, "resumed 1 run\n", out, "only what is paused is meant")

	_, beside := m.want(exitUsage, "cancel")
	require.Contains(t, beside, "name the runs to cancel")
	m.want(exitUsage, "cancel", ids[0], "--flow", "gate")
	out, _ = m.want(exitOK, "cancel", ids[0])
	require.Equal(t, "canceled 1 run\n", out)
	m.want(exitRefused, "cancel", ids[0])
	out, beside = m.want(exitRefused, "cancel", ids[0], ids[1])
	require.Equal(t, "canceled 1 run\n", out)
	require.Contains(t, beside, ids[0]+": ")
	m.want(exitRefused, "runs", "delete", ids[2])

	m.person, m.in = true, "n\n"
	_, beside = m.want(exitCanceled, "runs", "delete", "--flow", "gate")
	require.Contains(t, beside, "Delete 2 runs? [y/N]")
	m.in = "y\n"
	out, _ = m.want(exitOK, "runs", "delete", "--flow", "gate")
	require.Equal(t, "deleted 2 runs\n", out)
	m.want(exitRefused, "runs", "show", ids[0])
	var result api.BulkResult
	m.answer(&result, "cancel", "--flow", "gate", "--yes")
	require.Equal(t, 1, result.Done)
	m.answer(&result, "runs", "retry", "--flow", "gate", "--yes")
	require.Equal(t, 1, result.Done)
	m.answer(&result, "runs", "delete", "--query", "nothing like it", "--yes")
	require.Equal(t, 0, result.Matched)
}

func TestRetry(t *testing.T) {
	m := withGate(t)
	id := m.begin("gate")
	m.until(id, "gate", engine.Waiting)
	m.want(exitRefused, "retry", id)
	m.want(exitOK, "approvals", "approve", id, "--field", "amount=1")
	_, beside := m.want(exitFailed, "runs", "watch", id)
	require.Contains(t, beside, "data/n.csv", "the file is not there")

	upload(m, "data/n.csv", "n\n1\n")
	out, beside := m.want(exitOK, "retry", id)
	require.Regexp(t, `✓ gate +succeeded .*taken over`, beside)
	require.Regexp(t, `✓ each +succeeded .*taken over`, beside)
	require.NotRegexp(t, `✓ rows .*taken over`, beside)
	require.Contains(t, out, "done: [10,20,30]")

	var run engine.Run
	m.answer(&run, "retry", id, "--step", "each", "--param", "n=1", "--detach")
	require.Equal(t, id, run.RetryOf)
	out, beside = m.want(exitOK, "runs", "watch", run.ID)
	require.Contains(t, out, "done: [10]")
	require.Regexp(t, `✓ gate +succeeded .*taken over`, beside)
	require.JSONEq(t, `{"n": 1, "file": "data/n.csv"}`, string(run.Params), "what is not named stays")

	m.write("gate.yaml", strings.Replace(gateFlow, "item * 10", "item * 100", 1))
	m.want(exitOK, "flows", "apply", "gate.yaml", "--yes")
	out, _ = m.want(exitOK, "retry", id, "--draft")
	require.Contains(t, out, "done: [100,200,300]")

	for args, wants := range map[string]string{
		"--from here": "--from is failed, start or step", "--from step": "belong together", "--from start --step each": "belong together",
	} {
		_, beside := m.want(exitUsage, append([]string{"retry", id}, strings.Fields(args)...)...)
		require.Contains(t, beside, wants)
	}
	m.want(exitInvalid, "retry", id, "--step", "absent")
	m.want(exitInvalid, "retry", id, "--param", "n=x")
	m.want(exitInvalid, "retry", id, "--param", "m=1")
	m.want(exitRefused, "retry", "absent")
}

func TestBackfill(t *testing.T) {
	m := loggedIn(t)
	m.write("nightly.yaml", backfilled)
	m.want(exitOK, "flows", "apply", "nightly.yaml", "--yes", "--publish")

	_, beside := m.want(exitOK, "backfill", "nightly", "--range", "date=2026-01-01..2026-01-31/1d", "--parallel", "3", "--version", "1")
	require.Contains(t, beside, "succeeded: 31 of 31 runs ended.")

	m.write("sets.csv", "\ufeffdate,n\n2026-02-01,1\n2026-02-02,13\n2026-02-03,\n")
	_, beside = m.want(exitFailed, "backfill", "nightly", "--sets", "sets.csv")
	require.Contains(t, beside, "3 of 3 runs ended, 1 failed.")
	var list []api.Backfill
	m.answer(&list, "backfills", "list", "nightly")
	require.Len(t, list, 2)
	var runs []engine.Run
	m.answer(&runs, "runs", "--backfill", list[0].ID, "--status", "failed")
	require.Len(t, runs, 1)
	out, _ := m.want(exitOK, "runs", "show", runs[0].ID)
	require.Contains(t, out, `{"date":"2026-02-02","n":13}`)

	m.write("sets.yaml", "- {date: 2026-02-01, n: 2}\n- date: \"2026-02-02\"\n")
	out, _ = m.want(exitOK, "backfill", "nightly", "--sets", "sets.yaml", "--json")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	var last api.Backfill
	require.NoError(t, json.Unmarshal([]byte(lines[len(lines)-1]), &last))
	require.Equal(t, "succeeded", last.Status)

	m.write("bad.csv", "date,n\n2026-02-01,x\n\nsoon,1\n")
	_, beside = m.want(exitInvalid, "backfill", "nightly", "--sets", "bad.csv")
	require.Contains(t, beside, "params.n, bad.csv, line 2:")
	require.Contains(t, beside, "params.date, bad.csv, line 4:")
	m.write("bad.yaml", "- {date: 2026-02-01}\n- 3\n")
	_, beside = m.want(exitInvalid, "backfill", "nightly", "--sets", "bad.yaml")
	require.Contains(t, beside, "bad.yaml, line 2, column 3: there must be a mapping of names to values, not a single value")
	m.write("broken.yaml", "- {date: 2026-02-01\n- [\n")
	_, beside = m.want(exitInvalid, "backfill", "nightly", "--sets", "broken.yaml")
	require.Contains(t, beside, "broken.yaml, line ")
	require.Contains(t, beside, "such as - {date: 2026-01-31, n: 1}")
	require.NotContains(t, beside, "unmarshal")
	m.write("mapping.yaml", "date: 2026-02-01\n")
	_, beside = m.want(exitInvalid, "backfill", "nightly", "--sets", "mapping.yaml")
	require.Contains(t, beside, "mapping.yaml, line 1, column 1: there must be a list, not a mapping")
	m.write("empty.csv", "date\n")
	m.want(exitInvalid, "backfill", "nightly", "--sets", "empty.csv")
	m.write("ragged.csv", "date,n\n2026-02-01\n")
	_, beside = m.want(exitInvalid, "backfill", "nightly", "--sets", "ragged.csv")
	require.Contains(t, beside, "ragged.csv, line 2: this line has 1 value and the first one 2")

	for args, code := range map[string]int{
		"": exitUsage, "--sets a --range b": exitUsage, "--range date": exitUsage, "--range date=1..2/": exitUsage, "--sets absent.csv": exitUsage,
		"--range date=2026-01-01..2026-01-02 --parallel 0": exitUsage, "--range day=2026-01-01..2026-01-02": exitInvalid,
		"--range date=2026-01-02..2026-01-01": exitInvalid,
	} {
		m.want(code, append([]string{"backfill", "nightly"}, strings.Fields(args)...)...)
	}
}

func TestInterruptionCancelsABackfill(t *testing.T) {
	m := withGate(t)
	ended := make(chan int, 1)
	own := m.beside()
	go func() { ended <- own.run("backfill", "gate", "--range", "n=1..4", "--parallel", "2") }()
	testkit.Eventually(t, "it has begun", func() bool { return strings.Contains(own.err.String(), "0 of 4 runs ended") })
	own.signals <- syscall.SIGINT
	require.Equal(t, exitCanceled, testkit.Receive(t, "the end", ended))
	require.Contains(t, own.err.String(), "canceled: ")

	out, _ := m.want(exitOK, "backfill", "gate", "--range", "n=1..4", "--detach")
	id := strings.TrimSpace(out)
	watch := m.beside()
	go func() { ended <- watch.run("backfills", "watch", id) }()
	testkit.Eventually(t, "it is watched", func() bool { return strings.Contains(watch.err.String(), "0 of 4 runs ended") })
	watch.signals <- syscall.SIGINT
	require.Equal(t, exitCanceled, testkit.Receive(t, "the end of watching", ended))
	require.Contains(t, watch.err.String(), "The backfill "+id+" of gate goes on.")
	out, _ = m.want(exitOK, "backfills", "cancel", id)
	require.Contains(t, out, "canceled backfill "+id+" of gate: ")
	m.want(exitRefused, "backfills", "watch", "absent")
}

func TestCompletion(t *testing.T) {
	m := withGate(t)
	id := m.begin("gate")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"flows", "run", "g"}, "gate\tA gate\n"},
		{[]string{"backfill", ""}, "gate\tA gate\n"},
		{[]string{"logs", ""}, id + "\tgate running\n"},
		{[]string{"runs", "list", "--flow", "ga"}, "gate\tA gate\n"},
		{[]string{"runs", "list", "--status", "f"}, "failed\n"},
		{[]string{"flows", "versions", "gate", ""}, ""},
	} {
		out, _ := m.want(exitOK, append([]string{"__complete"}, c.args...)...)
		require.Equal(t, c.want+":4\n", out, "%s", c.args)
	}
	m.env["DATAFLOW_SERVER"] = "http://127.0.0.1:9"
	out, _ := m.want(exitOK, "__complete", "logs", "")
	require.Equal(t, ":4\n", out, "a server that is away completes nothing")
}
