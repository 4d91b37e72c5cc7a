package s3_test

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/connectortest"
	"dataflow/ide-go-lib/connector/s3"
	"dataflow/ide-go-lib/errs"
)

// Some programs keep content under names that end in /, as folders do. The server that tests start refuses such names, so that one
// here has them.
func TestContentUnderTheNameOfAFolder(t *testing.T) {
	var mu sync.Mutex
	objects := map[string]string{"in/": "", "in/a": "1", "in/odd/": "three", "in/odd/b": "22"}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		name := strings.TrimPrefix(r.URL.Path, "/shop/")
		w.Header().Set("Content-Type", "application/xml")
		if name == "" {
			_, _ = fmt.Fprint(w, "<ListBucketResult><Name>shop</Name><IsTruncated>false</IsTruncated>")
			for _, key := range slices.Sorted(maps.Keys(objects)) {
				if strings.HasPrefix(key, r.URL.Query().Get("prefix")) {
					_, _ = fmt.Fprintf(w, "<Contents><Key>%s</Key><Size>%d</Size><ETag>e</ETag><LastModified>2026-11-24T08:00:00Z</LastModified></Contents>", key, len(objects[key]))
				}
			}
			_, _ = fmt.Fprint(w, "</ListBucketResult>")
			return
		}
		text, there := objects[name]
		switch {
		case r.Method == http.MethodDelete:
			delete(objects, name)
			w.WriteHeader(http.StatusNoContent)
		case !there:
			w.WriteHeader(http.StatusNotFound)
		default:
			w.Header().Set("ETag", `"e"`)
			w.Header().Set("Last-Modified", "Tue, 24 Nov 2026 08:00:00 GMT")
			http.ServeContent(w, r, "", time.Time{}, strings.NewReader(text))
		}
	}))
	t.Cleanup(server.Close)
	for _, folder := range []string{"", "in"} {
		b := connectortest.New(t, s3.Type(), map[string]any{"host": "127.0.0.1", "port": server.Listener.Addr().(*net.TCPAddr).Port, "bucket": "shop", "tls": "off", "folder": folder})
		conn := connectortest.OpenAs[connector.Objects](b, nil)
		var names []string
		require.NoError(t, conn.List(t.Context(), "", func(o connector.Object) error {
			names = append(names, strings.TrimPrefix(folder+"/"+o.Name, "/"))
			return nil
		}))
		require.Equal(t, []string{"in/a", "in/odd/", "in/odd/b"}, names)
	}
	b := connectortest.New(t, s3.Type(), map[string]any{"host": "127.0.0.1", "port": server.Listener.Addr().(*net.TCPAddr).Port, "bucket": "shop", "tls": "off"})
	conn := connectortest.OpenAs[connector.Objects](b, nil)
	content, o, err := conn.Get(t.Context(), "in/odd/")
	require.NoError(t, err)
	text, err := io.ReadAll(content)
	require.NoError(t, errors.Join(err, content.Close()))
	require.Equal(t, "in/odd/ three", o.Name+" "+string(text))
	require.NoError(t, conn.Delete(t.Context(), "in/odd/"))
	require.NoError(t, conn.Delete(t.Context(), "in/odd/"), "what is not there is as good as deleted")
	require.Equal(t, connector.CodeObjectName, errs.From(conn.Delete(t.Context(), "in/")).Code, "it stands for a folder")
	_, err = conn.Put(t.Context(), "in/new/", strings.NewReader("x"), 1, "")
	require.Equal(t, connector.CodeObjectName, errs.From(err).Code, "nor is it made here")
	mu.Lock()
	defer mu.Unlock()
	require.Equal(t, []string{"in/", "in/a", "in/odd/b"}, slices.Sorted(maps.Keys(objects)))
}

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
