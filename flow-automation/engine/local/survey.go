package local

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/db"
)

// Survey compares what the database says of runs in several places, for those who look whether it is sound. It works
// beside an engine; only what repairs needs the database for itself.
type Survey struct {
	db     *db.DB
	engine *Engine // never started: it reads
}

// NewSurvey makes a survey of a database whose tables are up to date. references calls f with the texts outside of runs
// that may refer to artifacts.
func NewSurvey(d *db.DB, references func(ctx context.Context, f func(text []byte)) error) *Survey {
	return &Survey{d, New(Config{
		DB: d, Executor: blind{}, Logger: slog.New(slog.DiscardHandler), Housekeeping: Housekeeping{References: references},
	})}
}

// blind is an executor for those who only read.
type blind struct{}

var errBlind = errors.New("nothing is carried out here")

func (blind) Kind(*flow.Node) engine.Kind { return engine.Kind{Pool: "inline", Effect: "pure"} }

func (blind) Execute(context.Context, engine.Task) engine.Outcome { return engine.Outcome{} }

func (blind) Same(context.Context, engine.Task, engine.Task) bool { return false }

func (blind) Load(context.Context, string, value.Value) (json.RawMessage, error) {
	return nil, errBlind
}

func (blind) Items(context.Context, string, value.Value) ([]json.RawMessage, error) {
	return nil, errBlind
}

func (blind) Evaluate(context.Context, string, string, engine.Scope) (any, error) {
	return nil, errBlind
}

// Flaw is something that is wrong with a run.
type Flaw struct {
	No   int64
	ID   string
	Kind FlawKind
	Text string
}

// FlawKind says what is wrong with a run.
type FlawKind string

// The kinds of flaws. Those of the list of runs can be repaired from the journal.
const (
	Unreadable FlawKind = "unreadable" // its journal cannot be read to the end
	Unrecorded FlawKind = "unrecorded" // the list has it, and it has no journal
	Unlisted   FlawKind = "unlisted"   // it has a journal, and the list does not have it
	Differs    FlawKind = "differs"    // the list says something else than the journal
)

const surveyBatch = 500

// Runs reads the journal of every run and compares it with the list of runs. after is told how many of all have been
// looked at, if it is set.
func (s *Survey) Runs(ctx context.Context, after func(done, all int64)) (flaws []Flaw, err error) {
	var all, done int64
	if err := s.db.Read.QueryRowContext(ctx, "SELECT count(*) FROM runs").Scan(&all); err != nil {
		return nil, fmt.Errorf("count the runs: %w", err)
	}
	for last := int64(0); ; {
		batch, err := s.batch(ctx, last)
		if err != nil || len(batch) == 0 {
			if err != nil {
				return nil, err
			}
			break
		}
		for _, no := range batch {
			f, err := s.look(ctx, no)
			if err != nil {
				return nil, err
			}
			if f != nil {
				flaws = append(flaws, *f)
			}
		}
		last = batch[len(batch)-1]
		if done += int64(len(batch)); after != nil {
			after(done, all)
		}
	}
	for _, query := range []string{
		"SELECT DISTINCT run, '' FROM journal j WHERE NOT EXISTS (SELECT 1 FROM runs r WHERE r.no = j.run) AND seq <= (SELECT projected FROM engine_state)",
		fmt.Sprintf("SELECT DISTINCT key / %d, '' FROM run_history h WHERE NOT EXISTS (SELECT 1 FROM runs r WHERE r.no = h.key / %d)", partsOfRun, partsOfRun),
	} {
		more, err := s.engine.numbers(ctx, query)
		if err != nil {
			return nil, err
		}
		for _, m := range more {
			flaws = append(flaws, Flaw{No: m.no, Kind: Unlisted, Text: "It has a journal, and the list of runs does not have it."})
		}
	}
	return flaws, nil
}

