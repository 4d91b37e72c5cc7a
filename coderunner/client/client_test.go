package client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dataflow/coderunner/client"
	"dataflow/coderunner/gateway"
	"dataflow/coderunner/internal/house"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// policyOf lets one tenant use all of the language.
func policyOf(tenant string) string {
	if tenant == "free" {
		return "isolated"
	}
	return "restricted"
}

// remote puts a service behind a gateway, as it is on another machine, and gives a client that shares no file with it.
func remote(t *testing.T) *client.Client {
	t.Helper()
	s := house.Start(t, t.TempDir(), false)
	g := gateway.New(gateway.Config{Addr: "127.0.0.1:0", Socket: s.Socket(), Token: "secret", Log: slog.New(slog.DiscardHandler)})
	if err := g.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	c := client.New(client.Config{URL: "http://" + g.Addr(), Token: "secret", Dir: filepath.Join(t.TempDir(), "results"), Policy: policyOf})
	t.Cleanup(c.Close)
	return c
}

// TestExecute is the contract of Python, for a service on this machine and for one elsewhere.
func TestExecute(t *testing.T) {
	t.Run("on this machine", func(t *testing.T) {
		s := house.Start(t, t.TempDir(), true)
		contract(t, s.Client(t, policyOf), s.Artifacts)
		t.Run("a path outside is refused", func(t *testing.T) {
			_, err := s.Client(t, nil).Execute(t.Context(), node.PythonRequest{
				Code: "def main(f): return 1",
				Args: map[string]node.PythonArg{"f": {Kind: value.File, Path: "/etc/passwd"}},
			})
			if !errors.Is(err, &errs.Error{Code: "path_not_allowed"}) {
				t.Fatalf("error %v", err)
			}
		})
	})
	t.Run("elsewhere", func(t *testing.T) { contract(t, remote(t), t.TempDir()) })
}

