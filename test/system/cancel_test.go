package system

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/engine"
	"dataflow/ide-go-lib/testkit"
)

// endless is three steps that would take for ever, each in a machinery of its own.
const endless = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: endless}
spec:
  nodes:
    - id: read
      type: file.read
      with: {path: numbers.csv}
    - id: query
      type: table.sql
      in: {table: read}
      with:
        query: SELECT count(*) AS n FROM input a, input b, input c, input d, input e WHERE a.n + b.n + c.n + d.n + e.n < 0
    - id: request
      type: http.request
      with: {url: "%s"}
    - id: code
      type: python
      with:
        code: |
          def main():
              print("begun")
              while True:
                  pass
`

// Canceling a run ends the query, the request and the process, not only what is known of them.
func TestCancelReachesSQLHTTPAndPython(t *testing.T) {
	received, left := make(chan struct{}, 1), make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		received <- struct{}{}
		<-r.Context().Done()
		close(left)
	}))
	defer silent.Close()
	i := newInstallation(t)
	server := i.serve("--allow-network", "127.0.0.1")
	i.upload("numbers.csv", "n\n"+strings.Repeat("1\n", 5000))

	id := i.begin(fmt.Sprintf(endless, silent.URL))
	testkit.Eventually(t, "all three are at work", func() bool {
		steps := i.steps(id)
		for _, node := range []string{"query", "request", "code"} {
			if steps[node].Status != engine.Running {
				return false
			}
		}
		return true
	})
	<-received
	testkit.Eventually(t, "the code runs", func() bool { return len(busyBelow(server.PID())) == 1 })
	t.Logf("begun")
	asked := time.Now()
	require.Equal(t, http.StatusOK, i.call(http.MethodPost, "/runs/"+id+"/cancel", nil, nil))
	require.Equal(t, engine.Canceled, i.finish(id).Status)
	t.Logf("canceled after %v", time.Since(asked).Round(time.Millisecond))
	for node, step := range i.steps(id) {
		if node != "read" {
			require.Equal(t, engine.Canceled, step.Status, node)
		}
	}
	<-left
	testkit.Eventually(t, "the process is gone", func() bool { return len(busyBelow(server.PID())) == 0 })
	t.Logf("gone after %v", time.Since(asked).Round(time.Millisecond))
	require.Equal(t, 0, server.Stop())
	t.Logf("stopped after %v", time.Since(asked).Round(time.Millisecond))
}

// busyBelow gives the processes below pid that compute and have done so for a while: neither those that wait for work nor
// those that are being started.
func busyBelow(pid int) (busy []int) {
	var children []string
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, name := range threads {
		text, _ := os.ReadFile(name) // whoever has ended has none
		children = append(children, strings.Fields(string(text))...)
	}
	for _, field := range children {
		child, _ := strconv.Atoi(field)
		stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", child))
		_, after, _ := strings.Cut(string(stat), ") ")
		values := strings.Fields(after)
		if len(values) > 11 && values[0] == "R" {
			if ticks, err := strconv.Atoi(values[11]); err == nil && ticks >= 30 {
				busy = append(busy, child)
			}
		}
		busy = append(busy, busyBelow(child)...)
	}
	return busy
}
