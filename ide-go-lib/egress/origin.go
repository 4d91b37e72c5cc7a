package egress

import (
	"net/http"
	"net/url"
	"strings"

	"dataflow/ide-go-lib/errs"
)

// CodeElsewhere is the code of a request that is not sent on to another host.
const CodeElsewhere = "address_elsewhere"

// Own says whether what is meant for one address may be told to another: the same scheme, host and port, or the same host
// by TLS, where each has the port of its scheme.
func Own(home, to *url.URL) bool {
	if !strings.EqualFold(home.Hostname(), to.Hostname()) {
		return false
	}
	same := strings.EqualFold(home.Scheme, to.Scheme) && port(home) == port(to)
	return same || port(home) == "80" && port(to) == "443" && home.Scheme == "http" && to.Scheme == "https"
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return map[string]string{"http": "80", "https": "443"}[u.Scheme]
}

// Bare gives those headers that are for anybody: none that says who asks, or why.
func Bare(header http.Header) http.Header {
	bare := http.Header{}
	for _, name := range []string{"Accept", "Accept-Encoding", "Accept-Language", "Range", "User-Agent"} {
		if values, there := header[name]; there {
			bare[name] = values
		}
	}
	return bare
}

// leave makes a request that a redirect leads away from home one that gives away nothing, or refuses it, if it has a body.
func leave(req *http.Request, home *url.URL) error {
	if Own(home, req.URL) {
		return nil
	}
	if req.Method != http.MethodGet && req.Method != http.MethodHead || req.Body != nil && req.Body != http.NoBody {
		return errs.Invalid(CodeElsewhere, "%s sends the request on to %s, which is not followed.", home.Host, req.URL.Host).
			WithHint("Make a connection for that host, or turn following redirects off.")
	}
	req.Header = Bare(req.Header)
	return nil
}
