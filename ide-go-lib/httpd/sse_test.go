package httpd_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/httpd"
	"dataflow/ide-go-lib/testkit"
)

// stream opens a stream and gives its lines as they come.
func stream(t *testing.T, url string, header ...string) (*http.Response, <-chan string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	r.Header.Set("Accept-Encoding", "gzip")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	t.Cleanup(func() { _ = response.Body.Close() })
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(response.Body); s.Scan(); {
			lines <- s.Text()
		}
	}()
	return response, lines
}

func TestEvents(t *testing.T) {
	s := httpd.New(httpd.Config{Addr: "127.0.0.1:0", Heartbeat: 5 * time.Millisecond})
	next, ended := make(chan string), make(chan error, 1)
	s.Events(httpd.Op{Path: "/events", Permission: auth.Public}, func(r *http.Request, out *httpd.EventStream) error {
		if err := out.Send(httpd.Event{Data: "after " + out.LastEventID}); err != nil {
			return err
		}
		for {
			select {
			case text := <-next:
				if err := out.Send(httpd.Event{ID: "7\nevil: 1", Name: "log", Data: map[string]string{"text": text}}); err != nil {
					return err
				}
			case <-r.Context().Done():
				ended <- r.Context().Err()
				return r.Context().Err()
			}
		}
	})
	base := running(t, s)
	response, lines := stream(t, base+"/events", "Last-Event-ID", "6")
	require.Equal(t, "text/event-stream", response.Header.Get("Content-Type"))
	require.Empty(t, response.Header.Get("Content-Encoding"))
	for _, want := range []string{": open", "", `data: "after 6"`, ""} {
		require.Equal(t, want, testkit.Receive(t, want, lines))
	}
	require.Equal(t, ": alive", testkit.Receive(t, "a heartbeat", lines))
	next <- "a\nb"
	for {
		if line := testkit.Receive(t, "the event", lines); !strings.HasPrefix(line, ":") && line != "" {
			require.Equal(t, "id: 7 evil: 1", line)
			break
		}
	}
	require.Equal(t, "event: log", testkit.Receive(t, "its name", lines))
	require.Equal(t, `data: {"text":"a\nb"}`, testkit.Receive(t, "its data", lines))
	require.NoError(t, response.Body.Close())
	require.ErrorIs(t, testkit.Receive(t, "the end", ended), context.Canceled, "the handler learns that the client is gone")
}

func TestEventsEndWithTheServer(t *testing.T) {
	s := httpd.New(httpd.Config{Addr: "127.0.0.1:0"})
	s.Events(httpd.Op{Path: "/events", Permission: auth.Public}, func(r *http.Request, out *httpd.EventStream) error {
		if err := out.Open(); err != nil {
			return err
		}
		<-r.Context().Done()
		return r.Context().Err()
	})
	require.NoError(t, s.Start(t.Context()))
	_, lines := stream(t, "http://"+s.Addr()+"/events")
	require.Equal(t, ": open", testkit.Receive(t, "the opening", lines))
	require.NoError(t, s.Stop(t.Context()), "a stream does not hold up the stop")
	for range lines {
		continue // until the connection is closed
	}
}

func TestEventsThatCannotBegin(t *testing.T) {
	s := httpd.New(httpd.Config{})
	s.Events(httpd.Op{Path: "/events", Permission: auth.Public}, func(*http.Request, *httpd.EventStream) error {
		return errs.NotFound("run_not_found", "There is no such run.")
	})
	s.Events(httpd.Op{Path: "/broken", Permission: auth.Public}, func(_ *http.Request, out *httpd.EventStream) error {
		if err := out.Open(); err != nil {
			return err
		}
		return io.ErrUnexpectedEOF
	})
	requireProblem(t, call{"GET", "/events", "", "", nil}.do(t, s.Handler()), `{"type":"urn:dataflow:problem:run_not_found","title":"Not Found","status":404,
		"code":"run_not_found","detail":"There is no such run.","request_id":"request-1"}`)
	w := call{"GET", "/broken", "", "", nil}.do(t, s.Handler())
	require.Equal(t, ": open\n\n", w.Body.String(), "once it has begun there is no problem document in it")
}
