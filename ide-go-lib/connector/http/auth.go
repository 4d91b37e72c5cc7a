package http

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"dataflow/ide-go-lib/connector/internal/oauth"
	"dataflow/ide-go-lib/egress"
)

// signer adds to a request who asks. It does so as late as can be, and only for the host of the connection: no redirect
// gets a secret sent elsewhere, and none is in the request that errors and answers tell of.
type signer struct{ conn *conn }

// RoundTrip implements http.RoundTripper.
func (s *signer) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := s.answer(req)
	if err == nil {
		resp.Request = req
	}
	return resp, err
}

// answer gives that to a request. Where a token is not taken that may have been taken back before its time, it asks once more.
func (s *signer) answer(req *http.Request) (*http.Response, error) {
	if s.conn.cfg.Auth != "oauth2" || !s.own(req.URL) {
		return s.send(req, "")
	}
	tokens, from := s.conn.common.tokens, s.conn.source()
	token, kept, err := tokens.Ready(req.Context(), from)
	if err != nil {
		return nil, unsent(req, err)
	}
	resp, err := s.send(req, token)
	if err != nil || resp.StatusCode != http.StatusUnauthorized || !tokens.Refused(token, kept) {
		return resp, err
	}
	again, ok := rewound(req)
	if !ok {
		return resp, nil
	}
	if token, kept, err = tokens.Ready(req.Context(), from); err != nil {
		return resp, nil //nolint:nilerr // what the service has said is what is wrong
	}
	_ = resp.Body.Close()
	if resp, err = s.send(again, token); err == nil && resp.StatusCode == http.StatusUnauthorized {
		tokens.Refused(token, kept)
	}
	return resp, err
}

// unsent gives the error of a request that is not sent, whose body is closed as that of one that is.
func unsent(req *http.Request, err error) error {
	if req.Body == nil {
		return err
	}
	return errors.Join(err, req.Body.Close())
}

// rewound gives the request with its body from the beginning.
func rewound(req *http.Request) (*http.Request, bool) {
	if req.Body == nil {
		return req, true
	}
	if req.GetBody == nil {
		return nil, false
	}
	body, err := req.GetBody()
	again := req.Clone(req.Context())
	again.Body = body
	return again, err == nil
}

func (s *signer) own(u *url.URL) bool { return egress.Own(s.conn.base, u) }

func (s *signer) send(req *http.Request, token string) (*http.Response, error) {
	c := s.conn.cfg
	if !s.own(req.URL) { // of what the connection and the step say, nothing is for others
		bare := req.Clone(req.Context())
		bare.Header = egress.Bare(req.Header)
		return s.conn.common.transport.RoundTrip(bare)
	}
	signed := req.Clone(req.Context())
	switch c.Auth {
	case "basic":
		signed.SetBasicAuth(c.User, c.Password.Reveal())
	case "bearer":
		signed.Header.Set("Authorization", "Bearer "+c.Token.Reveal())
	case "oauth2":
		signed.Header.Set("Authorization", "Bearer "+token)
	case "api_key":
		if c.KeyIn == "query" {
			query := signed.URL.Query()
			query.Set(c.KeyName, c.Key.Reveal())
			signed.URL.RawQuery = query.Encode()
			break
		}
		signed.Header.Set(c.KeyName, c.Key.Reveal())
	}
	return s.conn.common.transport.RoundTrip(signed)
}

// source is where tokens come from.
func (c *conn) source() oauth.Source {
	return oauth.Source{Grant: c.cfg.Grant, Transport: c.common.transport, Secret: c.secret, Failed: func(ctx context.Context, err error, at *url.URL) error {
		return (&conn{cfg: c.cfg, base: at}).failed(ctx, err)
	}}
}

// retryAfter reads the header of that name: seconds, or a time.
func retryAfter(text string, now time.Time) (time.Duration, bool) {
	if text == "" {
		return 0, false
	}
	if seconds, err := strconv.Atoi(text); err == nil && seconds >= 0 {
		return time.Duration(seconds) * time.Second, true
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0, false
	}
	return max(0, at.Sub(now)), true
}
