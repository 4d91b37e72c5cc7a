package run

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// codecVersion opens every encoded list of events. A reader understands all versions up to its own.
const codecVersion = 1

// The kinds of events in a journal. Numbers are never given anew.
const (
	kindStarted = iota + 1
	kindStepStarted
	kindStepSucceeded
	kindStepFailed
	kindTimerFired
	kindCancelRequested
	kindRecovered
	kindBroken
)

// AppendEvents adds the compact encoding of events to b, for journals.
func AppendEvents(b []byte, events ...Event) []byte {
	b = append(b, codecVersion)
	for _, e := range events {
		b = appendEvent(b, e)
	}
	return b
}

func appendEvent(b []byte, e Event) []byte {
	switch e := e.(type) {
	case Started:
		b = appendHead(b, kindStarted, e.At)
	case StepStarted:
		b = appendHead(b, kindStepStarted, e.At)
		b = appendAttempt(b, e.Path, e.Attempt)
	case StepSucceeded:
		b = appendHead(b, kindStepSucceeded, e.At)
		b = appendAttempt(b, e.Path, e.Attempt)
		b = appendBegan(b, e.At, e.Began)
		b = appendOutputs(b, e.Outputs)
		b = appendDetails(b, e.Details)
	case StepFailed:
		b = appendHead(b, kindStepFailed, e.At)
		b = appendAttempt(b, e.Path, e.Attempt)
		b = appendBegan(b, e.At, e.Began)
		b = appendJSON(b, e.Err)
		b = appendDetails(b, e.Details)
	case TimerFired:
		b = appendHead(b, kindTimerFired, e.At)
		b = append(b, byte(e.Timer.Kind))
		b = appendAttempt(b, e.Timer.Path, e.Timer.Attempt)
	case CancelRequested:
		b = appendHead(b, kindCancelRequested, e.At)
		b = appendText(b, e.By)
	case Recovered:
		b = appendHead(b, kindRecovered, e.At)
		b = binary.AppendUvarint(b, uint64(len(e.Interrupted)))
		for _, p := range e.Interrupted {
			b = appendText(b, p)
		}
	case Broken:
		b = appendHead(b, kindBroken, e.At)
		b = appendJSON(b, e.Err)
	}
	return b
}

func appendHead(b []byte, kind byte, at Instant) []byte {
	return binary.AppendVarint(append(b, kind), int64(at))
}

func appendText[T ~string | ~[]byte](b []byte, s T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendAttempt(b []byte, p Path, attempt int) []byte {
	return binary.AppendVarint(appendText(b, p), int64(attempt))
}

// appendBegan keeps the time that the attempt took plus one; 0 stands for an unknown beginning.
func appendBegan(b []byte, at, began Instant) []byte {
	if began == 0 {
		return binary.AppendVarint(b, 0)
	}
	return binary.AppendVarint(b, int64(at-began)+1)
}

// appendJSON is for what is rare; the types here always marshal.
func appendJSON(b []byte, v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		data = []byte("null")
	}
	return appendText(b, data)
}

// The parts of a value that are there.
const (
	hasArtifact = 1 << iota
	hasTable
	hasFile
)

func appendOutputs(b []byte, out value.Outputs) []byte {
	if out == nil {
		return binary.AppendUvarint(b, 0)
	}
	b = binary.AppendUvarint(b, uint64(len(out))+1)
	if len(out) == 1 {
		for port, v := range out {
			b = appendValue(appendText(b, port), v)
		}
		return b
	}
	ports := make([]string, 0, len(out))
	for port := range out {
		ports = append(ports, port)
	}
	slices.Sort(ports)
	for _, port := range ports {
		b = appendValue(appendText(b, port), out[port])
	}
	return b
}

func appendValue(b []byte, v value.Value) []byte {
	var has byte
	if v.Artifact != nil {
		has |= hasArtifact
	}
	if v.Table != nil {
		has |= hasTable
	}
	if v.File != nil {
		has |= hasFile
	}
	b = append(b, has)
	b = appendText(b, v.Kind)
	b = appendText(b, v.MediaType)
	b = appendText(b, v.Data)
	if v.Artifact != nil {
		b = appendText(b, v.Artifact.ID)
		b = binary.AppendVarint(b, v.Artifact.Size)
		b = appendText(b, v.Artifact.MediaType)
	}
	if v.Table != nil {
		b = appendJSON(b, v.Table)
	}
	if v.File != nil {
		b = appendText(b, v.File.Name)
		b = appendText(b, v.File.MediaType)
	}
	return b
}

func appendDetails(b []byte, details map[string]json.RawMessage) []byte {
	b = binary.AppendUvarint(b, uint64(len(details)))
	if len(details) == 0 {
		return b
	}
	keys := make([]string, 0, len(details))
	for k := range details {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		b = appendText(appendText(b, k), details[k])
	}
	return b
}

var errShort = errors.New("the record ends too early")

