package mailway

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/internal/oauth"
	"dataflow/ide-go-lib/egress"
	"dataflow/ide-go-lib/errs"
)

// withToken makes an attempt with a token. One that was kept may have been taken back before its time: then it is made once
// more, with another.
func (w Way) withToken(ctx, limited context.Context, world connector.World, attempt func(token string) error) error {
	if w.User == "" {
		return connector.FieldInvalid("user", "oauth2 needs this.")
	}
	from, err := w.source(world)
	if err != nil {
		return err
	}
	tokens := connector.SharedOf(world.Shared, "oauth2", oauth.New)
	for {
		kept := tokens.Good()
		if err := tokens.Ready(limited, from); err != nil {
			return Ended(ctx, err)
		}
		err := attempt(tokens.Current())
		var e *errs.Error
		if !errors.As(err, &e) || e.Code != connector.CodeLogin || !tokens.Forget() || !kept {
			return err
		}
	}
}

// source is where tokens come from. An authority of the connection's own counts beside those that all trust.
func (w Way) source(world connector.World) (oauth.Source, error) {
	from := oauth.Source{Grant: w.Grant, Refresh: w.RefreshToken}
	if err := from.Check(); err != nil {
		return from, err
	}
	client := egress.Client(world.Egress)
	transport, ok := client.Transport.(*http.Transport)
	if !ok {
		return from, errors.New("configure OAuth 2: the client has no transport of its own")
	}
	transport.DisableKeepAlives = true // a token is asked for once in an hour or so
	if w.CA != "" {
		known, err := x509.SystemCertPool()
		if err != nil {
			return from, fmt.Errorf("configure OAuth 2: %w", err)
		}
		known.AppendCertsFromPEM([]byte(w.CA))
		transport.TLSClientConfig = &tls.Config{RootCAs: known, MinVersion: tls.VersionTLS12}
	}
	from.Transport = transport
	return from, nil
}
