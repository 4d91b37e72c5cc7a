package step

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/value"
)

// Results keeps what steps have given, by content key: a hash of all that the outcome depends on.
type Results interface {
	// Get gives what is kept under the key and still good at that time; nil when there is nothing.
	Get(ctx context.Context, tenant, key string, now time.Time) (*Kept, error)
	// Put keeps outputs; a zero expiry is for ever.
	Put(ctx context.Context, tenant, key string, kept Kept, expires time.Time) error
}

// Kept is what one step has given.
type Kept struct {
	RunID   string        `json:"run_id"`
	Step    string        `json:"step"`
	Outputs value.Outputs `json:"outputs"`
	// Details are the facts that the work left, such as what a check has found.
	Details map[string]json.RawMessage `json:"details,omitempty"`
}

// cached takes what an earlier attempt at the same work gave, if the node has a cache, else carries it out.
func (w *work) cached(ctx context.Context, c *compiled, config json.RawMessage, inputs map[string][]value.Value, do func() (engine.Outcome, error)) (engine.Outcome, error) {
	outside, known := w.outside(ctx, c, config)
	cache := w.task.Node.Cache
	if w.preview && c.typ.Key != nil {
		cache = &flow.Cache{For: previewKept}
	}
	if cache == nil || w.x.results == nil || !known || c.typ.Once {
		return do()
	}
	beside, err := w.besideItems(c)
	if err != nil {
		return engine.Outcome{}, err
	}
	key := contentKey(c, w.task.Node, config, beside, inputs, outside)
	if w.preview {
		key = "preview " + key // nobody's run gave it
	}
	kept, err := w.x.results.Get(ctx, w.task.Tenant, key, w.task.Now)
	if err != nil {
		return engine.Outcome{}, err
	}
	if kept != nil {
		for key, fact := range kept.Details {
			w.detail(key, fact)
		}
		w.detail("cached", map[string]string{"run": kept.RunID, "step": kept.Step})
		return engine.Outcome{Outputs: kept.Outputs}, nil
	}
	out, err := do()
	if err != nil || out.Outputs == nil || len(w.afterwards) > 0 { // what is not over yet may turn out to be nobody's
		return out, err
	}
	var expires time.Time
	if life := cache.For.Std(0); life > 0 {
		expires = w.task.Now.Add(life)
	}
	return out, w.x.results.Put(ctx, w.task.Tenant, key, Kept{w.task.RunID, w.task.Path, out.Outputs, maps.Clone(w.details)}, expires)
}

// contentKey is the same for two attempts exactly when they do the same work on the same inputs. Beside is what fields for
// items see besides the items, outside what the type looks at in the world.
func contentKey(c *compiled, n *flow.Node, config, beside json.RawMessage, inputs map[string][]value.Value, outside string) string {
	h := sha256.New()
	part := func(b []byte) {
		var n [8]byte
		binary.LittleEndian.PutUint64(n[:], uint64(len(b)))
		h.Write(n[:])
		h.Write(b)
	}
	part([]byte(c.typ.Name))
	part([]byte{byte(c.typ.Version)}) //nolint:gosec // a type has few versions
	part([]byte(n.OnError))
	if len(n.Contract) > 0 {
		part([]byte(fmt.Sprint(contracts(n))))
	}
	part(config)
	part(beside)
	if c.typ.Key != nil || outside != "" {
		part([]byte(outside))
	}
	for _, port := range slices.Sorted(maps.Keys(inputs)) {
		part([]byte(port))
		for _, v := range inputs[port] {
			part([]byte(v.Kind))
			part(v.Data)
			if v.Artifact != nil {
				part([]byte(v.Artifact.ID))
			}
			if v.File != nil {
				part([]byte(v.File.Name))
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Same implements engine.Executor. A container is the same when all that is in it is, too.
func (x *Executor) Same(ctx context.Context, a, b engine.Task) bool {
	ca, cb := x.compiled(a.Node), x.compiled(b.Node)
	if ca.err != nil || cb.err != nil || ca.typ != cb.typ || a.Test != b.Test || a.Phase != b.Phase {
		return false
	}
	if ca.typ.Answer && !alike(a.Scope.Item, b.Scope.Item) {
		return false
	}
	if a.Phase == engine.Open {
		if x.looksOutside(a.Node) {
			return false // its steps are looked at one by one
		}
		// Whatever is inside may see the parameters, the trigger and each other: all of that has to be the same.
		for _, id := range x.reads(a.Node, ca) {
			if !alike(a.Scope.Of(id), b.Scope.Of(id)) {
				return false
			}
		}
		return alike(a.Node, b.Node) && alike(a.Scope.Params, b.Scope.Params) && alike(a.Scope.Vars, b.Scope.Vars) &&
			bytes.Equal(a.Scope.Trigger.Data, b.Scope.Trigger.Data) && x.sameKey(ctx, ca, a, b)
	}
	if a.Test && !alike(a.Node.Pin, b.Node.Pin) {
		return false
	}
	return x.sameKey(ctx, ca, a, b)
}

func (x *Executor) sameKey(ctx context.Context, c *compiled, a, b engine.Task) bool {
	ka, ok := x.key(ctx, a)
	if !ok {
		return false
	}
	kb, ok := x.key(ctx, b)
	return ok && ka == kb && c.err == nil && x.sameOutside(ctx, c, a, b)
}

// key is the content key of a task; false when it cannot be told before the work.
func (x *Executor) key(ctx context.Context, t engine.Task) (string, bool) {
	w := &work{x: x, task: &t}
	c := x.compiled(t.Node)
	config, err := w.config(ctx, c.tree, c.refs)
	if err != nil {
		return "", false
	}
	beside, err := w.besideItems(c)
	if err != nil {
		return "", false
	}
	inputs := make(map[string][]value.Value, len(t.Node.In))
	for port, sources := range t.Node.In {
		for _, source := range sources {
			if v, there := w.source(source); there {
				inputs[port] = append(inputs[port], v)
			}
		}
	}
	return contentKey(c, t.Node, config, beside, inputs, ""), true
}

// alike compares by what is written in JSON, which has no order of keys here.
func alike(a, b any) bool {
	left, err := json.Marshal(a)
	if err != nil {
		return false
	}
	right, err := json.Marshal(b)
	return err == nil && bytes.Equal(left, right)
}
