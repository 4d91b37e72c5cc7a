package openlineage

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/lineage"
	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/telemetry"
	"dataflow/ide-go-lib/testkit/dbtest"
)

// ended are runs that have succeeded; the document of one cannot be read.
type ended struct {
	list   []engine.Numbered
	broken string
}

func newEnded(ids ...string) *ended {
	e := &ended{}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for i, id := range ids {
		e.list = append(e.list, engine.Numbered{No: int64(i + 1), Run: engine.Run{ID: id, Tenant: "default", FlowName: id, Status: engine.Succeeded, CreatedAt: at, StartedAt: &at, EndedAt: &at}})
	}
	return e
}

func (e *ended) After(_ context.Context, no int64, _ int) ([]engine.Numbered, error) {
	return e.list[min(int(no), len(e.list)):], nil
}

func (e *ended) Numbered(_ context.Context, numbers []int64) (out []engine.Numbered, _ error) {
	for _, r := range e.list {
		if slices.Contains(numbers, r.No) {
			out = append(out, r)
		}
	}
	return out, nil
}

func (e *ended) Newest(context.Context) (int64, error) { return 0, nil }

func (e *ended) Run(_ context.Context, _, id string) (engine.Run, error) {
	return e.list[slices.IndexFunc(e.list, func(r engine.Numbered) bool { return r.Run.ID == id })].Run, nil
}

func (e *ended) Steps(context.Context, string, string) ([]engine.Step, error) { return nil, nil }

func (e *ended) Document(_ context.Context, _, id string) (*flow.Document, error) {
	if id == e.broken {
		return nil, errors.New("it cannot be read")
	}
	return &flow.Document{}, nil
}

func serve(t *testing.T, runs Runs, url string) *Service {
	t.Helper()
	d := dbtest.Temp(t)
	require.NoError(t, Migrate(t.Context(), d))
	s, err := New(Config{URL: url, Header: http.Header{"X-Api-Key": {"secret"}}}, Deps{
		DB: d, Runs: runs, Clock: clock.System{}, Log: telemetry.Discard(),
		Lineage: func(context.Context, engine.Run, *flow.Document) (*lineage.Graph, error) { return nil, nil },
	})
	require.NoError(t, err)
	require.NoError(t, s.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, s.Stop(context.Background())) })
	return s
}

// A run whose document cannot be read keeps none behind it waiting, and is told of without its data in the end.
func TestRunThatCannotBeRead(t *testing.T) {
	came := make(chan Event, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var e Event
		body, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(body, &e); err != nil {
			t.Error(err)
		}
		came <- e
	}))
	t.Cleanup(receiver.Close)
	runs := newEnded("bad", "good")
	runs.broken = "bad"
	serve(t, runs, receiver.URL)
	var got []string
	for range 4 {
		select {
		case e := <-came:
			got = append(got, e.Job.Name+" "+e.Type)
		case <-time.After(20 * time.Second):
			t.Fatal(got)
		}
	}
	require.Equal(t, []string{"good START", "good COMPLETE", "bad START", "bad COMPLETE"}, got)
}

// Wherever a receiver points to, neither the event nor the key goes there, and the event stays.
func TestRedirectsAreNotFollowed(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was followed") }))
	t.Cleanup(other.Close)
	asked := make(chan struct{}, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+"/login?next=x", http.StatusFound)
		asked <- struct{}{}
	}))
	t.Cleanup(receiver.Close)
	s := serve(t, newEnded("one"), receiver.URL)
	for range 2 {
		select {
		case <-asked:
		case <-time.After(20 * time.Second):
			t.Fatal("it was not asked")
		}
	}
	n, err := s.outbox.waiting(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 2, n)
	again, err := s.post(t.Context(), &letter{body: []byte("{}")})
	require.True(t, again)
	require.ErrorContains(t, err, other.URL+"/login, which is not followed")
}

// However many runs move between two looks, no more are kept than are looked at one by one.
func TestRunsThatMoveAreBounded(t *testing.T) {
	s := &Service{moved: map[int64]bool{}, wake: make(chan struct{}, 1)}
	for no := range int64(3 * mostMoved) {
		s.Moved([]engine.Numbered{{No: no, Run: engine.Run{Status: engine.Running}}})
	}
	moved, all := s.take()
	require.True(t, all)
	require.LessOrEqual(t, len(moved), mostMoved)
}
