package httpd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// streamWriteTimeout is how long a client may leave one event unread.
const streamWriteTimeout = 30 * time.Second

// EventStream sends server-sent events to one client. It is safe for concurrent use.
type EventStream struct {
	// LastEventID is the identifier of the last event that the client had seen before it lost the connection; "" at first.
	LastEventID string

	mu     sync.Mutex
	w      http.ResponseWriter
	rc     *http.ResponseController
	opened bool
	err    error
}

// Event is one event; ID and Name may be empty. Data is written as JSON.
type Event struct {
	ID   string
	Name string
	Data any
}

// Events adds an operation that answers with server-sent events. An error that the handler gives before it has sent
// anything is answered as a problem document. The handler's context ends when the client is gone or the server stops.
func (s *Server) Events(op Op, handler func(r *http.Request, out *EventStream) error) {
	op.Method, op.Timeout = http.MethodGet, -1
	document := op.Doc
	op.Doc = func(o *huma.Operation) {
		o.Responses["200"] = &huma.Response{
			Description: "Stream of events", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}}},
		}
		if document != nil {
			document(o)
		}
	}
	s.Raw(op, func(w http.ResponseWriter, r *http.Request) error {
		requestFrom(r.Context()).stream = true
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		out := &EventStream{LastEventID: r.Header.Get("Last-Event-ID"), w: w, rc: http.NewResponseController(w)}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			s.watchStream(ctx, cancel, out)
		}()
		err := handler(r.WithContext(ctx), out)
		cancel()
		<-ended // nothing may be written once this function returns
		if errors.Is(err, context.Canceled) && out.isOpen() {
			return nil
		}
		return err
	})
}

// watchStream keeps a silent stream alive and ends it with the server.
func (s *Server) watchStream(ctx context.Context, cancel context.CancelFunc, out *EventStream) {
	beat := time.NewTicker(s.cfg.Heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.draining:
			cancel()
			return
		case <-beat.C:
			if out.isOpen() && out.write([]byte(": alive\n\n")) != nil {
				cancel()
				return
			}
		}
	}
}

// Open begins the answer, so that the client knows that it is connected. Send does it too.
func (e *EventStream) Open() error { return e.write(nil) }

// Send sends one event. An error means that the client is gone.
func (e *EventStream) Send(event Event) error {
	data, err := json.Marshal(event.Data)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	field(&b, "id", event.ID)
	field(&b, "event", event.Name)
	b.WriteString("data: ")
	b.Write(data)
	b.WriteString("\n\n")
	return e.write(b.Bytes())
}

// field writes one line; line ends cannot be told in it.
func field(b *bytes.Buffer, name, value string) {
	if value == "" {
		return
	}
	b.WriteString(name + ": " + strings.NewReplacer("\n", " ", "\r", " ").Replace(value) + "\n")
}

func (e *EventStream) isOpen() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.opened
}

func (e *EventStream) write(data []byte) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err != nil {
		return e.err
	}
	if !e.opened {
		e.opened = true
		h := e.w.Header()
		h.Set("Content-Type", "text/event-stream")
		h.Set("Cache-Control", "no-cache, no-transform")
		h.Set("X-Accel-Buffering", "no") // proxies pass events on at once
		e.w.WriteHeader(http.StatusOK)
		data = append([]byte(": open\n\n"), data...)
	}
	_ = e.rc.SetWriteDeadline(time.Now().Add(streamWriteTimeout))
	if _, e.err = e.w.Write(data); e.err == nil {
		e.err = e.rc.Flush()
	}
	return e.err
}
