package cli

import (
	"net"
	"net/url"
	"strings"
)

// publicURL is where others reach the server: what the operator says, or else the address that it listens on. "" is when
// that is not known, since the system is to choose the port.
func publicURL(given, addr string) (string, error) {
	if given == "" {
		host, port, err := net.SplitHostPort(addr)
		if err != nil || port == "0" {
			return "", nil //nolint:nilerr // the address is checked where the server listens on it
		}
		if ip := net.ParseIP(host); host == "" || (ip != nil && (ip.IsUnspecified() || ip.IsLoopback())) {
			host = "localhost"
		}
		return "http://" + net.JoinHostPort(host, port), nil
	}
	u, err := url.Parse(given)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", usagef("--public-url must be an address such as https://flows.example.com, not %q", given)
	}
	return strings.TrimRight(given, "/"), nil
}
