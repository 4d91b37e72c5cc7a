package httpd_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/httpd"
	"dataflow/ide-go-lib/testkit"
)

// TestADeadlineEndsWithItsRequest sends requests with different limits over one connection.
func TestADeadlineEndsWithItsRequest(t *testing.T) {
	s := httpd.New(httpd.Config{Addr: "127.0.0.1:0", Heartbeat: time.Millisecond})
	s.Raw(httpd.Op{Method: "GET", Path: "/expired", Permission: auth.Public}, func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Length", "4") // so that nothing is left to be written
		if err := httpd.WriteJSON(w, http.StatusOK, "x"); err != nil {
			return err
		}
		if err := http.NewResponseController(w).Flush(); err != nil {
			return err
		}
		// As if the client came back after the limit of its last request.
		return http.NewResponseController(w).SetWriteDeadline(time.Now().Add(-time.Second))
	})
	s.Raw(httpd.Op{Method: "POST", Path: "/endless", Permission: auth.Public, Timeout: -1}, func(w http.ResponseWriter, _ *http.Request) error {
		return httpd.WriteJSON(w, http.StatusOK, "y")
	})
	s.Events(httpd.Op{Path: "/events", Permission: auth.Public}, func(r *http.Request, out *httpd.EventStream) error {
		if err := out.Open(); err != nil {
			return err
		}
		<-r.Context().Done()
		return nil
	})
	base := running(t, s)
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}}
	for path, status := range map[string]int{"/endless": 200, "/api/nothing": 404, "/healthz": 405} {
		get(t, client, base+"/expired")
		// A client repeats reading over another connection by itself, but not this.
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+path, strings.NewReader("x"))
		require.NoError(t, err)
		response, err := client.Do(r)
		require.NoError(t, err, path)
		require.NoError(t, response.Body.Close())
		require.Equal(t, status, response.StatusCode, path)
	}
	_, lines := stream(t, base+"/events")
	for range 5 {
		testkit.Receive(t, "heartbeats", lines)
	}
}
