package httpd_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/httpd"
)

// Whoever connects between two servers is answered by the second.
func TestServersFollowEachOtherAtAPort(t *testing.T) {
	port, err := httpd.Listen(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for range 10 {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", port.Addr())
		require.NoError(t, err)
		s := server(t, httpd.Config{Port: port})
		require.NoError(t, s.Start(t.Context()))
		require.Equal(t, port.Addr(), s.Addr())
		_, err = io.WriteString(conn, "GET /healthz HTTP/1.0\r\n\r\n")
		require.NoError(t, err)
		answer, err := io.ReadAll(conn)
		require.NoError(t, err)
		require.Contains(t, string(answer), "200 OK")
		get(t, client, "http://"+s.Addr()+"/healthz")
		require.NoError(t, s.Stop(t.Context()))
	}
	require.NoError(t, port.Close())
	require.NoError(t, port.Close(), "closing twice does nothing")
}

func TestGateRefuses(t *testing.T) {
	s := server(t, httpd.Config{
		Web: fstest.MapFS{"index.html": {Data: []byte("<html></html>")}},
		Gate: func(r *http.Request) error {
			if r.Method == http.MethodGet && !strings.HasPrefix(r.URL.Path, "/api/none") {
				return nil
			}
			return errs.Unavailable("standby", "Not this one.")
		},
	})
	for path, want := range map[string]int{
		"PUT /api/test/v1/things/1": http.StatusServiceUnavailable,
		"GET /api/none/such":        http.StatusServiceUnavailable,
		"POST /hooks/any":           http.StatusServiceUnavailable,
		"GET /healthz":              http.StatusOK,
		"GET /metrics":              http.StatusOK,
		"GET /flows":                http.StatusOK,
	} {
		method, target, _ := strings.Cut(path, " ")
		response := call{method: method, path: target, user: "ann"}.do(t, s.Handler())
		require.Equal(t, want, response.Code, path)
		if want == http.StatusServiceUnavailable {
			require.Contains(t, response.Body.String(), `"code":"standby"`, path)
		}
	}
}
