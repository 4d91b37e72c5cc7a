package run

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

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
		return Recovered{At: at, Interrupted: r.paths()}
	case kindBroken:
		return Broken{At: at, Err: r.error()}
	case kindOpened:
		e := Opened{At: at}
		e.Path, e.Attempt = r.attempt()
		e.Began, e.Item = r.began(at), r.value()
		e.Count, e.Limit, e.Collect = int(r.int()), int(r.int()), r.byte() != 0
		e.Details = r.details()
		return e
	case kindDecided:
		e := Decided{At: at}
		e.Path, e.Attempt = r.attempt()
		e.Index, e.Again = int(r.int()), r.byte() != 0
		return e
	case kindSuspended:
		e := Suspended{At: at}
		e.Path, e.Attempt = r.attempt()
		e.Began, e.Wait = r.began(at), r.wait()
		e.Details = r.details()
		return e
	case kindSignaled, kindSignaledOfKind:
		e := Signaled{At: at}
		if kind == kindSignaledOfKind {
			e.Kind = WaitKind(r.byte())
		}
		e.Path, e.By = Path(r.text()), r.text()
		e.Outputs, e.Err, e.Details = r.outputs(), r.error(), r.details()
		return e
	case kindPauseRequested:
		return PauseRequested{At: at, By: r.text()}
	case kindPauseOfUnbegun:
		return PauseRequested{At: at, By: r.text(), Unbegun: r.paths()}
	case kindResumeRequested:
		return ResumeRequested{At: at, By: r.text()}
	case kindRefused:
		return Refused{At: at, Err: r.error()}
	}
	r.fail(fmt.Errorf("the record holds an event of the unknown kind %d", kind))
	return nil
}

func (r *reader) paths() (all []Path) {
	for n := r.count(); n > 0 && r.err == nil; n-- {
		all = append(all, Path(r.text()))
	}
	return all
}

func (r *reader) wait() Wait {
	w := Wait{Kind: WaitKind(r.byte()), Until: Instant(r.int()), Escalate: Instant(r.int()), Child: r.text()}
	w.Outputs, w.Err = r.outputs(), r.error()
	if data := r.raw(); len(data) > 0 {
		w.Data = data
	}
	return w
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
