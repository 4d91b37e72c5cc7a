package msgserver

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"dataflow/ide-go-lib/testkit"
)

// Queues is an nsqd with the ports that only NSQ has.
type Queues struct {
	*Server
	HTTP   int
	Lookup int // of nsqlookupd
}

// NSQ starts an nsqd, known to an nsqlookupd. It asks for Password as its secret; with reader-secret one may only take
// messages. On its port Secure another one listens, with TLS alone.
func NSQ(t testing.TB) *Queues {
	t.Helper()
	s, _, cert, key := prepare(t)
	q := &Queues{Server: s, HTTP: testkit.FreePort(t), Lookup: testkit.FreePort(t)}
	at := func(port int) string { return s.Host + ":" + strconv.Itoa(port) }
	lookup := testkit.FreePort(t)
	testkit.StartProcess(t, nil, testkit.Server(t, "nsqlookupd"), "--tcp-address="+at(lookup), "--http-address="+at(q.Lookup)).WaitFor("TCP: listening on")
	judge := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		may := map[string]string{Password: `"subscribe","publish"`, "reader-secret": `"subscribe"`}[r.FormValue("secret")]
		if may == "" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		_, _ = fmt.Fprintf(w, `{"ttl": 3600, "authorizations": [{"topic": ".*", "channels": [".*"], "permissions": [%s]}]}`, may) // nsqd complains if it does not get it
	}))
	t.Cleanup(judge.Close)
	program := testkit.Server(t, "nsqd")
	start := func(port int, more ...string) *testkit.Process {
		p := testkit.StartProcess(t, nil, program, append([]string{
			"--tcp-address=" + at(port), "--broadcast-address=" + s.Host, "--data-path=" + t.TempDir(), "--auth-http-address=" + judge.Listener.Addr().String(),
		}, more...)...)
		p.WaitFor("TCP: listening on")
		return p
	}
	s.Process = start(s.Port, "--http-address="+at(q.HTTP), "--lookupd-tcp-address="+at(lookup))
	start(s.Secure, "--http-address="+at(testkit.FreePort(t)), "--https-address="+at(testkit.FreePort(t)), "--tls-cert="+cert, "--tls-key="+key, "--tls-required=tcp-https")
	return q
}