func contract(t *testing.T, c *client.Client, inputs string) {
	t.Helper()
	file := filepath.Join(inputs, "blob")
	if err := os.WriteFile(file, []byte("a,b\n1,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}

	t.Run("values", func(t *testing.T) {
		var logs []string
		result, err := c.Execute(t.Context(), node.PythonRequest{
			Code:  "def main(a, b=2):\n    print('adding')\n    return {'sum': a + b, 'big': 'x' * 200_000}",
			Args:  map[string]node.PythonArg{"a": {Kind: value.JSON, JSON: json.RawMessage("40")}},
			OnLog: func(level, text string) { logs = append(logs, level+" "+text) },
		})
		if err != nil {
			t.Fatal(err)
		}
		defer result.Close()
		var got struct {
			Sum int
			Big string
		}
		if err := json.Unmarshal(result.Outputs["result"].JSON, &got); err != nil {
			t.Fatal(err)
		}
		if got.Sum != 42 || len(got.Big) != 200_000 {
			t.Errorf("sum %d, %d characters", got.Sum, len(got.Big))
		}
		if len(logs) != 1 || logs[0] != "info adding" {
			t.Errorf("logs %q", logs)
		}
		if result.Usage.WallMS <= 0 || result.Usage.PeakMiB <= 0 {
			t.Errorf("usage %+v", result.Usage)
		}
	})

	t.Run("tables and files", func(t *testing.T) {
		result, err := c.Execute(t.Context(), node.PythonRequest{
			Code: "import pandas as pd\ndef main(f: 'file'):\n    return {'rows': pd.read_csv(f), 'same': f}",
			Args: map[string]node.PythonArg{"f": {Kind: value.File, Path: file, Name: "data.csv"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		rows := result.Outputs["rows"]
		if rows.Kind != value.Table || rows.Table == nil || rows.Table.Rows != 1 || rows.Table.Columns[0].Type != "BIGINT" {
			t.Fatalf("rows %+v", rows)
		}
		same := result.Outputs["same"]
		content, err := os.ReadFile(same.Path)
		if err != nil || string(content) != "a,b\n1,2\n" || same.Name != "data.csv" || same.MediaType != "text/csv" {
			t.Errorf("file %+v, %q, %v", same, content, err)
		}
		again, err := c.Execute(t.Context(), node.PythonRequest{
			Code: "def main(t):\n    t['c'] = t.a + t.b\n    return t",
			Args: map[string]node.PythonArg{"t": {Kind: value.Table, Path: rows.Path}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if meta := again.Outputs["result"].Table; meta == nil || len(meta.Columns) != 3 {
			t.Errorf("result %+v", again.Outputs["result"])
		}
		again.Close()
		result.Close()
		if _, err := os.Stat(rows.Path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the result is still there after Close: %v", err)
		}
	})

	t.Run("an exception has its line", func(t *testing.T) {
		var logs bytes.Buffer
		_, err := c.Execute(t.Context(), node.PythonRequest{
			Code:  "def main():\n    rows = []\n    return rows[3]",
			OnLog: func(level, text string) { logs.WriteString(level + ": " + text) },
		})
		var problem *errs.Error
		if !errors.As(err, &problem) || problem.Code != "python_error" || !strings.Contains(problem.Message, "IndexError") {
			t.Fatalf("error %v", err)
		}
		if len(problem.Details) != 1 || problem.Details[0].Line != 3 || problem.Details[0].Field != "with.code" {
			t.Errorf("details %+v", problem.Details)
		}
		if !strings.Contains(logs.String(), "error: Traceback") {
			t.Errorf("log %q", logs.String())
		}
	})

	t.Run("ending the context ends the code", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := c.Execute(ctx, node.PythonRequest{
			Code:  "def main():\n    print('here')\n    while True: pass",
			OnLog: func(string, string) { cancel() },
		})
		if !errors.Is(err, &errs.Error{Code: "canceled"}) || !errors.Is(err, context.Canceled) {
			t.Fatalf("error %v", err)
		}
		result, err := c.Execute(t.Context(), node.PythonRequest{Code: "def main(): return 1"})
		if err != nil {
			t.Fatal(err)
		}
		result.Close()
	})

	t.Run("the tenant's policy", func(t *testing.T) {
		code := "import ctypes\ndef main(): return 1"
		_, err := c.Execute(t.Context(), node.PythonRequest{Tenant: "default", Code: code})
		var problem *errs.Error
		if !errors.As(err, &problem) || problem.Code != "policy_violation" || len(problem.Details) != 1 || problem.Details[0].Line != 1 {
			t.Fatalf("error %+v", err)
		}
		got, err := c.Inspect(t.Context(), "default", "", code)
		if err != nil || len(got.Findings) == 0 || got.Findings[0].Code != "policy_violation" {
			t.Errorf("findings %+v, %v", got.Findings, err)
		}
		result, err := c.Execute(t.Context(), node.PythonRequest{Tenant: "free", Code: code})
		if err != nil {
			t.Fatal(err)
		}
		result.Close()
	})

	t.Run("variables and secrets", func(t *testing.T) {
		var logs []string
		result, err := c.Execute(t.Context(), node.PythonRequest{
			Code: "import os\ndef main():\n    print(os.environ['TOKEN'], os.environ['MODE'])\n    return len(os.environ['TOKEN'])",
			Env:  map[string]string{"MODE": "test"}, Secrets: map[string]string{"TOKEN": "hush-hush"},
			OnLog: func(_, text string) { logs = append(logs, text) },
		})
		if err != nil {
			t.Fatal(err)
		}
		defer result.Close()
		if string(result.Outputs["result"].JSON) != "9" || len(logs) != 1 || logs[0] != "*** test" {
			t.Errorf("outputs %v, logs %q", result.Outputs, logs)
		}
	})

	t.Run("inspect", func(t *testing.T) {
		got, err := c.Inspect(t.Context(), "default", "", "def main(orders: 'table', least: float = 10):\n    return ordrs")
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Tables) != 1 || got.Tables[0] != "orders" {
			t.Errorf("tables %q", got.Tables)
		}
		if len(got.Findings) != 1 || got.Findings[0].Code != "undefined_name" || got.Findings[0].Line != 2 {
			t.Errorf("findings %+v", got.Findings)
		}
	})
}

func TestUnreachable(t *testing.T) {
	dir := t.TempDir()
	c := client.New(client.Config{Socket: filepath.Join(dir, "none"), Dir: dir, StartWait: 50 * time.Millisecond})
	_, err := c.Execute(t.Context(), node.PythonRequest{Code: "def main(): return 1"})
	if !errors.Is(err, &errs.Error{Code: "python_unavailable"}) {
		t.Fatalf("error %v", err)
	}
	away := client.New(client.Config{URL: "http://127.0.0.1:1", Dir: dir, StartWait: 50 * time.Millisecond})
	_, err = away.Execute(t.Context(), node.PythonRequest{Code: "def main(): return 1"})
	var problem *errs.Error
	if !errors.As(err, &problem) || !strings.Contains(problem.Message, "http://127.0.0.1:1") || strings.Contains(problem.Hint, "restarted by itself") {
		t.Errorf("error of a service elsewhere %v", err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
