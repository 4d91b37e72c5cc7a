package local

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/run"
)

// Retention says which finished runs of a flow are kept; zero values do not restrict.
type Retention struct {
	Age   time.Duration // runs that ended longer ago are removed
	Runs  int           // only that many of the latest are kept
	Bytes int64         // the oldest go until the artifacts of the others take no more
}

func (r Retention) none() bool { return r.Age <= 0 && r.Runs <= 0 && r.Bytes <= 0 }

// FlowRetention is the rule of one flow.
type FlowRetention struct {
	Tenant, FlowID string
	Retention
}

// removeBatch is how many runs are looked at and removed at a time.
const removeBatch = 100

// kept are the runs that share a rule: those of a flow, under all names that it ever had; of flows that are not stored,
// those of one name.
type kept struct {
	tenant string
	flows  []int64
	rule   Retention
}

// retain removes the runs that need not be kept.
func (k *keeper) retain(ctx context.Context) error {
	groups, err := k.groups(ctx)
	if err != nil {
		return err
	}
	for _, g := range groups {
		if err := k.retainGroup(ctx, g); err != nil {
			return fmt.Errorf("remove old runs: %w", err)
		}
	}
	return nil
}

func (k *keeper) groups(ctx context.Context) (groups []*kept, err error) {
	type flowKey struct{ tenant, id string }
	rules := map[flowKey]Retention{}
	if k.cfg.Retention != nil {
		list, err := k.cfg.Retention(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the retention of flows: %w", err)
		}
		for _, r := range list {
			rules[flowKey{r.Tenant, r.FlowID}] = r.Retention
		}
	}
	if len(rules) == 0 && k.cfg.Default.none() {
		return nil, nil
	}
	rows, err := k.e.db.Read.QueryContext(ctx, "SELECT no, tenant, flow_id FROM run_flows ORDER BY tenant, flow_id, no")
	if err != nil {
		return nil, fmt.Errorf("list flows: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var last flowKey
	for rows.Next() {
		var no int64
		var f flowKey
		if err := rows.Scan(&no, &f.tenant, &f.id); err != nil {
			return nil, fmt.Errorf("list flows: %w", err)
		}
		if f.id != "" && f == last {
			groups[len(groups)-1].flows = append(groups[len(groups)-1].flows, no)
			continue
		}
		rule, own := rules[f]
		if !own {
			rule = k.cfg.Default
		}
		groups, last = append(groups, &kept{f.tenant, []int64{no}, rule}), f
	}
	groups = slices.DeleteFunc(groups, func(g *kept) bool { return g.rule.none() })
	return groups, rows.Err()
}

// retainGroup removes the oldest runs of a group, as far as its rule says.
func (k *keeper) retainGroup(ctx context.Context, g *kept) error {
	limits, err := k.limits(ctx, g)
	if err != nil {
		return err
	}
	q := &listing{tenant: g.tenant, filter: engine.RunFilter{Statuses: finalStatuses}, by: order{"created_at", false, createdOf}, limit: removeBatch}
	for {
		began, records := time.Now(), k.e.writer.written.Load()
		reused := k.e.reusedBy(g.tenant)
		var goes []doomed
		over := false
		err := k.e.reading(ctx, func(tx *sql.Tx) error {
			parts, err := q.parts(ctx, tx, g.flows, true, span{})
			if err != nil {
				return err
			}
			keys, err := q.merge(ctx, tx, parts)
			if err != nil {
				return err
			}
			over = len(keys) <= q.limit
			keys = keys[:min(len(keys), q.limit)]
			var looked []*row
			if err := rowsAt(ctx, tx, keys, func(r *row) { looked = append(looked, r) }); err != nil {
				return err
			}
			for i, r := range looked {
				q.after = &keys[i]
				if !limits.exceeds(r) {
					if limits.over(r) {
						over = true
						return nil
					}
					continue
				}
				needed, err := k.needed(ctx, tx, r, reused)
				if err != nil {
					return err
				}
				limits.excess-- // one that is needed takes no later one's place
				if !needed {
					goes = append(goes, doomed{r.no, g.tenant})
				}
			}
			return nil
		})
		if err == nil {
			err = k.e.remove(ctx, goes)
		}
		if err != nil || over {
			return err
		}
		if err := k.yield(ctx, began, records); err != nil {
			return err
		}
	}
}

// needed says whether somebody still needs a finished run: an unfinished one that reuses it, or its parent, which may not
// have heard of its end.
func (k *keeper) needed(ctx context.Context, tx *sql.Tx, r *row, reused map[string]string) (bool, error) {
	if reused[r.head.ID] != "" {
		return true, nil
	}
	if r.head.Parent == nil {
		return false, nil
	}
	var status engine.Status
	err := tx.QueryRowContext(ctx, "SELECT status FROM runs WHERE id = ? AND tenant = ?", r.head.Parent.RunID, r.head.Tenant).Scan(&status)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return !status.Final(), err
}

// limits are a rule, applied to the runs there are now.
type exceeding struct {
	ended  run.Instant // runs that ended before are too old
	excess int64       // runs that are too many
	upTo   cursor      // runs up to this one have artifacts that are too much
}

func (l *exceeding) exceeds(r *row) bool {
	at := cursor{createdOf(r), r.no}
	return l.excess > 0 || r.ended < l.ended || newestFirst.compare(at, l.upTo) >= 0
}

// over says whether no later run can exceed the limits: none ends before it was created.
func (l *exceeding) over(r *row) bool { return l.excess <= 0 && r.head.Created >= l.ended }

func (k *keeper) limits(ctx context.Context, g *kept) (*exceeding, error) {
	l := &exceeding{upTo: cursor{math.MinInt64, 0}}
	now := k.e.clock.Now()
	if g.rule.Age > 0 && k.e.steady() {
		l.ended = run.At(now.Add(-g.rule.Age))
	}
	err := k.e.reading(ctx, func(tx *sql.Tx) (err error) {
		if g.rule.Runs > 0 {
			known, err := counts(ctx, tx, g.tenant, g.flows)
			if err != nil {
				return err
			}
			l.excess = -int64(g.rule.Runs)
			for _, c := range known {
				if c.status.Final() {
					l.excess += c.n
				}
			}
		}
		if g.rule.Bytes > 0 {
			l.upTo, err = tooMuch(ctx, tx, g)
		}
		return err
	})
	return l, err
}

// tooMuch finds the latest run with which the artifacts of a group take more than they may; each artifact counts once.
func tooMuch(ctx context.Context, tx *sql.Tx, g *kept) (at cursor, err error) {
	at = cursor{math.MinInt64, 0}
	args := make([]any, len(g.flows))
	for i, no := range g.flows {
		args[i] = no
	}
	rows, err := tx.QueryContext(ctx, "SELECT r.created_at, r.no, a.artifact, a.size FROM runs r CROSS JOIN run_artifacts a ON a.run = r.no WHERE r.flow IN ("+ //nolint:gosec // of question marks
		marks(len(args))+") ORDER BY r.created_at DESC, r.no DESC", args...)
	if err != nil {
		return at, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	seen := map[string]bool{}
	var sum int64
	for rows.Next() {
		var c cursor
		var id sql.RawBytes
		var size int64
		if err := rows.Scan(&c.Value, &c.No, &id, &size); err != nil {
			return at, err
		}
		if seen[string(id)] {
			continue
		}
		seen[string(id)] = true
		if sum += size; sum > g.rule.Bytes {
			return c, nil
		}
	}
	return at, rows.Err()
}
