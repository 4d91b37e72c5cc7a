package s3_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/connectortest"
	"dataflow/ide-go-lib/connector/s3"
	"dataflow/ide-go-lib/errs"
)

// Temporary keys go with their session token, which is part of what is signed. The server that tests start knows none, so
// that one here says what it was asked with.
func TestTemporaryKeys(t *testing.T) {
	const token = "FwoGZXIvYXdzEJr-temporary"
	var mu sync.Mutex
	var seen []*http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		seen = append(seen, r.Clone(t.Context()))
		mu.Unlock()
		w.Header().Set("Content-Type", "application/xml")
		code := map[string]string{token: "", "old": "ExpiredToken", "": "InvalidAccessKeyId"}[r.Header.Get("X-Amz-Security-Token")]
		if r.Header.Get("X-Amz-Security-Token") == "other" {
			code = "InvalidToken"
		}
		if code != "" {
			w.WriteHeader(http.StatusForbidden)
			_, _ = fmt.Fprintf(w, "<Error><Code>%s</Code><Message>No.</Message><RequestId>1</RequestId></Error>", code)
			return
		}
		_, _ = fmt.Fprint(w, "<ListBucketResult><Name>shop</Name><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>")
	}))
	t.Cleanup(server.Close)
	b := connectortest.New(t, s3.Type(), map[string]any{
		"host": "127.0.0.1", "port": server.Listener.Addr().(*net.TCPAddr).Port, "bucket": "shop", "tls": "off",
		"access_key": "ASIAEXAMPLE", "secret_key": "secret", "session_token": token,
	})
	_, e := b.Try(t.Context(), nil)
	require.Nil(t, e)
	mu.Lock()
	asked := slices.Clone(seen)
	mu.Unlock()
	require.NotEmpty(t, asked)
	for _, r := range asked {
		require.Equal(t, token, r.Header.Get("X-Amz-Security-Token"))
		_, signed, _ := strings.Cut(r.Header.Get("Authorization"), "SignedHeaders=")
		signed, _, _ = strings.Cut(signed, ",")
		require.Contains(t, strings.Split(signed, ";"), "x-amz-security-token")
		require.NotContains(t, r.URL.String(), token)
	}
	for given, want := range map[string]string{"old": "has ended", "other": "refuses the session token", "": "refuses the access key"} {
		_, e := b.Try(t.Context(), map[string]any{"session_token": given})
		require.Equal(t, connector.CodeLogin, e.Code, given)
		require.Contains(t, e.Message, want)
		require.NotEmpty(t, e.Hint)
	}
	_, err := b.Type.Open(t.Context(), b.World, b.With(map[string]any{"access_key": "", "secret_key": ""}))
	require.Equal(t, "config.session_token", errs.From(err).Details[0].Field)
	typ := s3.Type()
	open, sealed := typ.Split(map[string]any{"session_token": token, "bucket": "shop"})
	require.NotContains(t, open, "session_token")
	require.Equal(t, token, sealed["session_token"])
}
