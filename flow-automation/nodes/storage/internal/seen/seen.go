// Package seen remembers which objects, in which version, the runs of a step that succeeded have seen.
package seen

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
)

// mostRemembered is how many objects a step remembers; each takes eight bytes.
const mostRemembered = 500_000

// Memory is which objects a run that succeeded has seen. Those that are gone are forgotten. Nil knows none, and keeps none.
type Memory struct {
	// Note goes with it to the next run; it has no spaces in it.
	Note    string
	subject string
	before  []uint64 // sorted
	now     []uint64
	coarse  bool // versions may stay the same
}

// Recall gives what is remembered of what the step looks at, which is some kind of look at something; nil when it is not to go by that.
func Recall(ctx context.Context, call *node.Call, goes bool, connection, kind string, what ...any) (*Memory, error) {
	if !goes {
		return nil, nil //nolint:nilnil // nil remembers nothing
	}
	leads, err := call.Led(ctx, connection)
	if err != nil {
		return nil, err
	}
	subject, err := json.Marshal(slices.Concat([]any{kind}, what, []any{connection, leads}))
	if err != nil {
		return nil, err
	}
	formerly, err := json.Marshal(slices.Concat([]any{kind, connection}, what)) // it did not say where the connection leads to
	if err != nil {
		return nil, err
	}
	m := &Memory{subject: string(subject)}
	mark, err := call.Mark(ctx, m.subject, string(formerly))
	if err != nil || mark == nil {
		return m, err
	}
	objects, note, _ := strings.Cut(*mark, " ")
	m.Note = note
	raw, err := base64.RawStdEncoding.DecodeString(objects)
	if err != nil || len(raw)%8 != 0 {
		return nil, errs.Internal(err)
	}
	for part := range slices.Chunk(raw, 8) {
		m.before = append(m.before, binary.BigEndian.Uint64(part))
	}
	return m, nil
}

// key stands for an object in its version.
func key(o connector.Object) uint64 {
	sum := sha256.Sum256([]byte(o.Name + "\x00" + o.Version))
	return binary.BigEndian.Uint64(sum[:])
}

// Known says whether the object was there before.
func (m *Memory) Known(o connector.Object) bool {
	if m == nil {
		return false
	}
	_, known := slices.BinarySearch(m.before, key(o))
	return known
}

// Keep remembers an object.
func (m *Memory) Keep(o connector.Object) error {
	if m == nil {
		return nil
	}
	if len(m.now) == mostRemembered {
		return node.FieldError("too_many_objects", "with.new", "There are more than %d objects, which is the most that are remembered", mostRemembered).
			WithHint("Begin further down, such as with the folder of a month, or move away what is done with.")
	}
	m.now = append(m.now, key(o))
	return nil
}

// Settle waits after a listing with something new until what changes further has another version, so that whoever reads the
// objects then misses nothing that is not new to the next run.
func (m *Memory) Settle(ctx context.Context, conn connector.Objects, fresh int64) error {
	tick := connector.Tick(conn)
	if m == nil || tick == 0 || fresh == 0 {
		return nil
	}
	m.coarse = true
	wait := time.NewTimer(tick)
	defer wait.Stop()
	select {
	case <-wait.C:
		return nil
	case <-ctx.Done():
		return connector.Ended(ctx)
	}
}

// KeepRead remembers an object in the version that was read. Where versions may stay the same, one that has changed since it
// was listed may be changing still: it is remembered as it was listed, and the next run reads it again.
func (m *Memory) KeepRead(listed, read connector.Object) error {
	if m != nil && m.coarse {
		return m.Keep(listed)
	}
	return m.Keep(read)
}

// Propose keeps it for when the run has succeeded.
func (m *Memory) Propose(ctx context.Context, call *node.Call) error {
	if m == nil {
		return nil
	}
	if len(m.now) == 0 && len(m.before) > 0 { // a folder that is away for a moment is not empty
		call.Log("warn", "There is nothing there any more; what was seen before is still remembered.")
		return nil
	}
	slices.Sort(m.now)
	raw := make([]byte, 0, 8*len(m.now))
	for _, k := range m.now {
		raw = binary.BigEndian.AppendUint64(raw, k)
	}
	mark := base64.RawStdEncoding.EncodeToString(raw)
	if m.Note != "" {
		mark += " " + m.Note
	}
	return call.Propose(ctx, m.subject, mark)
}
