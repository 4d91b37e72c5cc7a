package openlineage

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"dataflow/ide-go-lib/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema gives the tables of this package.
func Schema() (db.Schema, error) {
	dir, err := fs.Sub(migrations, "migrations")
	return db.Schema{Component: "openlineage", Files: dir}, err
}

// outbox keeps how far the runs have been told of, and the events that have not been received.
type outbox struct {
	db        *db.DB
	most      int   // events
	mostRuns  int   // that are followed
	mostBytes int64 // of all events
	held      *held // what is there; nil until it has been counted
}

// held is how much is waiting.
type held struct{ events, bytes int64 }

// Forget leaves nothing to go on with: what happens while nobody is told is not told later.
func Forget(ctx context.Context, d *db.DB) error {
	return d.Tx(ctx, func(tx *sql.Tx) error {
		for _, statement := range []string{"DELETE FROM openlineage_state", "DELETE FROM openlineage_runs", "DELETE FROM openlineage_events"} {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("forget the runs that OpenLineage was told of: %w", err)
			}
		}
		return nil
	})
}

// Migrate brings the tables up to date. They are there whether anybody is told of runs or not, so that it can be seen that
// a database is of this version.
func Migrate(ctx context.Context, d *db.DB) error {
	schema, err := Schema()
	if err != nil {
		return err
	}
	if err := d.Migrate(ctx, schema.Files, schema.Component); err != nil {
		return fmt.Errorf("migrate the tables of OpenLineage: %w", err)
	}
	return nil
}

// position gives the number of the last run that was looked at; false when none ever was.
func (o *outbox) position(ctx context.Context) (no int64, ok bool, err error) {
	err = o.db.Read.QueryRowContext(ctx, "SELECT run FROM openlineage_state").Scan(&no)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	return no, err == nil, err
}

// follow notes that the runs are there, and how far that goes; dropped is how many of the oldest are followed no more.
func (o *outbox) follow(ctx context.Context, runs []int64, to int64) (dropped int64, err error) {
	err = o.db.Tx(ctx, func(tx *sql.Tx) error {
		for _, no := range runs {
			if _, err := tx.ExecContext(ctx, "INSERT INTO openlineage_runs (run, started) VALUES (?, 0) ON CONFLICT DO NOTHING", no); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO openlineage_state (id, run) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET run = max(run, ?1)", to); err != nil {
			return err
		}
		r, err := tx.ExecContext(ctx, "DELETE FROM openlineage_runs WHERE run <= (SELECT run FROM openlineage_runs ORDER BY run DESC LIMIT 1 OFFSET ?)", o.mostRuns)
		if err != nil {
			return err
		}
		dropped, err = r.RowsAffected()
		return err
	})
	return dropped, err
}

// open is a run that has not been told of to its end.
type open struct {
	no      int64
	started bool
}

func (o *outbox) open(ctx context.Context) (list []open, err error) {
	rows, err := o.db.Read.QueryContext(ctx, "SELECT run, started FROM openlineage_runs ORDER BY run")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var r open
		if err := rows.Scan(&r.no, &r.started); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// tell keeps events of a run and what has been told of it now; dropped is how many of the oldest had to make room.
func (o *outbox) tell(ctx context.Context, no int64, id string, ended bool, kinds []string, bodies [][]byte) (dropped int64, err error) {
	var now held
	err = o.db.Tx(ctx, func(tx *sql.Tx) (err error) {
		dropped = 0
		if now, err = o.count(ctx, tx); err != nil {
			return err
		}
		for i, body := range bodies {
			if _, err := tx.ExecContext(ctx, "INSERT INTO openlineage_events (run, type, body) VALUES (?, ?, ?)", id, kinds[i], body); err != nil {
				return err
			}
			now.events++
			now.bytes += int64(len(body))
		}
		change := "UPDATE openlineage_runs SET started = 1 WHERE run = ?"
		if ended {
			change = "DELETE FROM openlineage_runs WHERE run = ?"
		}
		if _, err := tx.ExecContext(ctx, change, no); err != nil {
			return err
		}
		for now.events > int64(o.most) || now.bytes > o.mostBytes && now.events > 1 {
			var size int64
			if err := tx.QueryRowContext(ctx, "DELETE FROM openlineage_events WHERE seq = (SELECT min(seq) FROM openlineage_events) RETURNING length(body)").Scan(&size); err != nil {
				return err
			}
			now.events--
			now.bytes -= size
			dropped++
		}
		return nil
	})
	if err != nil {
		o.held = nil
		return 0, err
	}
	o.held = &now
	return dropped, nil
}

// count says how much is waiting, which is looked up once: nobody else writes here.
func (o *outbox) count(ctx context.Context, tx *sql.Tx) (now held, err error) {
	if o.held != nil {
		return *o.held, nil
	}
	err = tx.QueryRowContext(ctx, "SELECT count(*), coalesce(sum(length(body)), 0) FROM openlineage_events").Scan(&now.events, &now.bytes)
	return now, err
}

// letter is an event on its way.
type letter struct {
	seq      int64
	run, typ string
	body     []byte
	attempts int
}

// next gives the oldest event; nil when there is none.
func (o *outbox) next(ctx context.Context) (*letter, error) {
	var l letter
	err := o.db.Read.QueryRowContext(ctx, "SELECT seq, run, type, body, attempts FROM openlineage_events ORDER BY seq LIMIT 1").Scan(&l.seq, &l.run, &l.typ, &l.body, &l.attempts)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &l, err
}

func (o *outbox) remove(ctx context.Context, l *letter) error {
	_, err := o.db.Write.ExecContext(ctx, "DELETE FROM openlineage_events WHERE seq = ?", l.seq)
	switch {
	case err != nil:
		o.held = nil
	case o.held != nil:
		o.held.events--
		o.held.bytes -= int64(len(l.body))
	}
	return err
}

func (o *outbox) failed(ctx context.Context, seq int64) error {
	_, err := o.db.Write.ExecContext(ctx, "UPDATE openlineage_events SET attempts = attempts + 1 WHERE seq = ?", seq)
	return err
}

func (o *outbox) waiting(ctx context.Context) (n int64, err error) {
	err = o.db.Read.QueryRowContext(ctx, "SELECT count(*) FROM openlineage_events").Scan(&n)
	return n, err
}