// DecodeEvents reads what AppendEvents wrote. The events before the first that cannot be read are given along with the
// error.
func DecodeEvents(data []byte) ([]Event, error) {
	if len(data) == 0 {
		return nil, errShort
	}
	if data[0] != codecVersion {
		return nil, fmt.Errorf("the record has version %d, and this program reads up to %d", data[0], codecVersion)
	}
	r := reader{data: data[1:]}
	var events []Event
	for len(r.data) > 0 && r.err == nil {
		if e := r.event(); r.err == nil {
			events = append(events, e)
		}
	}
	return events, r.err
}

// reader takes a record apart; after the first error it gives zero values.
type reader struct {
	data []byte
	err  error
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.data = nil
}

func (r *reader) byte() byte {
	if len(r.data) == 0 {
		r.fail(errShort)
		return 0
	}
	b := r.data[0]
	r.data = r.data[1:]
	return b
}

func (r *reader) int() int64 {
	v, n := binary.Varint(r.data)
	if n <= 0 {
		r.fail(errShort)
		return 0
	}
	r.data = r.data[n:]
	return v
}

// count reads a number of things of at least one byte each, so that damage cannot ask for much memory.
func (r *reader) count() int {
	v, n := binary.Uvarint(r.data)
	if n <= 0 || v > uint64(len(r.data)) {
		r.fail(errShort)
		return 0
	}
	r.data = r.data[n:]
	return int(v) //nolint:gosec // bounded just above
}

func (r *reader) text() string { return string(r.raw()) }

// raw shares the record's memory, which nobody writes to.
func (r *reader) raw() []byte {
	n := r.count()
	if n > len(r.data) {
		r.fail(errShort)
		return nil
	}
	b := r.data[:n:n]
	r.data = r.data[n:]
	return b
}

func (r *reader) json(into any) {
	if raw := r.raw(); r.err == nil {
		if err := json.Unmarshal(raw, into); err != nil {
			r.fail(err)
		}
	}
}

func (r *reader) attempt() (Path, int) { return Path(r.text()), int(r.int()) }

func (r *reader) began(at Instant) Instant {
	if took := r.int(); took != 0 {
		return at - Instant(took-1)
	}
	return 0
}

func (r *reader) event() Event {
	kind, at := r.byte(), Instant(r.int())
	switch kind {
	case kindStarted:
		return Started{At: at}
	case kindStepStarted:
		e := StepStarted{At: at}
		e.Path, e.Attempt = r.attempt()
		return e
	case kindStepSucceeded:
		e := StepSucceeded{At: at}
		e.Path, e.Attempt = r.attempt()
		e.Began, e.Outputs, e.Details = r.began(at), r.outputs(), r.details()
		return e
	case kindStepFailed:
		e := StepFailed{At: at}
		e.Path, e.Attempt = r.attempt()
		e.Began, e.Err = r.began(at), r.error()
		e.Details = r.details()
		return e
	case kindTimerFired:
		e := TimerFired{At: at}
		e.Timer.Kind = TimerKind(r.byte())
		e.Timer.Path, e.Timer.Attempt = r.attempt()
		return e
	case kindCancelRequested:
		return CancelRequested{At: at, By: r.text()}
	case kindRecovered:
		e := Recovered{At: at}
		for n := r.count(); n > 0 && r.err == nil; n-- {
			e.Interrupted = append(e.Interrupted, Path(r.text()))
		}
		return e
	case kindBroken:
		return Broken{At: at, Err: r.error()}
	}
	r.fail(fmt.Errorf("the record holds an event of the unknown kind %d", kind))
	return nil
}

func (r *reader) error() *errs.Error {
	var e *errs.Error
	r.json(&e)
	return e
}

func (r *reader) outputs() value.Outputs {
	n := r.count()
	if n == 0 || r.err != nil {
		return nil
	}
	out := make(value.Outputs, n-1)
	for n--; n > 0 && r.err == nil; n-- {
		port := r.text()
		out[port] = r.value()
	}
	return out
}

func (r *reader) value() value.Value {
	has := r.byte()
	v := value.Value{Kind: value.Kind(r.text()), MediaType: r.text()}
	if data := r.raw(); len(data) > 0 {
		v.Data = data
	}
	if has&hasArtifact != 0 {
		v.Artifact = &artifact.Ref{ID: r.text(), Size: r.int(), MediaType: r.text()}
	}
	if has&hasTable != 0 {
		v.Table = new(table.Meta)
		r.json(v.Table)
	}
	if has&hasFile != 0 {
		v.File = &value.FileMeta{Name: r.text(), MediaType: r.text()}
	}
	return v
}

func (r *reader) details() map[string]json.RawMessage {
	n := r.count()
	if n == 0 || r.err != nil {
		return nil
	}
	details := make(map[string]json.RawMessage, n)
	for ; n > 0 && r.err == nil; n-- {
		key := r.text()
		details[key] = r.raw()
	}
	return details
}
