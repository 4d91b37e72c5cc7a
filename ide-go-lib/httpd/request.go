package httpd

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"net"
	"net/http"
)

// request is what the server knows of a request while it is served; one goroutine at a time uses it.
type request struct {
	id      string
	address string
	secure  bool
	route   string // template of the path
	stream  bool
	tenant  string
	user    string
	code    string // of a problem that is answered
	cause   error  // of an answer that does not tell it
	out     *recorder
}

type requestKey struct{}

func requestFrom(ctx context.Context) *request {
	if info, ok := ctx.Value(requestKey{}).(*request); ok {
		return info
	}
	return &request{}
}

// answered says whether the status line has been written.
func (i *request) answered() bool { return i.out != nil && i.out.status != 0 }

// RequestID gives the identifier of the request being served; "" outside of one.
func RequestID(ctx context.Context) string { return requestFrom(ctx).id }

// ClientAddress gives the network address of the client, without the port.
func ClientAddress(ctx context.Context) string { return requestFrom(ctx).address }

// Secure says whether the client's connection is encrypted.
func Secure(ctx context.Context) bool { return requestFrom(ctx).secure }

func newRequest(r *http.Request, out *recorder) *request {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr // of a Unix socket
	}
	id := r.Header.Get("X-Request-Id")
	if !plausibleID(id) {
		id = newID()
	}
	return &request{id: id, address: host, secure: r.TLS != nil, out: out}
}

// newID is unique enough to find a request in a log; it guards nothing.
func newID() string {
	var b [12]byte
	binary.BigEndian.PutUint64(b[:8], rand.Uint64()) //nolint:gosec // not a secret
	binary.BigEndian.PutUint32(b[8:], rand.Uint32()) //nolint:gosec // not a secret
	return hex.EncodeToString(b[:])
}

// plausibleID accepts an identifier that a proxy chose, if it can be put into a log without harm.
func plausibleID(id string) bool {
	if len(id) < 8 || len(id) > 64 {
		return false
	}
	for _, c := range []byte(id) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(data []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(data)
	w.bytes += int64(n)
	return n, err
}

// Flush sends what is buffered.
func (w *recorder) Flush() {
	if f, ok := w.ResponseWriter.(http.Flusher); ok {
		if w.status == 0 {
			w.status = http.StatusOK
		}
		f.Flush()
	}
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
