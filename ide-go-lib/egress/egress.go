// Package egress is HTTP to the outside that cannot be turned against the inside: a client that refuses loopback,
// link-local, private and metadata addresses unless they are allowed. The address is checked after the name has been
// resolved, at every connection, so that neither a redirect nor a changing name gets around it.
package egress

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"dataflow/ide-go-lib/errs"
)

// CodeRefused is the code of a connection to an address that may not be reached.
const CodeRefused = "address_refused"

// Config says what may be reached. The zero value is the public internet alone.
type Config struct {
	// Allow are networks that may be reached although they are not public.
	Allow []netip.Prefix
	// MaxRedirects is how many redirects are followed; 0 is 10.
	MaxRedirects int
	// Resolver resolves names; nil is the system's.
	Resolver *net.Resolver
	// Roots and the like for TLS; nil is the system's.
	TLS *tls.Config
}

// reserved are the networks beside those that netip knows as private, loopback, link-local or multicast.
var reserved = prefixes(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"168.63.129.16/32", // public by its number, but the machine's own host in one large cloud
	"::/128", "100::/64", "2001::/23", "2001:db8::/32", "fec0::/10", "3fff::/20", "5f00::/16",
)

// translated are networks of IPv6 that stand for addresses of IPv4: the last or a middle part is the address.
var (
	nat64      = netip.MustParsePrefix("64:ff9b::/96")
	nat64Local = netip.MustParsePrefix("64:ff9b:1::/48")
	sixToFour  = netip.MustParsePrefix("2002::/16")
	compatible = netip.MustParsePrefix("::/96")
)

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		list[i] = netip.MustParsePrefix(t)
	}
	return list
}

// Dialer makes a dialer for protocols other than HTTP. It connects over TCP and to nothing else.
func Dialer(config Config) *net.Dialer {
	return &net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second, Resolver: config.Resolver, ControlContext: config.control}
}

// Client makes a client that keeps connections. It has no timeout of its own: give every request a context.
func Client(config Config) *http.Client {
	dialer := Dialer(config)
	limit := config.MaxRedirects
	if limit == 0 {
		limit = 10
	}
	return &http.Client{
		Transport: &http.Transport{
			// No proxy from the environment: it would connect in our place, to wherever it is told.
			Proxy: nil, DialContext: dialer.DialContext, TLSClientConfig: config.TLS,
			ForceAttemptHTTP2: true, MaxIdleConns: 100, MaxIdleConnsPerHost: 10, IdleConnTimeout: 90 * time.Second,
			TLSHandshakeTimeout: 10 * time.Second, ExpectContinueTimeout: time.Second, MaxResponseHeaderBytes: 1 << 20,
		},
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			if len(via) >= limit {
				return errs.Invalid("too_many_redirects", "%s redirected more than %d times", via[0].URL.Hostname(), limit)
			}
			if req.URL.Scheme != "http" && req.URL.Scheme != "https" {
				return errs.Invalid(CodeRefused, "A redirect to %s:// is not followed", req.URL.Scheme)
			}
			return leave(req, via[0].URL)
		},
	}
}

// control sees the resolved address of every connection before it is made.
func (c Config) control(_ context.Context, network, address string, _ syscall.RawConn) error {
	if network != "tcp4" && network != "tcp6" {
		return errs.Invalid(CodeRefused, "Connections over %s are not allowed", network).WithHint("Give the name or the address of a host.")
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("address %q: %w", address, err)
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return fmt.Errorf("address %q: %w", address, err)
	}
	return c.Check(ip)
}

// Check says whether an address may be reached.
func (c Config) Check(ip netip.Addr) error {
	ip = ip.WithZone("").Unmap()
	for _, p := range c.Allow {
		if p.Contains(ip) {
			return nil
		}
	}
	if Public(ip) {
		return nil
	}
	return errs.Forbidden(CodeRefused, "The address %s is not on the public internet and may not be reached", ip).
		WithHint("Whoever runs the server can allow it: dataflow serve --allow-network %s, or the network that it is in.", ip)
}

// Public says whether an address is on the public internet.
func Public(ip netip.Addr) bool {
	ip = ip.WithZone("").Unmap()
	if !ip.IsValid() || !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() {
		return false
	}
	for _, p := range reserved {
		if p.Contains(ip) {
			return false
		}
	}
	if !ip.Is6() {
		return true
	}
	b := ip.As16()
	switch {
	case nat64Local.Contains(ip):
		return false
	case nat64.Contains(ip), compatible.Contains(ip):
		return Public(netip.AddrFrom4([4]byte(b[12:16])))
	case sixToFour.Contains(ip):
		return Public(netip.AddrFrom4([4]byte(b[2:6])))
	}
	return true
}

// Refused finds the refusal in an error of a request, or gives nil.
func Refused(err error) *errs.Error {
	var e *errs.Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}
