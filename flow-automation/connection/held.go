package connection

import (
	"context"
	"io"
	"net/http"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/reading"
	"dataflow/ide-go-lib/telemetry"
)

// held is an open connection that gives its place back when it is closed, and tells no secret in its errors. It has the
// methods of all that a system can offer; connector.Use asks the one within.
type held struct {
	connector.Conn
	kind    *connector.Type
	leave   func()
	secrets *telemetry.Redactor
}

// Within implements connector.Wrapper.
func (h *held) Within() connector.Conn { return h.Conn }

// Offered implements connector.Offered.
func (h *held) Offered(offer connector.Offer) bool { return h.kind.Offered(offer) }

func (h *held) redacted(err error) error { return redacted(err, h.secrets) }

// use gives what the one within offers.
func use[T connector.Conn](h *held) (T, error) { return connector.Use[T](h.Conn) }

func (h *held) Close() error {
	defer h.leave()
	return h.redacted(h.Conn.Close())
}

func (h *held) Test(ctx context.Context) (string, error) {
	version, err := h.Conn.Test(ctx)
	return version, h.redacted(err)
}

func (h *held) Browse(ctx context.Context, at connector.Path) ([]connector.Entry, error) {
	entries, err := h.Conn.Browse(ctx, at)
	return entries, h.redacted(err)
}

// Read implements connector.Tables.
func (h *held) Read(ctx context.Context, req connector.ReadRequest) (*connector.Reading, error) {
	in, err := use[connector.Tables](h)
	if err != nil {
		return nil, err
	}
	r, err := in.Read(ctx, req)
	return r, h.redacted(err)
}

// Write implements connector.Tables.
func (h *held) Write(ctx context.Context, req connector.WriteRequest) (connector.Written, error) {
	in, err := use[connector.Tables](h)
	if err != nil {
		return connector.Written{}, err
	}
	w, err := in.Write(errs.Listen(ctx, func(e *errs.Error) { errs.Foretell(ctx, errs.From(h.redacted(e))) }), req)
	return w, h.redacted(err)
}

// Collections implements connector.Collections.
func (h *held) Collections() {}

// List implements connector.Objects.
func (h *held) List(ctx context.Context, prefix string, each func(connector.Object) error) error {
	in, err := use[connector.Objects](h)
	if err != nil {
		return err
	}
	return h.redacted(in.List(ctx, prefix, each))
}

// Get implements connector.Objects.
func (h *held) Get(ctx context.Context, name string) (io.ReadCloser, connector.Object, error) {
	in, err := use[connector.Objects](h)
	if err != nil {
		return nil, connector.Object{}, err
	}
	content, object, err := in.Get(ctx, name)
	if err != nil {
		return nil, object, h.redacted(err)
	}
	return heldContent{reading.Telling(content, h.redacted), content}, object, nil
}

// Stat implements connector.Objects.
func (h *held) Stat(ctx context.Context, name string) (connector.Object, error) {
	in, err := use[connector.Objects](h)
	if err != nil {
		return connector.Object{}, err
	}
	object, err := in.Stat(ctx, name)
	return object, h.redacted(err)
}

// Put implements connector.Objects.
func (h *held) Put(ctx context.Context, name string, content io.Reader, size int64, mediaType string) (connector.Object, error) {
	in, err := use[connector.Objects](h)
	if err != nil {
		return connector.Object{}, err
	}
	object, err := in.Put(ctx, name, content, size, mediaType)
	return object, h.redacted(err)
}

// Stage implements connector.Objects.
func (h *held) Stage(ctx context.Context) (connector.Stage, error) {
	in, err := use[connector.Objects](h)
	if err != nil {
		return nil, err
	}
	stage, err := in.Stage(ctx)
	if err != nil {
		return nil, h.redacted(err)
	}
	return &heldStage{stage, h}, nil
}

// Move implements connector.Objects.
func (h *held) Move(ctx context.Context, from, to string) error {
	in, err := use[connector.Objects](h)
	if err != nil {
		return err
	}
	return h.redacted(in.Move(ctx, from, to))
}

