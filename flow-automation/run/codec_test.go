package run_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"dataflow/flow-automation/run"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

func everyEvent() []run.Event {
	return []run.Event{
		run.Started{At: 1},
		run.StepStarted{At: 2, Path: "each[3]/fetch", Attempt: 2},
		run.StepSucceeded{At: 9, Began: 3, Path: "a", Attempt: 1, Details: map[string]json.RawMessage{"sql": json.RawMessage(`"x"`)}, Outputs: value.Outputs{
			"value": {Kind: value.JSON, Data: json.RawMessage(`{"n":1}`), MediaType: value.MediaChart},
			"table": {
				Kind:     value.Table,
				Artifact: &artifact.Ref{ID: "ab", Size: 7, MediaType: table.MediaType},
				Table:    &table.Meta{Rows: 3, Columns: []table.Column{{Name: "n", Type: "BIGINT"}}},
			},
			"file": {Kind: value.File, Artifact: &artifact.Ref{ID: "cd", Size: 1}, File: &value.FileMeta{Name: "a.txt", MediaType: "text/plain"}},
		}},
		run.StepSucceeded{At: 9, Path: "b", Attempt: 1},
		run.StepSucceeded{At: 9, Began: 9, Path: "b", Attempt: 1, Outputs: value.Outputs{}},
		run.StepFailed{At: 10, Began: 4, Path: "a", Attempt: 1, Err: errs.Invalid("boom", "It is wrong.").With(errs.Detail{Message: "here", Place: errs.Place{Line: 3}})},
		run.TimerFired{At: 11, Timer: run.Timer{Kind: run.RetryTimer, Path: "a", Attempt: 1}},
		run.CancelRequested{At: 12, By: "ann"},
		run.Recovered{At: 13, Interrupted: []run.Path{"a", "b"}},
		run.Broken{At: 14, Err: errs.Invalid("boom", "It is broken.")},
		run.Opened{At: 15, Began: 14, Path: "each", Attempt: 1, Count: 3, Limit: 2, Collect: true, Item: value.Value{Kind: value.JSON, Data: json.RawMessage(`[1,2,3]`)}},
		run.Decided{At: 16, Path: "loop", Attempt: 1, Index: 4, Again: true},
		run.Suspended{At: 17, Began: 16, Path: "ask", Attempt: 2, Details: map[string]json.RawMessage{"to": json.RawMessage(`"ann"`)}, Wait: run.Wait{
			Kind: run.WaitApproval, Until: 99, Escalate: 50, Data: json.RawMessage(`{"form":{}}`), Err: errs.Invalid("late", "Nobody answered."),
			Outputs: value.Outputs{"value": {Kind: value.JSON, Data: json.RawMessage(`1`)}},
		}},
		run.Suspended{At: 17, Path: "sub", Attempt: 1, Wait: run.Wait{Kind: run.WaitChild, Child: "01hq"}},
		run.Signaled{At: 18, Path: "ask", By: "bob", Outputs: value.Outputs{"approved": {Kind: value.JSON, Data: json.RawMessage(`{}`)}}},
		run.Signaled{At: 18, Path: "ask", By: "bob", Err: errs.Invalid("refused", "No.")},
		run.Signaled{At: 18, Path: "call", Kind: run.WaitCallback, By: "callback", Outputs: value.Outputs{"value": {Kind: value.JSON, Data: json.RawMessage(`{}`)}}},
		run.PauseRequested{At: 19, By: "ann"},
		run.PauseRequested{At: 19, By: "ann", Unbegun: []run.Path{"a", "each[3]/b"}},
		run.ResumeRequested{At: 20, By: "bob"},
		run.Refused{At: 21, Err: errs.Conflict("concurrency_limit", "Too many.")},
	}
}

func TestEventsSurviveTheJournal(t *testing.T) {
	want := everyEvent()
	got, err := run.DecodeEvents(run.AppendEvents(nil, want...))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestTruncatedRecordsSayWhatIsWrong(t *testing.T) {
	for _, e := range everyEvent() {
		whole := run.AppendEvents(nil, e)
		for n := range whole {
			events, err := run.DecodeEvents(whole[:n])
			if err == nil && len(events) > 0 {
				t.Errorf("%T cut to %d of %d bytes reads as %+v", e, n, len(whole), events)
			}
		}
	}
	if _, err := run.DecodeEvents([]byte{99}); err == nil {
		t.Error("a record of a later version was read")
	}
}

func FuzzDecodeEvents(f *testing.F) {
	for _, e := range everyEvent() {
		f.Add(run.AppendEvents(nil, e))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		events, err := run.DecodeEvents(data)
		if err != nil {
			return
		}
		again, err := run.DecodeEvents(run.AppendEvents(nil, events...))
		if err != nil || len(again) != len(events) {
			t.Fatalf("what was read cannot be written: %v", err)
		}
	})
}
