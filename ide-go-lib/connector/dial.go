package connector

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/url"
	"strconv"
	"syscall"

	"dataflow/ide-go-lib/egress"
)

// Dial connects over TCP to an address that may be reached, with TLS where it is asked for. Its errors say what to do.
func (w World) Dial(ctx context.Context, host string, port int, security TLS) (net.Conn, error) {
	settings, err := security.Client(host)
	if err != nil {
		return nil, err
	}
	bare, err := egress.Dialer(w.Egress).DialContext(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if err != nil {
		return nil, dialFailed(ctx, err, host, port)
	}
	if settings == nil {
		return bare, nil
	}
	return Encrypt(ctx, bare, settings, host, port)
}

// Encrypt begins TLS on a connection, which is closed when that fails.
func Encrypt(ctx context.Context, bare net.Conn, settings *tls.Config, host string, port int) (net.Conn, error) {
	secured := tls.Client(bare, settings)
	err := secured.HandshakeContext(ctx)
	if err == nil {
		return secured, nil
	}
	_ = bare.Close() // nothing was said on it
	if ended := Ended(ctx); ended != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return nil, ended
	}
	var alert tls.AlertError
	switch {
	case errors.As(err, &alert):
		return nil, Upstream(CodeTLS, "%s ended the TLS handshake: %v.", host, alert).WithHint("Look into the server's log.").Wrap(err)
	case errors.Is(err, io.EOF), errors.Is(err, context.DeadlineExceeded), errors.Is(err, syscall.ECONNRESET):
		return nil, Upstream(CodeTLS, "%s does not answer in TLS on port %d.", host, port).
			WithHint("Check the port; set TLS to off, if the server has none and the network in between can be trusted.").Wrap(err)
	}
	return nil, dialFailed(ctx, err, host, port)
}

func dialFailed(ctx context.Context, err error, host string, port int) error {
	if ended := Ended(ctx); ended != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return ended
	}
	if e := Unreachable(err, host, port); e != nil {
		return e
	}
	return Upstream(CodeRefused, "%s on port %d cannot be reached: %v.", host, port, err).WithHint("Check host and port.").Wrap(err)
}

// PortOf gives the port of an address of HTTP.
func PortOf(u *url.URL) int {
	if port, err := strconv.Atoi(u.Port()); err == nil {
		return port
	}
	if u.Scheme == "https" {
		return 443
	}
	return 80
}

// NotSpoken is the error of a server that does not answer as its kind does.
func NotSpoken(system, host string, port int, cause error) error {
	return Upstream(CodeRefused, "What answers at %s on port %d is no %s server, or ends the connection at once.", host, port, system).
		WithHint("Check host, port and TLS, and look into the server's log.").Wrap(cause)
}
