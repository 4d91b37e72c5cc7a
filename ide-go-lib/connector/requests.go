package connector

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"dataflow/ide-go-lib/egress"
)

// Requests is a Conn to a web service.
type Requests interface {
	Conn
	// Do sends a request and gives the answer, whatever its status; whoever gets it closes its body. Neither the answer nor
	// an error has a secret of the connection in it; the request in the answer tells the address that it came from.
	Do(ctx context.Context, req Request) (*http.Response, error)
}

// Request is one to a web service.
type Request struct {
	Method string
	// Path is relative to the address of the connection, such as items/7; or a whole address at the same host, such as that
	// of a next page.
	Path   string
	Query  url.Values
	Header http.Header
	Body   []byte
	// Again says that the service does the same however often it is asked.
	Again bool
	// Still gives a redirect as the answer.
	Still bool
	// Waiting is told when the request will be made again, and why. Nil is not told.
	Waiting func(wait time.Duration, why string)
}

// Codes of what goes wrong with requests.
const (
	CodeElsewhere = egress.CodeElsewhere
	CodeToken     = "token_refused"
	CodeAnswer    = "answer_unexpected"
)
