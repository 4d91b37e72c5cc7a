package run_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/run"
)

// history is a run as some version of the program wrote it down. Every later version must read it and come to the same
// end, so that an upgrade breaks no run in flight. What is recorded is never written anew.
type history struct {
	Flow    *flow.Document `json:"flow"`
	Targets []string       `json:"targets,omitempty"`
	Journal []byte         `json:"journal"`
	Outcome string         `json:"outcome"`
}

const histories = "testdata/histories"

// record keeps the history of a script that has none yet; only -update does.
func (p *player) record(t *testing.T, name string) {
	t.Helper()
	if !*update || p.state == nil {
		return
	}
	file := filepath.Join(histories, name+".json")
	if _, err := os.Stat(file); err == nil {
		return
	}
	text, err := json.MarshalIndent(history{&p.doc, p.options.Targets, p.journal, outcome(p.state)}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(histories, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(text, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestRecordedHistoriesReplay(t *testing.T) {
	files, err := filepath.Glob(histories + "/*.json")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d histories, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var h history
			if err := json.Unmarshal(text, &h); err != nil {
				t.Fatal(err)
			}
			g, err := run.Compile(h.Flow)
			if err != nil {
				t.Fatal(err)
			}
			s := run.New(g, "run", run.Options{Targets: h.Targets})
			for _, e := range readRecords(t, h.Journal) {
				_, _ = s.Apply(e) // some were refused when they were recorded, too
			}
			if got := outcome(s); got != h.Outcome {
				t.Errorf("it comes to\n%s\nand was recorded as\n%s", got, h.Outcome)
			}
		})
	}
}
