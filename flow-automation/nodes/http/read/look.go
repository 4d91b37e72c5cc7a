package read

import (
	"context"
	"errors"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/beginning"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/words"
)

// look asks for the first page, by the same request that a run begins with. Somebody may still be typing the address: without
// a connection, which keeps to its host, nobody is sent what may be meant for another.
func look(ctx context.Context, call *node.Call, c Config) (value.Outputs, node.Looked, error) {
	address, _, _ := strings.Cut(c.URL, "?")
	looked := node.Looked{Unit: node.LookedRows, Source: address, Connection: c.Connection}
	if problems := c.Check(); len(problems) > 0 {
		return nil, looked, node.Invalid(problems)
	}
	if c.Connection == "" && (len(c.Headers) > 0 || len(c.Query) > 0 || address != c.URL || strings.Contains(address, "@")) {
		return nil, looked, node.Unseen("Headers and parameters are sent before a run only through a connection, for the address may not be written to its end.")
	}
	own := c.MaxBytes
	c.MaxPages, c.AtLimit, c.MaxBytes = 1, "stop", min(own, beginning.Bytes)
	r, t, err := c.read(ctx, call, func(*reader) {})
	var e *errs.Error
	if errors.As(err, &e) && e.Code == codeLarge && own > c.MaxBytes {
		return nil, looked, node.Unseen("The first page has more than %s, which is not fetched to be looked at.", words.Bytes(c.MaxBytes))
	}
	if err != nil {
		return nil, looked, err
	}
	looked.Objects, looked.Of, looked.More = r.items, r.items, r.cut
	return tableOf(t), looked, nil
}
