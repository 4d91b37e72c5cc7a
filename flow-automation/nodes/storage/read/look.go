package read

import (
	"context"
	"errors"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/storage/internal/objects"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/words"
)

// How much is looked at before a run: somebody waits for it, and the storage may be far away.
const (
	mostLooked      = 3        // objects
	mostLookedBytes = 32 << 20 // of all of them
	mostCounted     = 1000     // objects that fit
)

var errEnough = errors.New("enough objects are counted")

// look reads the first objects, also those that were read before.
func look(ctx context.Context, call *node.Call, c Config) (value.Outputs, node.Looked, error) {
	var looked node.Looked
	if problems := c.Check(); len(problems) > 0 {
		return nil, looked, node.Invalid(problems)
	}
	conn, err := c.Open(ctx, call)
	if err != nil {
		return nil, looked, err
	}
	defer func() { _ = conn.Close() }() // it has only read
	f := &found{folders: &folders{}}
	_, err = c.list(ctx, conn, func(o connector.Object) error {
		if looked.Of == mostCounted {
			looked.More = true
			return errEnough
		}
		looked.Of++
		if c.Parts {
			if f.folders.learn(o.Name); len(f.folders.columns) > mostColumns {
				return tooManyColumns(c.field(), o.Name)
			}
		}
		if len(f.objects) < mostLooked && f.bytes+o.Size <= mostLookedBytes {
			f.objects = append(f.objects, o)
			f.bytes += o.Size
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, looked, objects.Placed(err, c.field())
	}
	looked.Objects = int64(len(f.objects))
	switch {
	case looked.Of == 0 && c.None == "fail":
		return nil, looked, c.none()
	case looked.Of == 0:
		t, err := c.empty(ctx, call, conn, f, nil)
		return tableOf(t), looked, err
	case looked.Objects == 0:
		return nil, looked, node.Unseen("Each of the objects has more than %s, of which none is fetched to be looked at.", words.Bytes(mostLookedBytes))
	}
	t, _, err := c.read(ctx, call, conn, f, nil)
	return tableOf(t), looked, err
}
