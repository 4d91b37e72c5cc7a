package local

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/run"
	"dataflow/ide-go-lib/errs"
)

// documentsKept bounds how many compiled documents stay in memory.
const documentsKept = 256

// kind is how steps of one node are carried out.
type kind struct {
	pool   string
	inline bool     // on the run's own goroutine
	pure   bool     // it only computes
	unsafe bool     // not repeated blindly after a crash
	timed  bool     // an attempt has so much time from its beginning
	answer bool     // somebody's, to all that came before
	called bool     // its steps may wait for a call
	reads  []string // nodes whose outputs it sees
	// effectIn asks, for a tenant, what a repetition may do; nil where the node itself says it.
	effectIn func(tenant string) string
}

// in gives the kind as it is for a tenant.
func (k kind) in(tenant string) kind {
	if k.effectIn != nil {
		effect := k.effectIn(tenant)
		k.pure, k.unsafe = effect == pure, blindly(effect)
	}
	return k
}

// blindly says whether only somebody who looks may repeat a step of this effect.
func blindly(effect string) bool { return effect != pure && effect != "idempotent" }

// pure is the effect of what only computes.
const pure = "pure"

// document is a flow made ready to run; all runs of equal documents share it.
type document struct {
	hash  [sha256.Size]byte
	body  []byte
	flow  *flow.Document
	graph *run.Graph
	kinds map[string]kind // by node, those in containers included
	// setters are the nodes whose outputs are variables for what follows them, in the order of the document.
	setters  []string
	calls    bool // a node may wait for a call
	suspends bool // a node waits for something outside

	mu       sync.Mutex
	upstream map[string][]string // by node, all that comes before it; made when first asked for
}

// setsVariables is the node type whose outputs are variables for the nodes that follow it.
const setsVariables = "variables.set"

// waits is the node type that may wait for a call.
const waits = "control.wait"

// documents compiles flows, each content once.
type documents struct {
	executor engine.Executor
	db       *sql.DB

	mu     sync.Mutex
	byHash map[[sha256.Size]byte]*document
	// bySource saves hashing a document that callers hand over again and again. It keeps the source alive, so an address
	// never stands for another document; callers promise not to change a document that they handed over.
	bySource map[*flow.Document]*document
}

// of gives the compiled form of a document.
func (d *documents) of(source *flow.Document) (*document, error) {
	d.mu.Lock()
	known := d.bySource[source]
	d.mu.Unlock()
	if known != nil {
		return known, nil
	}
	body, err := json.Marshal(source)
	if err != nil {
		return nil, fmt.Errorf("document: %w", err)
	}
	doc, err := d.compile(body)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.bySource) >= documentsKept {
		clear(d.bySource)
	}
	d.bySource[source] = doc
	return doc, nil
}

// load gives the document with that hash from memory or the database.
func (d *documents) load(ctx context.Context, hash []byte) (*document, error) {
	if len(hash) != sha256.Size {
		return nil, fmt.Errorf("%x is not the hash of a document", hash)
	}
	d.mu.Lock()
	known := d.byHash[[sha256.Size]byte(hash)]
	d.mu.Unlock()
	if known != nil {
		return known, nil
	}
	var body []byte
	err := d.db.QueryRowContext(ctx, "SELECT body FROM run_documents WHERE hash = ?", hash).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("the document %x is not in the database", hash)
	}
	if err != nil {
		return nil, fmt.Errorf("read document: %w", err)
	}
	return d.compile(body)
}

// compile works on a copy of its own, read from the text that the database keeps: a run sees the same values before and
// after a restart, whatever types its caller used.
func (d *documents) compile(body []byte) (*document, error) {
	hash := sha256.Sum256(body)
	d.mu.Lock()
	known := d.byHash[hash]
	d.mu.Unlock()
	if known != nil {
		return known, nil
	}
	source := new(flow.Document)
	if err := json.Unmarshal(body, source); err != nil {
		return nil, fmt.Errorf("document %x: %w", hash, err)
	}
	graph, err := run.Compile(source)
	if err != nil {
		return nil, err
	}
	doc := &document{hash: hash, body: body, flow: source, graph: graph, kinds: make(map[string]kind, graph.Len())}
	d.classify(doc, source.Spec.Nodes)
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.byHash) >= documentsKept {
		clear(d.byHash)
	}
	d.byHash[hash] = doc
	return doc, nil
}

func (d *documents) classify(doc *document, nodes []flow.Node) {
	for i := range nodes {
		n := &nodes[i]
		k := d.executor.Kind(n)
		doc.kinds[n.ID] = kind{
			pool: k.Pool, reads: k.Reads, answer: k.Answer,
			// A timeout needs a goroutine that can be left behind; that of a container is for its body.
			inline: k.Pool == "inline" && k.Effect == pure && (n.Timeout == "" || run.IsContainer(n.Type)),
			pure:   k.Effect == pure,
			unsafe: blindly(k.Effect),
			timed:  n.Timeout != "",
			called: mayBeCalled(n), effectIn: k.EffectIn,
		}
		doc.calls = doc.calls || mayBeCalled(n)
		doc.suspends = doc.suspends || k.Suspends
		if n.Type == setsVariables {
			doc.setters = append(doc.setters, n.ID)
		}
		for _, body := range n.Bodies() {
			d.classify(doc, body.Nodes)
		}
	}
}

// mayBeCalled says whether a node's steps may wait for a call; where an expression decides, that is known later.
func mayBeCalled(n *flow.Node) bool {
	callback, set := n.With["callback"]
	return n.Type == waits && set && callback != nil && callback != false
}

// unreadable is the error of a run whose record or document cannot be read any more.
func unreadable(cause error) *errs.Error {
	return errs.New(500, codeDamaged, "The record of this run is damaged, so it cannot go on: %v", cause).
		WithHint("Restore a backup if the run matters, or start it again. The server's log names the record.")
}
