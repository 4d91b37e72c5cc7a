package api

import (
	"context"
	"sync"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/store"
	"dataflow/flow-automation/trigger/webhook"
)

// hook is a webhook made ready to be called: what its configuration and the flow's published version say.
type hook struct {
	at     store.Webhook
	config webhook.Config
	doc    *flow.Document
}

// hooksKept bounds how many webhooks stay in memory.
const hooksKept = 1024

// hooks keeps webhooks ready. The database is asked for every call where the path leads, so that a flow that is published
// anew, or no longer, is not called by what is kept here; a version never changes.
type hooks struct {
	mu    sync.Mutex
	ready map[string]*hook // by path
}

func (h *hooks) find(ctx context.Context, flows *store.Store, path string) (*hook, error) {
	at, err := flows.Webhook(ctx, path)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	known := h.ready[path]
	h.mu.Unlock()
	if known != nil && known.leadsTo(&at) {
		return known, nil
	}
	made, err := prepare(ctx, flows, at)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ready == nil || len(h.ready) >= hooksKept {
		h.ready = map[string]*hook{}
	}
	h.ready[path] = made
	return made, nil
}

func (h *hook) leadsTo(at *store.Webhook) bool {
	return h.at.Tenant == at.Tenant && h.at.FlowID == at.FlowID && h.at.Version == at.Version && h.at.TriggerID == at.TriggerID &&
		string(h.at.Config) == string(at.Config)
}

func prepare(ctx context.Context, flows *store.Store, at store.Webhook) (*hook, error) {
	config, err := webhook.Parse(at.Config)
	if err != nil {
		return nil, err
	}
	v, err := flows.Version(ctx, at.Tenant, at.FlowID, at.Version)
	if err != nil {
		return nil, err
	}
	doc, err := flow.ParseJSON(v.Document)
	if err != nil {
		return nil, err
	}
	return &hook{at: at, config: config, doc: doc}, nil
}
