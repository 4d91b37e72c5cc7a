package run

import (
	"encoding/binary"
	"encoding/json"
	"slices"

	"dataflow/flow-automation/value"
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
	kindOpened
	kindDecided
	kindSuspended
	kindSignaled
	kindPauseRequested
	kindResumeRequested
	kindRefused
	kindSignaledOfKind
	kindPauseOfUnbegun
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
		b = appendPaths(b, e.Interrupted)
	case Broken:
		b = appendHead(b, kindBroken, e.At)
		b = appendJSON(b, e.Err)
	case Opened:
		b = appendHead(b, kindOpened, e.At)
		b = appendAttempt(b, e.Path, e.Attempt)
		b = appendBegan(b, e.At, e.Began)
		b = appendValue(b, e.Item)
		b = binary.AppendVarint(binary.AppendVarint(b, int64(e.Count)), int64(e.Limit))
		b = appendDetails(appendBool(b, e.Collect), e.Details)
	case Decided:
		b = appendHead(b, kindDecided, e.At)
		b = appendAttempt(b, e.Path, e.Attempt)
		b = appendBool(binary.AppendVarint(b, int64(e.Index)), e.Again)
	case Suspended:
		b = appendHead(b, kindSuspended, e.At)
		b = appendAttempt(b, e.Path, e.Attempt)
		b = appendBegan(b, e.At, e.Began)
		b = appendDetails(appendWait(b, e.Wait), e.Details)
	case Signaled:
		if e.Kind == 0 {
			b = appendHead(b, kindSignaled, e.At)
		} else {
			b = append(appendHead(b, kindSignaledOfKind, e.At), byte(e.Kind))
		}
		b = appendText(appendText(b, e.Path), e.By)
		b = appendJSON(appendOutputs(b, e.Outputs), e.Err)
		b = appendDetails(b, e.Details)
	case PauseRequested:
		if len(e.Unbegun) == 0 {
			b = appendText(appendHead(b, kindPauseRequested, e.At), e.By)
		} else {
			b = appendPaths(appendText(appendHead(b, kindPauseOfUnbegun, e.At), e.By), e.Unbegun)
		}
	case ResumeRequested:
		b = appendText(appendHead(b, kindResumeRequested, e.At), e.By)
	case Refused:
		b = appendJSON(appendHead(b, kindRefused, e.At), e.Err)
	}
	return b
}

func appendPaths(b []byte, paths []Path) []byte {
	b = binary.AppendUvarint(b, uint64(len(paths)))
	for _, p := range paths {
		b = appendText(b, p)
	}
	return b
}

func appendWait(b []byte, w Wait) []byte {
	b = append(b, byte(w.Kind))
	b = binary.AppendVarint(binary.AppendVarint(b, int64(w.Until)), int64(w.Escalate))
	b = appendOutputs(appendText(b, w.Child), w.Outputs)
	return appendText(appendJSON(b, w.Err), w.Data)
}

func appendBool(b []byte, yes bool) []byte {
	if yes {
		return append(b, 1)
	}
	return append(b, 0)
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
