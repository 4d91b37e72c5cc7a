package exampletest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"

	"dataflow/ide-go-lib/connector"
	connhttp "dataflow/ide-go-lib/connector/http"
	"dataflow/ide-go-lib/egress"
)

// api connects to a web service of people, started when somebody first asks for it.
func (s *Connections) api(ctx context.Context, tenant string) (connector.Conn, error) {
	s.asked.Do(func() {
		s.t.Helper()
		s.server = httptest.NewServer(Service())
		s.t.Cleanup(s.server.Close)
	})
	typ := connhttp.Type()
	world := connector.World{Tenant: tenant, Egress: egress.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}}
	return typ.Open(ctx, world, json.RawMessage(fmt.Sprintf(`{"url": %q, "auth": "bearer", "token": "example"}`, s.server.URL+"/v1")))
}

// Service is the web service that examples ask: it says what it was asked at /echo, and has pages of people below /v1.
func Service() http.Handler {
	mux := http.NewServeMux()
	echo := func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		answer(w, map[string]string{"method": r.Method, "query": r.URL.RawQuery, "body": string(body)})
	}
	mux.HandleFunc("/echo", echo)
	mux.HandleFunc("/v1/echo", echo)
	mux.HandleFunc("/v1/names", func(w http.ResponseWriter, _ *http.Request) { answer(w, []string{"Ada", "Bob"}) })
	mux.HandleFunc("/v1/people", func(w http.ResponseWriter, r *http.Request) {
		people := []map[string]any{{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob"}, {"id": 3, "name": nil}}
		number := func(name string, usual int) int {
			n, err := strconv.Atoi(r.URL.Query().Get(name))
			if err != nil {
				return usual
			}
			return n
		}
		limit, page := number("limit", len(people)), number("page", 1)
		from := min((page-1)*limit, len(people))
		to := min(from+limit, len(people))
		var next any
		if to < len(people) {
			next = fmt.Sprintf("/v1/people?limit=%d&page=%d", limit, page+1)
		}
		answer(w, map[string]any{"data": people[from:to], "links": map[string]any{"next": next}})
	})
	return mux
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // whoever asked may have gone
}
