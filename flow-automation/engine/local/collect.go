package local

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"dataflow/ide-go-lib/artifact"
)

// Artifacts are collected when nothing refers to them. What refers to one: the journal of a run that has not ended or is
// not packed, a packed run, a kept result of a step, or a document. What cannot be seen is an artifact that a step has
// just made and whose outcome is not durable yet; so nothing is removed that was put after the beginning of the oldest
// step that was under way a grace ago.

// flights are the steps under way, by the moment of the store of artifacts at which they began.
type flights struct {
	mu   sync.Mutex
	line []*flight // in the order in which they began
}

type flight struct {
	mark artifact.Mark
	over bool
}

// enter notes that a step begins; what it gives is called when it has ended.
func (f *flights) enter(mark artifact.Mark) (leave func()) {
	one := &flight{mark: mark}
	f.mu.Lock()
	f.line = append(f.line, one)
	f.mu.Unlock()
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		one.over = true
		n := 0
		for n < len(f.line) && f.line[n].over {
			n++
		}
		f.line = f.line[n:]
	}
}

// oldest gives the moment at which the oldest step under way began; ok is false when none is.
func (f *flights) oldest() (mark artifact.Mark, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.line) == 0 {
		return 0, false
	}
	return f.line[0].mark, true
}

// flying notes that a step is carried out.
func (e *Engine) flying() (leave func()) {
	if e.keeper.cfg.Artifacts == nil {
		return func() {}
	}
	return e.flights.enter(e.keeper.cfg.Artifacts.Mark())
}

// collect removes artifacts that nothing refers to and that have had their grace; more says that others wait for theirs.
func (k *keeper) collect(ctx context.Context) (more bool, err error) {
	if k.cfg.Artifacts == nil {
		return false, nil
	}
	now := k.e.clock.Now()
	age := now.Sub(k.marked)
	if k.marked.IsZero() || age < 0 || age >= k.cfg.Grace {
		if !k.marked.IsZero() {
			if ok, err := k.collectHeld(ctx); err != nil || !ok {
				return true, err
			}
		}
		if err := k.mark(ctx); err != nil {
			return false, err
		}
	}
	err = k.e.db.Read.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM run_leftovers)").Scan(&more)
	if err != nil {
		return false, fmt.Errorf("look for leftovers: %w", err)
	}
	return more || k.swept.IsZero(), nil
}

// mark takes note of how things are now: what is left over by now has had its grace at the next time.
func (k *keeper) mark(ctx context.Context) error {
	var last int64
	if err := k.e.db.Read.QueryRowContext(ctx, "SELECT coalesce(max(no), 0) FROM run_leftovers").Scan(&last); err != nil {
		return fmt.Errorf("look for leftovers: %w", err)
	}
	mark := k.cfg.Artifacts.Mark()
	if oldest, ok := k.e.flights.oldest(); ok {
		mark = min(mark, oldest)
	}
	k.before, k.leftovers, k.marked = mark, last, k.e.clock.Now()
	return nil
}

// collectHeld collects unless somebody needs all artifacts just now, such as one who makes a backup.
func (k *keeper) collectHeld(ctx context.Context) (bool, error) {
	if k.cfg.Hold == nil {
		return true, k.collectDue(ctx)
	}
	release, ok, err := k.cfg.Hold()
	if err != nil || !ok {
		return false, err
	}
	defer release()
	return true, k.collectDue(ctx)
}

