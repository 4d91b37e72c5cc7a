package local_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"dataflow/flow-automation/engine"
)

// planted is a run that was put into the list of runs without being carried out.
type planted struct {
	no                         int64
	id, tenant, flow           string
	name, title                string
	status                     engine.Status
	created, duration          int64
	parent, backfill, pausedBy string
	late                       bool
}

var plantedStatuses = []engine.Status{engine.Queued, engine.Running, engine.Succeeded, engine.Failed, engine.Skipped, engine.Canceled}

// plant puts runs of two tenants into the list, of flows that were renamed now and then.
func (r *rig) plant(count int) []*planted {
	r.t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	begin := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	one := func(texts ...string) string { return texts[random.IntN(len(texts))] }
	all := make([]*planted, count)
	tx, err := r.db.Write.BeginTx(r.t.Context(), nil)
	if err != nil {
		r.t.Fatal(err)
	}
	for i := range all {
		at := begin.Add(time.Duration(random.IntN(3_600_000)) * time.Millisecond)
		if random.IntN(4) == 0 && i > 0 {
			at = time.UnixMicro(all[i-1].created) // several at the same moment
		}
		p := &planted{
			no: int64(i + 1), id: strings.ToLower(ulid.MustNew(ulid.Timestamp(at), ulid.DefaultEntropy()).String()), tenant: one("a", "a", "b"),
			flow: one("", "f1", "f2", "f3"), status: plantedStatuses[random.IntN(len(plantedStatuses))], created: at.UnixMicro(),
			duration: int64(random.IntN(50)), parent: one("", "", "", "p1"), backfill: one("", "", "", "k1", "k2"), pausedBy: one("", "", "", "ann"), late: random.IntN(5) == 0,
		}
		p.name, p.title = p.flow+"-"+one("orders", "Birds", "50%_of it"), one("", "Vögel am Flughafen", "鸟击", "Orders by day")
		all[i] = p
		flow := p.tenant + p.flow + p.name + p.title
		for _, statement := range []struct {
			text string
			args []any
		}{
			{"INSERT INTO run_flows (tenant, flow_id, name, title) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", []any{p.tenant, p.flow, p.name, p.title}},
			{`INSERT INTO runs (no, id, tenant, flow_id, flow_name, flow_title, flow_version, trigger_type, trigger_id, started_by, start_key, status, created_at, started_at,
				ended_at, duration, steps_total, steps_done, recovered, error, parent, backfill, paused_by, late, flow)
				SELECT ?, ?, ?, ?, ?, ?, 1, 'manual', '', 'ann', '', ?, ?, ?, ?, ?, 1, 1, 0, '', ?, ?, ?, ?, no FROM run_flows WHERE tenant || flow_id || name || title = ?`,
				[]any{p.no, p.id, p.tenant, p.flow, p.name, p.title, string(p.status), p.created, p.created, p.created + p.duration, p.duration, p.parent, p.backfill, p.pausedBy, p.late, flow}},
		} {
			if _, err := tx.ExecContext(r.t.Context(), statement.text, statement.args...); err != nil {
				r.t.Fatal(err)
			}
		}
	}
	if err := tx.Commit(); err != nil {
		r.t.Fatal(err)
	}
	return all
}

// matches is what a filter means, told without any index.
func (p *planted) matches(tenant string, f engine.RunFilter) bool {
	q := strings.ToLower(f.Query)
	named := strings.Contains(strings.ToLower(p.name), q) || strings.Contains(strings.ToLower(p.title), q)
	byID := strings.HasPrefix(p.id, q) || (len(q) >= 8 && strings.HasSuffix(p.id, q))
	return p.tenant == tenant && (f.FlowID == "" || p.flow == f.FlowID) && (len(f.Statuses) == 0 || slices.Contains(f.Statuses, p.status)) &&
		(q == "" || named || byID) && (f.Since.IsZero() || p.created >= f.Since.UnixMicro()) && (f.Until.IsZero() || p.created < f.Until.UnixMicro()) &&
		(f.Parent == "" || p.parent == f.Parent) && (f.Backfill == "" || p.backfill == f.Backfill) && (!f.Paused || p.pausedBy != "") && (!f.Late || p.late)
}

func expected(all []*planted, tenant string, f engine.RunFilter) (ids []string) {
	var found []*planted
	for _, p := range all {
		if p.matches(tenant, f) {
			found = append(found, p)
		}
	}
	slices.SortFunc(found, func(a, b *planted) int {
		c := cmp.Compare(a.created, b.created)
		if strings.HasSuffix(f.Sort, "duration") {
			c = cmp.Compare(a.duration, b.duration)
		}
		if c = cmp.Or(c, cmp.Compare(a.no, b.no)); f.Sort == "" || strings.HasPrefix(f.Sort, "-") {
			return -c
		}
		return c
	})
	for _, p := range found {
		ids = append(ids, p.id)
	}
	return ids
}

// listed gives the identifiers of all pages.
func (r *rig) listed(tenant string, f engine.RunFilter) (ids []string) {
	r.t.Helper()
	for {
		page, next, err := r.Runs(r.t.Context(), tenant, f)
		if err != nil {
			r.t.Fatal(err)
		}
		for _, run := range page {
			ids = append(ids, run.ID)
		}
		if next == "" {
			return ids
		}
		if len(page) != f.Limit {
			r.t.Fatalf("a page of %d where %d were asked for is not the last", len(page), f.Limit)
		}
		f.Cursor = next
	}
}

