package duck

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"dataflow/ide-go-lib/artifact/local"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/duck/native"
)

// greedy are attempts to take the machine's memory past DuckDB's account of it: by what one value is, by what 2048 of them are
// together, by lists of them, and by aggregates that keep all.
var greedy = []string{
	"SELECT mode(range) AS n FROM range(20000000)",
	"SELECT sum(length(replace(s, 'a', repeat('b', 100000)))) AS n FROM (SELECT repeat('a', 100000) || range AS s FROM range(3000))",
	"SELECT sum(length(concat(" + strings.Repeat("s, ", 500) + "''))) AS n FROM (SELECT repeat('a', 100000) || range AS s FROM range(3000))",
	"SELECT length(list_aggregate(list_transform(range(100000), lambda x: repeat('x', 100000 + x::INT)), 'string_agg', ',')) AS n",
	"SELECT length(list_reduce(list_transform(range(40), lambda x: 'x'), lambda a, b: a || a || b)) AS n FROM range(1000)",
	"SELECT cardinality(histogram(range::VARCHAR || '" + strings.Repeat("x", 100) + "')) AS n FROM range(20000000)",
}

// inOwnProcess runs a test in a process of its own.
func inOwnProcess(t *testing.T, do func(t *testing.T, e *Engine)) {
	const env = "DUCK_OWN_PROCESS"
	if os.Getenv(env) != "" {
		store, err := local.New(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		e, err := New(Config{Store: store, TempDir: t.TempDir(), MemoryMiB: 200, Slots: 1, Threads: 2, Time: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := e.Close(); err != nil {
				t.Error(err)
			}
		})
		go func() {
			for native.Resident() < 4<<30 {
				time.Sleep(10 * time.Millisecond) // rather than the machine's memory, this process ends
			}
			panic("more than 4 GiB are taken")
		}()
		do(t, e)
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), env+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}

var peakLine = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peak is the memory that this process has taken at most, in MiB.
func peak(t *testing.T) int {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	m := peakLine.FindSubmatch(text)
	if m == nil {
		t.Fatalf("no peak in %s", text)
	}
	n, err := strconv.Atoi(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	return n >> 10
}

// TestGreedySQL: none takes much more than the query's memory and what may come on top of it, and each says why it ends.
func TestGreedySQL(t *testing.T) {
	inOwnProcess(t, func(t *testing.T, e *Engine) {
		for _, sql := range greedy {
			began, short := time.Now(), sql[:min(len(sql), 120)]
			p := sqlPlan(sql)
			p.Node = "n1"
			_, err := e.run(context.Background(), e.pool.one(), tenant, p, nil)
			pub := errs.From(err)
			if pub == nil {
				t.Errorf("%s: ran", short)
				continue
			}
			t.Logf("%v, %d MiB, %s: %s", time.Since(began).Round(time.Millisecond), native.Resident()>>20, pub.Code, short)
			if pub.Code != codeValues && pub.Code != codeMemory || pub.Hint == "" || fmt.Sprint(pub.Details) == "[]" || pub.Details[0].Node != "n1" {
				t.Errorf("%s: %+v", short, pub)
			}
		}
		if got := lines(t, e, run(t, e, sqlPlan("SELECT count(DISTINCT range) AS n FROM range(100000)"))); got != "[100000]\n" {
			t.Errorf("after them: %s", got)
		}
		if p := peak(t); p > 1500 {
			t.Errorf("%d MiB were taken", p)
		}
	})
}

// TestTheGuardLetsHealthyQueriesBe: what DuckDB accounts for, and puts on the disk beyond its limit, is not the guard's.
func TestTheGuardLetsHealthyQueriesBe(t *testing.T) {
	inOwnProcess(t, func(t *testing.T, e *Engine) {
		ctx := t.Context()
		big := run(t, e, sqlPlan("SELECT range AS id, hash(range) AS h, 'some text of row ' || range AS name FROM range(2000000)"))
		for _, sql := range []string{
			"SELECT * FROM input ORDER BY h",
			"SELECT a.id, b.name FROM input AS a JOIN input AS b ON a.h = b.h",
			"SELECT h % 1000000 AS k, count(*) AS n, max(name) AS m FROM input GROUP BY k",
			"SELECT id, row_number() OVER (PARTITION BY h % 100 ORDER BY name) AS r FROM input",
			"SELECT replace(name, 'text', 'longer text') AS name, lpad(id::VARCHAR, 10, '0') AS p FROM input",
		} {
			if _, err := e.Run(ctx, tenant, over(big, sql), nil); err != nil {
				t.Errorf("%s: %v", sql, err)
			}
		}
		for _, format := range []string{"csv", "parquet"} {
			path := filepath.Join(t.TempDir(), "out."+format)
			if err := e.Export(ctx, tenant, big.Artifact, path, table.ExportOptions{Format: format}); err != nil {
				t.Errorf("%s: %v", format, err)
				continue
			}
			if _, err := e.Import(ctx, tenant, path, table.ImportOptions{}, nil); err != nil {
				t.Errorf("%s: %v", format, err)
			}
		}
		if n := native.Refused(); n > 0 {
			t.Errorf("memory was refused %d times", n)
		}
	})
}

// TestWhoIsBlamed: of those that were there when memory became too little, the youngest, each in its turn.
func TestWhoIsBlamed(t *testing.T) {
	now := time.Now()
	at := func(seconds int) *session { return &session{begun: now.Add(time.Duration(seconds) * time.Second)} }
	old, younger, late, later := at(-20), at(-10), at(5), at(6)
	g := guard{at: []*session{old, later, younger, late}, lowAt: now}
	for _, want := range []*session{younger, old, later, late} {
		if got := g.blamed(); got != want {
			t.Fatalf("began at %v, want %v", got.begun.Sub(now), want.begun.Sub(now))
		}
		want.end(tooMuch{})
	}
	if g.blamed() != nil {
		t.Error("all have been told")
	}
}

// TestNobodyWaitsForTidying: every query takes the guard's lock, and tidying can take long.
func TestNobodyWaitsForTidying(t *testing.T) {
	const nothing = -1 << 40 // so that there is something to tidy in any case
	tidied := 0
	g := &guard{base: nothing, running: true} // nobody watches
	g.tidyUp = func() {
		tidied++
		if !g.mu.TryLock() {
			t.Error("others would wait")
			return
		}
		g.mu.Unlock()
	}
	first, second := &session{}, &session{}
	g.begin(first)
	g.begin(second)
	g.base, g.tidyAt = nothing, time.Time{}
	g.end(second)
	g.end(first)
	if tidied != 2 {
		t.Errorf("tidied %d times", tidied)
	}
}