func (k *keeper) collectDue(ctx context.Context) error {
	now := k.e.clock.Now()
	sweep := k.swept.IsZero() || now.Sub(k.swept) >= k.cfg.Sweep || now.Before(k.swept)
	if k.leftovers == 0 && !sweep {
		return nil
	}
	referred, err := k.referred(ctx)
	if err != nil {
		return err
	}
	freed, count := int64(0), 0
	remove := func(tenant string, id [32]byte) error {
		needed, err := k.isReferred(ctx, referred, tenant, id)
		if err != nil || needed {
			return err
		}
		n, err := k.cfg.Artifacts.Remove(ctx, tenant, hex.EncodeToString(id[:]), k.before)
		if n > 0 {
			freed, count = freed+n, count+1
		}
		return err
	}
	if err := k.clearLeftovers(ctx, remove); err != nil {
		return err
	}
	if sweep {
		err := k.cfg.Artifacts.Walk(ctx, func(b artifact.Blob) error {
			var id [32]byte
			if _, err := hex.Decode(id[:], []byte(b.ID)); err != nil {
				return nil //nolint:nilerr // not one of ours
			}
			return remove(b.Tenant, id)
		})
		if err != nil {
			return err
		}
		k.swept = now
	}
	k.cfg.Artifacts.Forget(k.before)
	if count > 0 {
		k.e.logger.Info("artifacts that nothing refers to were removed", "artifacts", count, "bytes", freed)
	}
	return nil
}

// clearLeftovers goes through the leftovers that have had their grace.
func (k *keeper) clearLeftovers(ctx context.Context, remove func(tenant string, id [32]byte) error) error {
	for {
		began, records := time.Now(), k.e.writer.written.Load()
		last, err := k.someLeftovers(ctx, remove)
		if err != nil || last == 0 {
			return err
		}
		err = k.e.change(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, "DELETE FROM run_leftovers WHERE no <= ?", last)
			return err
		})
		if err != nil {
			return fmt.Errorf("clear leftovers: %w", err)
		}
		if err := k.yield(ctx, began, records); err != nil {
			return err
		}
	}
}

func (k *keeper) someLeftovers(ctx context.Context, remove func(tenant string, id [32]byte) error) (last int64, err error) {
	rows, err := k.e.db.Read.QueryContext(ctx, "SELECT no, tenant, artifact FROM run_leftovers WHERE no <= ? ORDER BY no LIMIT ?", k.leftovers, packAtOnce)
	if err != nil {
		return 0, fmt.Errorf("read leftovers: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var tenant string
		var id []byte
		if err := rows.Scan(&last, &tenant, &id); err != nil {
			return 0, fmt.Errorf("read leftovers: %w", err)
		}
		if len(id) != 32 {
			continue
		}
		if err := remove(tenant, [32]byte(id)); err != nil {
			return 0, err
		}
	}
	return last, rows.Err()
}

// referred gives the identifiers in all that is not packed: of whichever tenant, for here it is better to keep too much.
func (k *keeper) referred(ctx context.Context) (found map[[32]byte]bool, err error) {
	found = map[[32]byte]bool{}
	if k.cfg.References != nil {
		if err := k.cfg.References(ctx, func(text []byte) { artifactsIn(text, found) }); err != nil {
			return nil, fmt.Errorf("find what refers to artifacts: %w", err)
		}
	}
	for _, query := range []string{"SELECT record FROM journal", "SELECT body FROM run_documents"} {
		if err := k.scan(ctx, query, found); err != nil {
			return nil, fmt.Errorf("find what refers to artifacts: %w", err)
		}
	}
	return found, nil
}

func (k *keeper) scan(ctx context.Context, query string, found map[[32]byte]bool) (err error) {
	rows, err := k.e.db.Read.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var text sql.RawBytes
		if err := rows.Scan(&text); err != nil {
			return err
		}
		artifactsIn(text, found)
	}
	return rows.Err()
}

func (k *keeper) isReferred(ctx context.Context, referred map[[32]byte]bool, tenant string, id [32]byte) (yes bool, err error) {
	if referred[id] {
		return true, nil
	}
	err = k.e.db.Read.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM run_artifacts WHERE tenant = ? AND artifact = ?)", tenant, id[:]).Scan(&yes)
	if err != nil {
		return false, fmt.Errorf("look who refers to an artifact: %w", err)
	}
	return yes, nil
}
