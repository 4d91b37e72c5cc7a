package local

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

const (
	packBatch = 32 // runs whose journals are packed in one transaction
	// packAtOnce bounds the rows that one transaction of housekeeping writes or deletes, so that runs wait little for it.
	packAtOnce = 500
)

// loose is a finished run whose journal is not packed.
type loose struct {
	no     int64
	tenant string
	state  int // as in runs.packed
	parts  [][]byte
	refs   []reference
	count  int // of records in the journal
	broken error
}

// reference is one artifact that a run refers to.
type reference struct {
	artifact [32]byte
	size     int64
}

// packAll packs the journals of all finished runs.
func (k *keeper) packAll(ctx context.Context) error {
	for after := int64(0); ; {
		began, records := time.Now(), k.e.writer.written.Load()
		batch, err := k.loose(ctx, after)
		if err != nil || len(batch) == 0 {
			return err
		}
		after = batch[len(batch)-1].no
		if err := k.packBatch(ctx, batch); err != nil {
			return err
		}
		if err := k.yield(ctx, began, records); err != nil {
			return err
		}
	}
}

func (k *keeper) loose(ctx context.Context, after int64) (batch []*loose, err error) {
	rows, err := k.e.db.Read.QueryContext(ctx, "SELECT no, tenant, packed FROM runs INDEXED BY runs_loose WHERE packed < 2 AND ended_at > 0 AND no > ? ORDER BY no LIMIT ?", after, packBatch)
	if err != nil {
		return nil, fmt.Errorf("find runs to pack: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		l := &loose{}
		if err := rows.Scan(&l.no, &l.tenant, &l.state); err != nil {
			return nil, fmt.Errorf("find runs to pack: %w", err)
		}
		batch = append(batch, l)
	}
	return batch, rows.Err()
}

// packBatch packs the journals of small runs in one transaction, and those of large ones bit by bit.
func (k *keeper) packBatch(ctx context.Context, batch []*loose) error {
	var small []*loose
	for _, l := range batch {
		if err := k.read(ctx, l); err != nil {
			return err
		}
		switch {
		case l.broken != nil:
			// It stays as it is, for whoever wants to see what can still be read. dataflow doctor names it.
			k.e.logger.Warn("the journal of a finished run cannot be packed", "run", l.no, "error", l.broken)
			continue
		case l.count <= packAtOnce && len(l.refs) <= packAtOnce && l.state == 0:
			small = append(small, l)
			continue
		}
		if err := k.packLarge(ctx, l); err != nil {
			return err
		}
	}
	if len(small) == 0 {
		return nil
	}
	return k.e.change(ctx, func(tx *sql.Tx) error {
		for _, l := range small {
			if err := l.write(ctx, tx, l.refs); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, "DELETE FROM journal WHERE run = ?", l.no); err != nil {
				return fmt.Errorf("clear the journal: %w", err)
			}
			if _, err := tx.ExecContext(ctx, "UPDATE runs SET packed = 2 WHERE no = ?", l.no); err != nil {
				return fmt.Errorf("clear the journal: %w", err)
			}
		}
		return nil
	})
}

// read packs a run's journal in memory and finds the artifacts that it refers to.
func (k *keeper) read(ctx context.Context, l *loose) (err error) {
	if l.state != 0 {
		l.count = packAtOnce + 1
		return nil
	}
	p, err := newPacker()
	if err != nil {
		return err
	}
	rows, err := k.e.db.Read.QueryContext(ctx, "SELECT record FROM journal WHERE run = ? ORDER BY seq", l.no)
	if err != nil {
		return fmt.Errorf("read run %d: %w", l.no, err)
	}
	defer func() {
		err = errors.Join(err, rows.Close())
		if k.e.db.Dialect.IsDamaged(err) {
			l.broken, err = err, nil
		}
	}()
	for rows.Next() {
		var record sql.RawBytes
		if err := rows.Scan(&record); err != nil {
			return fmt.Errorf("read run %d: %w", l.no, err)
		}
		p.add(record)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read run %d: %w", l.no, err)
	}
	if l.parts, err = p.packed(); err != nil {
		l.broken = err
		return nil
	}
	l.count = p.count
	l.refs, err = k.references(ctx, l.tenant, p.found)
	return err
}

// references keeps those identifiers that are artifacts of the tenant.
func (k *keeper) references(ctx context.Context, tenant string, found map[[32]byte]bool) (refs []reference, err error) {
	if k.cfg.Artifacts == nil {
		return nil, nil
	}
	for _, id := range sorted(found) {
		size, ok, err := k.cfg.Artifacts.Size(ctx, tenant, hex.EncodeToString(id[:]))
		if err != nil {
			return nil, err
		}
		if ok {
			refs = append(refs, reference{id, size})
		}
	}
	return refs, nil
}

// packLarge packs one journal in several transactions. Until the last one the run's row says that there is more to do.
func (k *keeper) packLarge(ctx context.Context, l *loose) error {
	if l.state == 0 {
		for at := 0; at < len(l.refs); at += packAtOnce {
			part := l.refs[at:min(at+packAtOnce, len(l.refs))]
			if err := k.e.change(ctx, func(tx *sql.Tx) error { return refer(ctx, tx, l, part) }); err != nil {
				return err
			}
		}
		err := k.e.change(ctx, func(tx *sql.Tx) error {
			if err := l.write(ctx, tx, nil); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, "UPDATE runs SET packed = 1 WHERE no = ?", l.no)
			return err
		})
		if err != nil {
			return fmt.Errorf("pack run %d: %w", l.no, err)
		}
	}
	for left := true; left; {
		err := k.e.change(ctx, func(tx *sql.Tx) error {
			n, err := clearSome(ctx, tx, clearJournal, l.no)
			if left = n == packAtOnce; err != nil || left {
				return err
			}
			_, err = tx.ExecContext(ctx, "UPDATE runs SET packed = 2 WHERE no = ?", l.no)
			return err
		})
		if err != nil {
			return fmt.Errorf("pack run %d: %w", l.no, err)
		}
	}
	return nil
}

// What clears a table of a run, some rows at a time.
const (
	clearJournal = "DELETE FROM journal WHERE seq IN (SELECT seq FROM journal WHERE run = ?1 LIMIT ?2)"
	clearLogs    = "DELETE FROM run_logs WHERE run = ?1 AND seq IN (SELECT seq FROM run_logs WHERE run = ?1 LIMIT ?2)"
)

func clearSome(ctx context.Context, tx *sql.Tx, text string, no int64) (int64, error) {
	result, err := tx.ExecContext(ctx, text, no, packAtOnce)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (l *loose) write(ctx context.Context, tx *sql.Tx, refs []reference) error {
	for i, part := range l.parts {
		if _, err := tx.ExecContext(ctx, "INSERT INTO run_history (key, record) VALUES (?, ?)", l.no*partsOfRun+int64(i), part); err != nil {
			return fmt.Errorf("pack run %d: %w", l.no, err)
		}
	}
	return refer(ctx, tx, l, refs)
}

func refer(ctx context.Context, tx *sql.Tx, l *loose, refs []reference) error {
	for _, r := range refs {
		_, err := tx.ExecContext(ctx, "INSERT INTO run_artifacts (tenant, artifact, run, size) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", l.tenant, r.artifact[:], l.no, r.size)
		if err != nil {
			return fmt.Errorf("note the artifacts of run %d: %w", l.no, err)
		}
	}
	return nil
}
