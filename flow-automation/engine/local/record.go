package local

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/run"
)

// A record of the journal is one byte for its kind, what the kind needs, and events of the run as package run encodes
// them. The first record of a run has the head in front.
const (
	recordHead   = 'h'
	recordEvents = 'e'
)

// head is what is known of a run when it is asked for.
type head struct {
	ID          string          `json:"id"`
	Tenant      string          `json:"tenant"`
	FlowID      string          `json:"flow_id,omitempty"`
	FlowName    string          `json:"flow_name"`
	FlowTitle   string          `json:"flow_title,omitempty"`
	FlowVersion int             `json:"flow_version,omitempty"`
	Document    []byte          `json:"document"` // hash
	Params      json.RawMessage `json:"params,omitempty"`
	Trigger     engine.Trigger  `json:"trigger"`
	By          string          `json:"by,omitempty"`
	Key         string          `json:"key,omitempty"`
	Created     run.Instant     `json:"created"`

	Priority int            `json:"priority,omitempty"`
	Limits   limits         `json:"limits,omitzero"`
	Targets  []string       `json:"targets,omitempty"`
	Reuse    string         `json:"reuse,omitempty"`
	Fresh    []string       `json:"fresh,omitempty"`
	RetryOf  string         `json:"retry_of,omitempty"`
	Test     bool           `json:"test,omitempty"`
	Keep     bool           `json:"keep,omitempty"`
	Parent   *engine.Parent `json:"parent,omitempty"`
	Backfill string         `json:"backfill,omitempty"`
	Token    string         `json:"token,omitempty"` // opens the addresses at which the run takes calls
}

// limits bound when a run may begin.
type limits struct {
	Groups []engine.Group `json:"groups,omitempty"`
	Rate   *flow.Rate     `json:"rate,omitempty"`
}

func (l limits) none() bool { return len(l.Groups) == 0 && l.Rate == nil }

func (h *head) options() run.Options { return run.Options{Targets: h.Targets} }

// trial is that of engine.Run.
func (h *head) trial() bool {
	return (&engine.Run{Test: h.Test, Targets: h.Targets, Backfill: h.Backfill, Parent: h.Parent}).Trial()
}

func (h *head) encode(events ...run.Event) ([]byte, error) {
	text, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	b := make([]byte, 0, len(text)+32)
	b = binary.AppendUvarint(append(b, recordHead), uint64(len(text)))
	b = append(b, text...)
	return run.AppendEvents(b, events...), nil
}

func encodeEvents(events []run.Event) []byte {
	return run.AppendEvents(append(make([]byte, 0, 256), recordEvents), events...)
}

var errNoHead = errors.New("the run's first record is missing")

// history is a run as the journal tells it. damage says why reading ended early.
type history struct {
	head   head
	events []run.Event
	damage error
}

func (h *history) add(record []byte) {
	if h.damage != nil {
		return
	}
	if err := h.decode(record); err != nil {
		h.damage = fmt.Errorf("record after %d events: %w", len(h.events), err)
	}
}

func (h *history) decode(record []byte) error {
	if len(record) == 0 {
		return errors.New("the record is empty")
	}
	rest := record[1:]
	switch record[0] {
	case recordHead:
		n, skip := binary.Uvarint(rest)
		if skip <= 0 || n > uint64(len(rest)-skip) { //nolint:gosec // skip is at most the length
			return errors.New("the record ends within the head")
		}
		end := skip + int(n) //nolint:gosec // bounded just above
		if err := json.NewDecoder(bytes.NewReader(rest[skip:end])).Decode(&h.head); err != nil {
			return fmt.Errorf("head: %w", err)
		}
		rest = rest[end:]
	case recordPacked:
		return unpack(record, h.decode)
	case recordEvents:
		if h.head.ID == "" {
			return errNoHead
		}
	default:
		return fmt.Errorf("the record is of the unknown kind %q", record[0])
	}
	events, err := run.DecodeEvents(rest)
	h.events = append(h.events, events...)
	return err
}
