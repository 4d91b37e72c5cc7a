package local_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"dataflow/flow-automation/engine"
)

func TestLogs(t *testing.T) {
	r := setUp(t, "", nil)
	id := r.begin(chain("go/pure/log", inline, "go/pure/log")).ID
	var live []int64
	r.until(id, func(e engine.Event) bool {
		if e.Log != nil {
			live = append(live, e.Log.Seq)
		}
		return e.Run != nil && e.Run.Status.Final()
	})
	if len(live) != 40 || !slices.IsSorted(live) {
		t.Errorf("live lines %v", live)
	}
	lines, err := r.Logs(t.Context(), "t", id, "", 0, 30)
	if err != nil || len(lines) != 30 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	rest, err := r.Logs(t.Context(), "t", id, "", lines[29].Seq, 30)
	if err != nil || len(rest) != 10 || rest[9].Text != "line 19" {
		t.Errorf("rest %v, %v", rest, err)
	}
	only, err := r.Logs(t.Context(), "t", id, "n2", 0, 0)
	if err != nil || len(only) != 20 || only[0].NodeID != "n2" {
		t.Errorf("of one step %v, %v", only, err)
	}
}

func TestLogFloodIsCutAndSaysSo(t *testing.T) {
	r := setUp(t, "", nil)
	id := r.begin(chain("go/pure/flood")).ID
	r.wait(id)
	lines, err := r.Logs(t.Context(), "t", id, "", 0, 5000)
	if err != nil {
		t.Fatal(err)
	}
	size := 0
	for _, l := range lines {
		size += len(l.Text)
	}
	if last := lines[len(lines)-1]; size > 2<<20 || last.Level != "warn" || !strings.Contains(last.Text, "ends here") {
		t.Errorf("%d bytes in %d lines, the last is %q", size, len(lines), last.Text)
	}
}

func TestWatchOfEndedRunTellsAllAndCloses(t *testing.T) {
	r := setUp(t, "", nil)
	id := r.begin(chain("go/pure/log", inline)).ID
	r.wait(id)
	events, err := r.Watch(t.Context(), "t", id)
	if err != nil {
		t.Fatal(err)
	}
	var logs, steps int
	var last engine.Event
	for e := range events {
		if e.Seq <= last.Seq {
			t.Errorf("sequence %d after %d", e.Seq, last.Seq)
		}
		if e.Log != nil {
			logs++
		}
		if e.Step != nil {
			steps++
		}
		last = e
	}
	if logs != 20 || steps != 2 || last.Run == nil || last.Run.Status != engine.Succeeded {
		t.Errorf("%d lines, %d steps, last %+v", logs, steps, last)
	}
}

func TestWatchOfAllRuns(t *testing.T) {
	r := setUp(t, "", nil)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	events, err := r.Watch(ctx, "t", "")
	if err != nil {
		t.Fatal(err)
	}
	id := r.begin(chain(inline, "go/pure/ok")).ID
	for e := range events {
		if e.Log != nil {
			t.Error("a log line without asking for the run")
		}
		if e.Run != nil && e.Run.ID == id && e.Run.Status == engine.Succeeded {
			return
		}
	}
	t.Error("the end was never told")
}

// A watcher who does not fetch gets fewer states, and the last one.
func TestSlowWatcherGetsTheLastState(t *testing.T) {
	r := setUp(t, "", nil)
	types := make([]string, 200)
	for i := range types {
		types[i] = inline
	}
	types[0] = "go/pure/block"
	id := r.begin(chain(types...)).ID
	events, err := r.Watch(t.Context(), "t", id)
	if err != nil {
		t.Fatal(err)
	}
	<-events
	close(r.fake.gate("n0"))
	r.wait(id)
	n, last := 0, engine.Event{}
	for e := range events {
		n, last = n+1, e
	}
	if last.Run == nil || last.Run.Status != engine.Succeeded || n > 202 {
		t.Errorf("%d events, the last %+v", n, last)
	}
}
