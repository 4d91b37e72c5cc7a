package openlineage

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
)

// send brings the events to the receiver, oldest first, until there are none or it does not take one.
func (s *Service) send() {
	for s.ctx.Err() == nil {
		l, err := s.outbox.next(s.ctx)
		if err != nil {
			s.trouble("the events could not be read", err)
			s.wait(1)
			return
		}
		if l == nil {
			return
		}
		again, err := s.post(s.ctx, l)
		switch {
		case err == nil:
			s.met.delivered(l.typ)
			if s.said {
				s.said = false
				s.deps.Log.Info("OpenLineage events are received again")
			}
			err = s.outbox.remove(s.ctx, l)
		case s.ctx.Err() != nil:
			return
		case again:
			s.trouble("an event was not received", err)
			if err := s.outbox.failed(s.ctx, l.seq); err != nil {
				s.trouble("an event could not be kept", err)
			}
			s.wait(l.attempts)
			return
		default:
			s.deps.Log.Warn("OpenLineage refuses an event, which is dropped", "run", l.run, "type", l.typ, "error", err)
			s.met.lost("refused", 1)
			err = s.outbox.remove(s.ctx, l)
		}
		if err != nil { // it is sent twice, which the receiver can tell by its run and type
			s.trouble("an event could not be removed", err)
			s.wait(1)
			return
		}
	}
}

// trouble is said once until all is well again.
func (s *Service) trouble(what string, err error) {
	if !s.said && s.ctx.Err() == nil {
		s.said = true
		s.deps.Log.Warn("OpenLineage: "+what+"; it is tried again", "error", err)
	}
}

// wait gives the receiver time; runs are followed meanwhile.
func (s *Service) wait(attempts int) {
	s.waits.Store(true)
	s.deps.Clock.AfterFunc(pause(attempts), func() {
		s.waits.Store(false)
		s.again()
	})
}

// post sends one event; again says that it may be taken later.
func (s *Service) post(ctx context.Context, l *letter) (again bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.cfg.URL, bytes.NewReader(l.body))
	if err != nil {
		return false, err
	}
	req.Header = s.cfg.Header.Clone()
	if req.Header == nil {
		req.Header = http.Header{}
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := s.deps.Client.Do(req)
	if err != nil {
		return true, err
	}
	defer func() { _ = resp.Body.Close() }()
	const shown = 300
	text, _ := io.ReadAll(io.LimitReader(resp.Body, shown))
	if resp.StatusCode < 300 {
		return false, nil
	}
	if to := resp.Header.Get("Location"); resp.StatusCode < 400 && to != "" { // the key is for this address alone
		if u, err := resp.Request.URL.Parse(to); err == nil {
			to = u.Scheme + "://" + u.Host + u.Path
		}
		return true, fmt.Errorf("the receiver answered %s and points to %s, which is not followed; give the address that takes events itself", resp.Status, to)
	}
	err = fmt.Errorf("the receiver answered %s: %s", resp.Status, text)
	switch resp.StatusCode {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound: // that is about the address or the key, not the event
		return true, err
	}
	return resp.StatusCode >= 500 || resp.StatusCode < 400, err
}