func (s *Survey) batch(ctx context.Context, after int64) (all []int64, err error) {
	rows, err := s.db.Read.QueryContext(ctx, "SELECT no FROM runs WHERE no > ? ORDER BY no LIMIT ?", after, surveyBatch)
	if err != nil {
		return nil, fmt.Errorf("list the runs: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var no int64
		if err := rows.Scan(&no); err != nil {
			return nil, fmt.Errorf("list the runs: %w", err)
		}
		all = append(all, no)
	}
	return all, rows.Err()
}

// attempts is how often a run is looked at that seems to differ: beside a server that works it may just have changed.
const attempts = 3

func (s *Survey) look(ctx context.Context, no int64) (f *Flaw, err error) {
	for range attempts {
		if f, err = s.lookOnce(ctx, no); f == nil || err != nil {
			return nil, err
		}
		var gone bool
		if err := s.db.Read.QueryRowContext(ctx, "SELECT NOT EXISTS (SELECT 1 FROM runs WHERE no = ?)", no).Scan(&gone); err != nil || gone {
			return nil, err
		}
	}
	return f, nil
}

func (s *Survey) lookOnce(ctx context.Context, no int64) (*Flaw, error) {
	var behind bool
	err := s.db.Read.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM journal WHERE run = ? AND seq > (SELECT projected FROM engine_state))", no).Scan(&behind)
	if err != nil {
		return nil, fmt.Errorf("look at run %d: %w", no, err)
	}
	if behind {
		return nil, nil // the list will have it in a moment
	}
	known, err := scanRow(s.db.Read.QueryRowContext(ctx, selectRuns+" WHERE no = ?", no).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look at run %d: %w", no, err)
	}
	h, state, _, err := s.engine.replay(ctx, no, nil)
	flaw := &Flaw{No: no, ID: known.head.ID}
	var never damaged
	switch {
	case err == nil:
	case h.head.ID == "" && h.damage == nil && errors.As(err, &never):
		flaw.Kind, flaw.Text = Unrecorded, "The list has the run, but there is no journal of it."
		return flaw, nil
	case errors.As(err, &never), s.db.Dialect.IsDamaged(err):
		if known.status == engine.Failed && known.err != nil && known.err.Code == codeDamaged {
			return nil, nil // it is known to be so
		}
		flaw.Kind, flaw.Text = Unreadable, err.Error()
		return flaw, nil
	default:
		return nil, fmt.Errorf("look at run %d: %w", no, err)
	}
	journal := rowOf(no, &h.head, state)
	if known.status.Final() && !journal.status.Final() {
		// To believe the journal would carry the run on, although its end was told: the end is what is missing there.
		flaw.Kind, flaw.Text = Unreadable, fmt.Sprintf("It has ended (%s), and its journal stops before that.", known.status)
		return flaw, nil
	}
	if difference := differs(known, journal); difference != "" {
		flaw.Kind, flaw.Text = Differs, difference
		return flaw, nil
	}
	return nil, nil
}

// differs says in what the list is wrong about a run; "" is in nothing.
func differs(listed, journal *row) string {
	a, b := listed.facts(), journal.facts()
	for i := range a {
		if !reflect.DeepEqual(a[i].value, b[i].value) {
			return fmt.Sprintf("The list says %s = %v, and the journal %v.", a[i].name, a[i].value, b[i].value)
		}
	}
	return ""
}

type fact struct {
	name  string
	value any
}

// facts are what lists show of a run.
func (r *row) facts() []fact {
	v := r.view()
	text := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			return err.Error()
		}
		return string(b)
	}
	parent := ""
	if r.head.Parent != nil {
		parent = r.head.Parent.RunID
	}
	return []fact{
		{"id", v.ID}, {"tenant", v.Tenant}, {"flow", v.FlowID}, {"name", v.FlowName}, {"title", v.FlowTitle}, {"version", v.FlowVersion},
		{"trigger", v.Trigger.Type + " " + v.Trigger.ID}, {"by", v.By}, {"created", v.CreatedAt.UnixMicro()}, {"status", v.Status},
		{"started", int64(r.started)}, {"ended", int64(r.ended)}, {"steps", v.StepsTotal}, {"steps done", v.StepsDone}, {"recovered", v.Recovered},
		{"error", text(v.Error)}, {"paused by", v.PausedBy}, {"late", v.Late}, {"result", text(v.Result)}, {"retry of", v.RetryOf}, {"parent", parent},
		{"backfill", v.Backfill}, {"priority", v.Priority},
	}
}

// Rebuild makes the rows of runs anew from their journals. No engine may work on the database meanwhile.
func (s *Survey) Rebuild(ctx context.Context, runs []int64) error {
	w := s.engine.writer
	if err := w.stmts.prepare(ctx, s.db.Write); err != nil {
		return err
	}
	defer func() { _ = w.stmts.close() }()
	for _, no := range runs {
		made := s.engine.rebuild(ctx, no)
		if made == nil {
			continue // not even its first record is left
		}
		err := s.db.Tx(ctx, func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, "DELETE FROM runs WHERE no = ?", no); err != nil {
				return err
			}
			if _, err := w.number(ctx, tx, []*row{made}); err != nil {
				return err
			}
			if err := w.stmts.rows(ctx, tx, []*row{made}); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, `UPDATE runs SET packed = CASE WHEN EXISTS (SELECT 1 FROM journal WHERE run = ?1) THEN 1 ELSE 2 END
				WHERE no = ?1 AND EXISTS (SELECT 1 FROM run_history WHERE key >= ?2 AND key < ?3)`, no, no*partsOfRun, (no+1)*partsOfRun)
			return err
		})
		if err != nil {
			return fmt.Errorf("make the row of run %d anew: %w", no, err)
		}
	}
	return nil
}