// Delete implements connector.Objects.
func (h *held) Delete(ctx context.Context, name string) error {
	in, err := use[connector.Objects](h)
	if err != nil {
		return err
	}
	return h.redacted(in.Delete(ctx, name))
}

// Do implements connector.Requests.
func (h *held) Do(ctx context.Context, req connector.Request) (*http.Response, error) {
	in, err := use[connector.Requests](h)
	if err != nil {
		return nil, err
	}
	resp, err := in.Do(ctx, req)
	return resp, h.redacted(err)
}

// Send implements connector.Outbox.
func (h *held) Send(ctx context.Context, m connector.Mail) error {
	in, err := use[connector.Outbox](h)
	if err != nil {
		return err
	}
	return h.redacted(in.Send(ctx, m))
}

// Mails implements connector.Inbox.
func (h *held) Mails(ctx context.Context, req connector.MailRequest, each func(connector.ReceivedMail) error) (connector.MailPlace, error) {
	in, err := use[connector.Inbox](h)
	if err != nil {
		return connector.MailPlace{}, err
	}
	place, err := in.Mails(ctx, req, each)
	return place, h.redacted(err)
}

// Mark implements connector.Inbox.
func (h *held) Mark(ctx context.Context, folder string, validity uint32, uids []uint32, how connector.MailMark) (int, error) {
	in, err := use[connector.Inbox](h)
	if err != nil {
		return 0, err
	}
	n, err := in.Mark(ctx, folder, validity, uids, how)
	return n, h.redacted(err)
}

// Subscribe implements connector.Messages.
func (h *held) Subscribe(ctx context.Context, req connector.SubscribeRequest) (connector.Subscription, error) {
	in, err := use[connector.Messages](h)
	if err != nil {
		return nil, err
	}
	s, err := in.Subscribe(ctx, req)
	if err != nil {
		return nil, h.redacted(err)
	}
	return &heldSubscription{s, h}, nil
}

// Publish implements connector.Messages.
func (h *held) Publish(ctx context.Context, topic string, messages []connector.Message) (int, error) {
	in, err := use[connector.Messages](h)
	if err != nil {
		return 0, err
	}
	sent, err := in.Publish(ctx, topic, messages)
	return sent, h.redacted(err)
}

// Last implements connector.Messages.
func (h *held) Last(ctx context.Context, topic string, most int) ([]connector.Message, error) {
	in, err := use[connector.Messages](h)
	if err != nil {
		return nil, err
	}
	messages, err := in.Last(ctx, topic, most)
	return messages, h.redacted(err)
}

// heldSubscription tells no secret in its errors either.
type heldSubscription struct {
	connector.Subscription
	by *held
}

func (s *heldSubscription) Next(ctx context.Context, most int) ([]connector.Message, error) {
	messages, err := s.Subscription.Next(ctx, most)
	return messages, s.by.redacted(err)
}

func (s *heldSubscription) Confirm(ctx context.Context) error {
	return s.by.redacted(s.Subscription.Confirm(ctx))
}

// Notes implements connector.Noted.
func (s *heldSubscription) Notes() []string {
	if noted, ok := s.Subscription.(connector.Noted); ok {
		return noted.Notes()
	}
	return nil
}

// Rest implements connector.Resting.
func (s *heldSubscription) Rest(ctx context.Context) error {
	if resting, ok := s.Subscription.(connector.Resting); ok {
		return s.by.redacted(resting.Rest(ctx))
	}
	return nil
}

func (s *heldSubscription) Close() error { return s.by.redacted(s.Subscription.Close()) }

// heldContent and heldStage do not either.
type heldContent struct {
	io.Reader
	io.Closer
}

type heldStage struct {
	connector.Stage
	by *held
}

func (s *heldStage) Put(ctx context.Context, name string, content io.Reader, size int64, mediaType string) error {
	return s.by.redacted(s.Stage.Put(ctx, name, content, size, mediaType))
}

func (s *heldStage) Commit(ctx context.Context) ([]connector.Object, error) {
	objects, err := s.Stage.Commit(ctx)
	return objects, s.by.redacted(err)
}

func (s *heldStage) Close() error { return s.by.redacted(s.Stage.Close()) }
