package local

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/words"
)

// Codes of errors of quotas.
const (
	codeQuotaRuns   = "quota_runs"
	codeQuotaStored = "quota_stored_runs"
)

// Quota bounds what one tenant may have in the engine; zero values do not.
type Quota struct {
	Runs   int64 // that have not ended, whether they have begun or wait
	Stored int64 // that have not been removed, ended ones among them
}

// Usage is what one tenant has of what quotas bound.
type Usage struct {
	Runs, Stored int64
}

// census counts the runs of tenants as they begin, end and are removed, so that a quota is looked at without a query.
type census struct {
	quota func(tenant string) Quota // nil is none

	mu       sync.Mutex
	byTenant map[string]*Usage
}

// load counts what is in the list of runs; nothing may begin before.
func (c *census) load(ctx context.Context, e *Engine) (err error) {
	rows, err := e.db.Read.QueryContext(ctx, "SELECT tenant, sum(n), sum(CASE WHEN status IN ('queued', 'running') THEN n ELSE 0 END) FROM run_counts GROUP BY tenant")
	if err != nil {
		return fmt.Errorf("count runs: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.byTenant = map[string]*Usage{}
	for rows.Next() {
		var tenant string
		u := &Usage{}
		if err := rows.Scan(&tenant, &u.Stored, &u.Runs); err != nil {
			return fmt.Errorf("count runs: %w", err)
		}
		c.byTenant[tenant] = u
	}
	return rows.Err()
}

func (c *census) of(tenant string) *Usage {
	u := c.byTenant[tenant]
	if u == nil {
		u = &Usage{}
		if c.byTenant == nil {
			c.byTenant = map[string]*Usage{}
		}
		c.byTenant[tenant] = u
	}
	return u
}

// enter counts a run that is about to begin, unless the tenant has as many as it may.
func (c *census) enter(tenant string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	u := c.of(tenant)
	if c.quota != nil {
		q := c.quota(tenant)
		switch {
		case q.Runs > 0 && u.Runs >= q.Runs:
			return errs.New(http.StatusTooManyRequests, codeQuotaRuns, "%s not ended, and it may have no more at once.", words.Number(u.Runs, "run of this tenant has", "runs of this tenant have")).
				WithHint("Try again when some have ended, cancel some, or have the quota raised.")
		case q.Stored > 0 && u.Stored >= q.Stored:
			return errs.New(http.StatusInsufficientStorage, codeQuotaStored, "This tenant keeps %s, and it may keep no more.", words.Number(u.Stored, "run", "runs")).
				WithHint("Delete runs that nobody needs, set a retention in the flows that have most, or have the quota raised.")
		}
	}
	u.Runs++
	u.Stored++
	return nil
}

// undo takes back what enter counted, for a run that came to nothing.
func (c *census) undo(tenant string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	u := c.of(tenant)
	u.Runs--
	u.Stored--
}

// ended takes note of the runs whose end is durable.
func (c *census) ended(entries []entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range entries {
		if r := entries[i].row; r != nil && r.status.Final() {
			c.of(r.head.Tenant).Runs--
		}
	}
}

func (c *census) removed(tenant string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.of(tenant).Stored--
}

// Usage gives what the tenant has of what quotas bound.
func (e *Engine) Usage(tenant string) Usage {
	e.census.mu.Lock()
	defer e.census.mu.Unlock()
	return *e.census.of(tenant)
}
