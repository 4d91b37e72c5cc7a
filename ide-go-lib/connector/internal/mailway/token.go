package mailway

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"

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
	for first := true; ; first = false {
		token, kept, err := tokens.Ready(limited, from)
		if err != nil {
			return Ended(ctx, err)
		}
		err = attempt(token)
		var e *errs.Error
		if !errors.As(err, &e) || e.Code != connector.CodeLogin {
			return err
		}
		if again := tokens.Refused(token, kept); !again || !first {
			return err
		}
	}
}

// source is where tokens come from. An authority of the connection's own counts beside those that all trust.
func (w Way) source(world connector.World) (oauth.Source, error) {
	from := oauth.Source{Grant: w.Grant, Refresh: w.RefreshToken, Secret: world.Secret}
	if err := from.Check(); err != nil {
		return from, err
	}
	if w.Mode != "off" && openly(w.TokenURL) {
		return from, connector.FieldInvalid("token_url", "%q is without TLS, so that everybody in between could read the secrets; write https:// or turn TLS off.", w.TokenURL)
	}
	client := egress.Client(world.Egress)
	transport, ok := client.Transport.(*http.Transport)
	if !ok {
		return from, errors.New("configure OAuth 2: the client has no transport of its own")
	}
	transport.DisableKeepAlives = true // a token is asked for once in an hour or so
	if w.CA != "" && w.Mode == "verify" {
		known, err := x509.SystemCertPool()
		if err != nil {
			return from, fmt.Errorf("configure OAuth 2: %w", err)
		}
		known.AppendCertsFromPEM([]byte(w.CA)) // what is none is refused with the server's settings
		security := &tls.Config{MinVersion: tls.VersionTLS12}
		if transport.TLSClientConfig != nil {
			security = transport.TLSClientConfig.Clone()
		}
		security.RootCAs = known
		transport.TLSClientConfig = security
	}
	from.Transport = transport
	return from, nil
}

// openly says whether an address is spoken to without TLS, other than on this machine.
func openly(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() != "localhost" && (err != nil || !ip.Unmap().IsLoopback())
}
