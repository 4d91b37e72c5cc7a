package automation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"net/http"
	"strconv"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/expr"
)

var _ node.Flows = flows{}

// Fingerprint implements node.Flows: a hash of the flow's document, and of those of the flows that it runs in turn.
func (f flows) Fingerprint(ctx context.Context, tenant, name string, version int) (string, error) {
	h := sha256.New()
	if err := f.digest(ctx, h, tenant, name, version, map[string]bool{}); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}

func (f flows) digest(ctx context.Context, into hash.Hash, tenant, name string, version int, seen map[string]bool) error {
	key := fmt.Sprintf("%s@%d", name, version)
	if seen[key] {
		return nil
	}
	seen[key] = true
	ref, err := f.Flow(ctx, tenant, name, version)
	if err != nil {
		if errs.From(err).Status >= http.StatusInternalServerError {
			return err
		}
		into.Write(fmt.Appendf(nil, "%s is absent\n", key)) // a run that comes to it fails
		return nil
	}
	body, err := json.Marshal(ref.Document)
	if err != nil {
		return err
	}
	into.Write(fmt.Appendf(nil, "%s %d\n%s\n", key, len(body), body))
	return f.digestChildren(ctx, into, tenant, ref.Document.Spec.Nodes, seen)
}

// digestChildren goes through the flows that the nodes name. One that an expression names is known only when it runs.
func (f flows) digestChildren(ctx context.Context, into hash.Hash, tenant string, nodes []flow.Node, seen map[string]bool) error {
	for i := range nodes {
		n := &nodes[i]
		if name, is := n.With["flow"].(string); is && n.Type == runsFlow && !expr.Has(name) {
			version, _ := strconv.Atoi(fmt.Sprint(n.With["version"])) // 0 when it is left out
			if err := f.digest(ctx, into, tenant, name, version, seen); err != nil {
				return err
			}
		}
		for _, body := range n.Bodies() {
			if err := f.digestChildren(ctx, into, tenant, body.Nodes, seen); err != nil {
				return err
			}
		}
	}
	return nil
}

// runsFlow is the node type that carries out another flow.
const runsFlow = "control.flow"