// The statements that find and mend wrong counts and numbers of flows.
const (
	countedWrong = `SELECT
		(SELECT count(*) FROM (SELECT tenant, flow, status, count(*) FROM runs GROUP BY tenant, flow, status EXCEPT SELECT tenant, flow, status, n FROM run_counts)) +
		(SELECT count(*) FROM (SELECT tenant, flow, status, n FROM run_counts WHERE n <> 0 EXCEPT SELECT tenant, flow, status, count(*) FROM runs GROUP BY tenant, flow, status))`
	numberedWrong = `SELECT count(*) FROM runs r WHERE NOT EXISTS (
		SELECT 1 FROM run_flows f WHERE f.no = r.flow AND f.tenant = r.tenant AND f.flow_id = r.flow_id AND f.name = r.flow_name AND f.title = r.flow_title)`
)

// Counts says how many counts of runs are wrong, and how many runs cannot be found by their flow.
func (s *Survey) Counts(ctx context.Context) (wrong, lost int64, err error) {
	if err := s.db.Read.QueryRowContext(ctx, countedWrong).Scan(&wrong); err != nil {
		return 0, 0, fmt.Errorf("count the runs: %w", err)
	}
	if err := s.db.Read.QueryRowContext(ctx, numberedWrong).Scan(&lost); err != nil {
		return 0, 0, fmt.Errorf("look for the flows of runs: %w", err)
	}
	return wrong, lost, nil
}

// Recount makes the counts and the numbers of flows anew. No engine may work on the database meanwhile.
func (s *Survey) Recount(ctx context.Context) error {
	return s.db.Tx(ctx, func(tx *sql.Tx) error {
		for _, text := range []string{
			"INSERT INTO run_flows (tenant, flow_id, name, title) SELECT DISTINCT tenant, flow_id, flow_name, flow_title FROM runs WHERE true ON CONFLICT DO NOTHING",
			`UPDATE runs SET flow = (SELECT f.no FROM run_flows f WHERE f.tenant = runs.tenant AND f.flow_id = runs.flow_id AND f.name = runs.flow_name AND f.title = runs.flow_title)
				WHERE NOT EXISTS (SELECT 1 FROM run_flows f WHERE f.no = runs.flow AND f.tenant = runs.tenant AND f.flow_id = runs.flow_id AND f.name = runs.flow_name AND f.title = runs.flow_title)`,
			"DELETE FROM run_counts",
			"INSERT INTO run_counts (tenant, flow, status, n) SELECT tenant, flow, status, count(*) FROM runs GROUP BY tenant, flow, status",
			"INSERT INTO run_flows_text (run_flows_text) VALUES ('rebuild')",
		} {
			if _, err := tx.ExecContext(ctx, text); err != nil {
				return fmt.Errorf("count the runs anew: %w", err)
			}
		}
		return nil
	})
}

// Reference is an artifact that runs refer to.
type Reference struct {
	Tenant, ID string
	Size       int64
	Run        string // one of the runs
}

// Artifacts calls f for every artifact that a packed run refers to, once.
func (s *Survey) Artifacts(ctx context.Context, f func(Reference) error) (err error) {
	rows, err := s.db.Read.QueryContext(ctx, "SELECT a.tenant, a.artifact, a.size, coalesce(r.id, '') "+
		"FROM (SELECT tenant, artifact, size, min(run) AS run FROM run_artifacts GROUP BY tenant, artifact) a LEFT JOIN runs r ON r.no = a.run")
	if err != nil {
		return fmt.Errorf("list the artifacts of runs: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var r Reference
		var id []byte
		if err := rows.Scan(&r.Tenant, &id, &r.Size, &r.Run); err != nil {
			return fmt.Errorf("list the artifacts of runs: %w", err)
		}
		r.ID = hex.EncodeToString(id)
		if err := f(r); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Referred gives the identifiers of all artifacts that runs or documents may refer to, of whichever tenant.
func (s *Survey) Referred(ctx context.Context) (map[[32]byte]bool, error) {
	found, err := s.engine.keeper.referred(ctx)
	if err != nil {
		return nil, err
	}
	err = s.Artifacts(ctx, func(r Reference) error {
		artifactsIn([]byte(r.ID), found)
		return nil
	})
	return found, err
}