// Whatever is asked for, the pages together are what the filter means, in order, each run once.
func TestListsAreWhatTheirFiltersMean(t *testing.T) {
	r := setUp(t, "", nil)
	all := r.plant(1000)
	random := rand.New(rand.NewPCG(3, 4))
	one := func(texts ...string) string { return texts[random.IntN(len(texts))] }
	for range 250 {
		some := all[random.IntN(len(all))]
		f := engine.RunFilter{Sort: one("", "-created_at", "created_at", "duration", "-duration"), Limit: 3 + random.IntN(400), FlowID: one("", "", "f1", "f2", "none")}
		if random.IntN(2) == 0 {
			f.Query = one("orders", "ORD", "鸟击", "鸟", "vögel", "50%_", "0%", "nothing", "f1-b", `"`, some.id, some.id[18:], some.id[:8], some.id[:9], some.id[:3], some.id[4:10], "o")
		}
		for range random.IntN(3) {
			f.Statuses = append(f.Statuses, plantedStatuses[random.IntN(len(plantedStatuses))])
		}
		if random.IntN(3) == 0 {
			f.Since = time.UnixMicro(some.created)
		}
		if random.IntN(3) == 0 {
			f.Until = time.UnixMicro(all[random.IntN(len(all))].created)
		}
		switch random.IntN(8) {
		case 0:
			f.Parent = "p1"
		case 1:
			f.Backfill = "k1"
		case 2:
			f.Paused = true
		case 3:
			f.Late = true
		}
		tenant := one("a", "b", "c")
		want := expected(all, tenant, f)
		if got := r.listed(tenant, f); !slices.Equal(got, want) {
			t.Fatalf("tenant %s, %+v:\n got %d %v\nwant %d %v", tenant, f, len(got), got, len(want), want)
		}
	}
}

func (r *rig) counted(tenant, flow string) string {
	r.t.Helper()
	n, err := r.Counts(r.t.Context(), tenant, flow)
	if err != nil {
		r.t.Fatal(err)
	}
	return fmt.Sprint(n)
}

// The counts are those of the runs, whatever has been done to these.
func TestCountsFollowTheRuns(t *testing.T) {
	r := setUp(t, "", nil)
	all := r.plant(600)
	check := func(what string) {
		t.Helper()
		for _, tenant := range []string{"a", "b", "c"} {
			for _, flow := range []string{"", "f1", "f2", "none"} {
				want := map[engine.Status]int64{}
				for _, p := range all {
					if p.tenant == tenant && (flow == "" || p.flow == flow) {
						want[p.status]++
					}
				}
				if got := r.counted(tenant, flow); got != fmt.Sprint(want) {
					t.Errorf("%s: tenant %s, flow %q: %s, want %v", what, tenant, flow, got, want)
				}
			}
		}
	}
	check("planted")
	r.damage("UPDATE runs SET status = 'failed' WHERE status = 'running' AND no % 2 = 0")
	r.damage("UPDATE runs SET status = status")
	for _, p := range all {
		if p.status == engine.Running && p.no%2 == 0 {
			p.status = engine.Failed
		}
	}
	check("changed")
	r.damage("DELETE FROM runs WHERE no > 300")
	all = all[:300]
	check("deleted")
}

func TestCountsOfRunsCarriedOut(t *testing.T) {
	r := setUp(t, "", nil)
	for range 3 {
		r.wait(r.begin(chain(inline)).ID)
	}
	r.wait(r.begin(chain("go/pure/fail")).ID)
	blocked := r.begin(chain("go/pure/block"))
	r.running(blocked.ID, "n0")
	if got := r.counted("t", ""); got != "map[failed:1 running:1 succeeded:3]" {
		t.Error(got)
	}
	next := r.again(nil)
	close(r.fake.gate("n0"))
	next.wait(blocked.ID)
	if got := next.counted("t", ""); got != "map[failed:1 succeeded:4]" {
		t.Error(got)
	}
	if err := next.Delete(t.Context(), "t", blocked.ID); err != nil {
		t.Fatal(err)
	}
	if got := next.counted("t", ""); got != "map[failed:1 succeeded:3]" {
		t.Error(got)
	}
}

// A name that thousands of flows have is looked for in another way, with the same result.
func TestANameThatVeryManyFlowsHave(t *testing.T) {
	r := setUp(t, "", nil)
	r.damage(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5200)
		INSERT INTO run_flows (no, tenant, flow_id, name, title) SELECT i, 'a', 'f' || i, CASE i % 2 WHEN 0 THEN 'even ' ELSE 'odd ' END || i, 'many' FROM n`)
	r.damage(`INSERT INTO runs (no, id, tenant, flow_id, flow_name, flow_title, flow_version, trigger_type, trigger_id, started_by, start_key, status, created_at, started_at,
		ended_at, duration, steps_total, steps_done, recovered, error, flow)
		SELECT no, printf('%026d', no), tenant, flow_id, name, title, 1, 'manual', '', 'ann', '', 'succeeded', no / 3, 1, 2, no % 10 + 1, 1, 1, 0, '', no FROM run_flows`)
	for query, want := range map[string]int{"many": 5200, "odd 9": 56, "nobody": 0} {
		ids := r.listed("a", engine.RunFilter{Query: query, Limit: 500})
		unique := map[string]bool{}
		for _, id := range ids {
			unique[id] = true
		}
		if len(ids) != want || len(unique) != want {
			t.Errorf("%s: %d runs, %d of them different, want %d", query, len(ids), len(unique), want)
		}
	}
}
