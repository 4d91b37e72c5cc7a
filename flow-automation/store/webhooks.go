package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"dataflow/ide-go-lib/errs"
)

// webhooksKept bounds how many webhooks stay in memory.
const webhooksKept = 10_000

// webhooks keeps where paths lead, which is asked for every call. Only one process at a time writes flows, and all of its
// writers forget what they change.
type webhooks struct {
	mu         sync.RWMutex
	byPath     map[string]Webhook
	generation int64 // of what may be kept: what was read before a change was not
}

func (w *webhooks) get(path string) (h Webhook, known bool, generation int64) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	h, known = w.byPath[path]
	return h, known, w.generation
}

// put keeps what was read in that generation.
func (w *webhooks) put(h Webhook, generation int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if generation != w.generation {
		return
	}
	if w.byPath == nil || len(w.byPath) >= webhooksKept {
		w.byPath = map[string]Webhook{}
	}
	w.byPath[h.Path] = h
}

// forget is called when webhooks were changed.
func (w *webhooks) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.byPath)
	w.generation++
}

// Webhook finds the active webhook of a path. It alone takes no tenant, for whoever calls a webhook has none: the path
// leads to it.
func (s *Store) Webhook(ctx context.Context, path string) (Webhook, error) {
	h, known, generation := s.hooks.get(path)
	if known {
		return h, nil
	}
	h.Path = path
	var config string
	err := s.db.Read.QueryRowContext(ctx, `SELECT tenant, flow_id, version, trigger_id, config FROM automation_webhooks WHERE path = ?`, path).
		Scan(&h.Tenant, &h.FlowID, &h.Version, &h.TriggerID, &config)
	if errors.Is(err, sql.ErrNoRows) {
		return Webhook{}, errs.NotFound("webhook_not_found", "No published flow has a webhook at this path.")
	}
	if err != nil {
		return Webhook{}, fmt.Errorf("find webhook: %w", err)
	}
	h.Config = json.RawMessage(config)
	s.hooks.put(h, generation)
	return h, nil
}

func replaceHooks(ctx context.Context, tx *sql.Tx, tenant, id string, version int, hooks []Webhook) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM automation_webhooks WHERE tenant = ? AND flow_id = ?`, tenant, id); err != nil {
		return fmt.Errorf("remove webhooks: %w", err)
	}
	for _, h := range hooks {
		var taken bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM automation_webhooks WHERE path = ?)`, h.Path).Scan(&taken); err != nil {
			return fmt.Errorf("check webhook: %w", err)
		}
		if taken {
			return errs.Conflict("webhook_path_taken", "The webhook path %q is in use already; choose another.", h.Path).
				With(errs.Detail{Code: "webhook_path_taken", Message: "This path is in use.", Place: errs.Place{Field: "spec.triggers." + h.TriggerID + ".with.path"}})
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO automation_webhooks (path, tenant, flow_id, version, trigger_id, config) VALUES (?, ?, ?, ?, ?, ?)`,
			h.Path, tenant, id, version, h.TriggerID, string(h.Config)); err != nil {
			return fmt.Errorf("keep webhook: %w", err)
		}
	}
	return nil
}
