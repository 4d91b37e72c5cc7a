package s3_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/connectortest"
	"dataflow/ide-go-lib/connector/s3"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/testkit"
	"dataflow/ide-go-lib/testkit/storageserver"
)

func build(t *testing.T, secure bool) (*connectortest.Bench, *storageserver.S3) {
	t.Helper()
	server := storageserver.StartS3(t, secure)
	config := map[string]any{
		"host": server.Host, "port": server.Port, "bucket": "shop", "access_key": server.Access, "secret_key": storageserver.Password, "tls": "off",
	}
	if secure {
		config["tls"], config["ca"] = "verify", server.CA
	}
	return connectortest.New(t, s3.Type(), config), server
}

func TestObjects(t *testing.T) {
	b, server := build(t, false)
	admin, err := minio.New(server.Host+":"+strconv.Itoa(server.Port), &minio.Options{Creds: credentials.NewStaticV4(server.Access, storageserver.Password, ""), Region: "us-east-1"})
	require.NoError(t, err)
	store := connectortest.Store{
		Part: 16 << 20,
		Left: func() (left []string) {
			for u := range admin.ListIncompleteUploads(t.Context(), "shop", "", true) {
				require.NoError(t, u.Err)
				left = append(left, u.Key)
			}
			return left
		},
		Empty: func() {
			for o := range admin.ListObjects(t.Context(), "shop", minio.ListObjectsOptions{Recursive: true}) {
				require.NoError(t, o.Err)
				require.NoError(t, admin.RemoveObject(t.Context(), "shop", o.Key, minio.RemoveObjectOptions{}))
			}
		},
	}
	t.Run("bucket", func(t *testing.T) { connectortest.ObjectsSuite(t, b, store) })
	t.Run("cut off", func(t *testing.T) { connectortest.CutSuite(t, b, server.Port) })
	store.Empty()
	_, err = admin.PutObject(t.Context(), "shop", "beside/it", strings.NewReader("x"), 1, minio.PutObjectOptions{})
	require.NoError(t, err)
	b.Config["folder"] = "/of/one team/"
	store.Empty = func() {
		for o := range admin.ListObjects(t.Context(), "shop", minio.ListObjectsOptions{Prefix: "of/", Recursive: true}) {
			require.NoError(t, admin.RemoveObject(t.Context(), "shop", o.Key, minio.RemoveObjectOptions{}))
		}
	}
	t.Run("folder", func(t *testing.T) { connectortest.ObjectsSuite(t, b, store) })
	_, err = admin.StatObject(t.Context(), "shop", "beside/it", minio.StatObjectOptions{})
	require.NoError(t, err, "what lies outside the folder is left alone")
}

// A server that keeps objects as files has folders of its own, and so have those that others mark.
func TestEmptyFolders(t *testing.T) {
	b, server := build(t, false)
	require.NoError(t, os.MkdirAll(filepath.Join(server.Dir, "shop", "in", "hollow"), 0o750))
	conn := connectortest.OpenAs[connector.Objects](b, nil)
	_, err := conn.Put(t.Context(), "in/hollow.csv", strings.NewReader("x"), 1, "")
	require.NoError(t, err)
	for _, folder := range []string{"", "in"} {
		within := connectortest.OpenAs[connector.Objects](b, map[string]any{"folder": folder})
		entries, err := within.Browse(t.Context(), connector.Path{Schema: strings.TrimPrefix("in/hollow", folder+"/")})
		require.NoError(t, err)
		require.Empty(t, entries)
	}
	connectortest.Refused(t, conn, connector.Path{Schema: "in/holl"}, connector.Path{Schema: "in/hollow.csv"})
}

func TestWhatGoesWrongSaysWhatToDo(t *testing.T) {
	b, server := build(t, true)
	port := func(s *httptest.Server) int { return s.Listener.Addr().(*net.TCPAddr).Port }
	strange := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "<!doctype html><html><body>Console</body></html>")
	}))
	t.Cleanup(strange.Close)
	secure := httptest.NewTLSServer(nil)
	t.Cleanup(secure.Close)
	for name, c := range map[string]struct {
		with          map[string]any
		code, message string
	}{
		"works":            {nil, "", "bucket shop"},
		"encrypted":        {map[string]any{"tls": "encrypt"}, "", "bucket shop"},
		"folder":           {map[string]any{"folder": "none/yet"}, "", "bucket shop"},
		"without TLS":      {map[string]any{"tls": "off"}, connector.CodeRefused, "does not speak S3"},
		"TLS only":         {map[string]any{"tls": "off", "port": port(secure)}, connector.CodeTLS, "speaks TLS only"},
		"authority":        {map[string]any{"ca": ""}, connector.CodeTLS, "not signed by anybody known"},
		"certificate":      {map[string]any{"ca": "x"}, connector.CodeInvalid, "not valid"},
		"secret key":       {map[string]any{"secret_key": "wrong"}, connector.CodeLogin, `refuses the access key "dataflow"`},
		"access key":       {map[string]any{"access_key": "nobody"}, connector.CodeLogin, `refuses the access key "nobody"`},
		"half a key":       {map[string]any{"access_key": ""}, connector.CodeInvalid, "not valid"},
		"nobody":           {map[string]any{"access_key": "", "secret_key": ""}, connector.CodePermission, "gives no access key"},
		"rights":           {map[string]any{"access_key": server.Outsider}, connector.CodePermission, "may not see"},
		"bucket":           {map[string]any{"bucket": "shpo"}, connector.CodeBucket, `no bucket "shpo"`},
		"name of a bucket": {map[string]any{"bucket": "Shop!"}, connector.CodeInvalid, "not valid"},
		"folder outside":   {map[string]any{"folder": "../x"}, connector.CodeInvalid, "not valid"},
		"host":             {map[string]any{"host": "no-such-host.invalid"}, connector.CodeHostUnknown, `"no-such-host.invalid"`},
		"no host":          {map[string]any{"host": "http://x/"}, connector.CodeInvalid, "not valid"},
		"port":             {map[string]any{"port": testkit.FreePort(t)}, connector.CodeRefused, "Nothing listens"},
		"no S3":            {map[string]any{"port": port(strange), "tls": "off"}, connector.CodeRefused, "does not speak S3"},
		"no TLS there":     {map[string]any{"port": port(strange)}, connector.CodeTLS, "offers no TLS"},
		"address":          {map[string]any{"host": "10.1.2.3"}, "address_refused", "10.1.2.3"},
		"metadata address": {map[string]any{"host": "169.254.169.254", "tls": "off"}, "address_refused", "169.254"},
	} {
		t.Run(name, func(t *testing.T) {
			b.T = t
			b.Answers(name, c.with, c.code, c.message, storageserver.Password)
		})
	}
	b.T = t
	_, e := b.Try(t.Context(), map[string]any{"bucket": "shpo"})
	require.Contains(t, e.Hint, `"shop"`, "names that are near")

	conn := connectortest.OpenAs[connector.Objects](b, map[string]any{"access_key": server.Outsider})
	_, err := conn.Put(t.Context(), "x", strings.NewReader("x"), 1, "")
	require.Equal(t, connector.CodePermission, errs.From(err).Code, err)
	conn = connectortest.OpenAs[connector.Objects](b, map[string]any{"bucket": "shpo"})
	_, err = conn.Stat(t.Context(), "x")
	require.Equal(t, connector.CodeBucket, errs.From(err).Code, err)

	conn = connectortest.OpenAs[connector.Objects](b, nil)
	server.Process.Kill()
	_, err = conn.Stat(t.Context(), "x")
	require.Contains(t, []string{connector.CodeRefused, connector.CodeLost}, errs.From(err).Code, err)
}

// A server that says nothing holds up nobody who wants to stop.
func TestASilentServer(t *testing.T) {
	arrived := make(chan net.Conn, 10)
	silent := testkit.Listen(t, func(c net.Conn) { arrived <- c })
	b := connectortest.New(t, s3.Type(), map[string]any{"host": "127.0.0.1", "port": silent, "bucket": "shop", "tls": "off"})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan string, 1)
	go func() {
		_, e := b.Try(ctx, nil)
		done <- fmt.Sprint(e.Code)
	}()
	testkit.Receive(t, "the connection", arrived)
	cancel()
	require.Equal(t, "canceled", testkit.Receive(t, "the test ends", done))
}

// Content whose name ends in / is looked for as such: one that is gone is none, and what else goes wrong is said.
func TestNamesThatEndInASlash(t *testing.T) {
	b, _ := build(t, false)
	var copied []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := map[string]int{"/shop/in/gone/": http.StatusNotFound, "/shop/in/closed/": http.StatusForbidden}[r.URL.Path]
		switch {
		case status != 0:
			w.WriteHeader(status)
		case r.Method == http.MethodPut:
			copied = append(copied, r.Header.Get("X-Amz-Copy-Source")+" to "+r.URL.Path)
			_, _ = io.WriteString(w, `<CopyObjectResult><ETag>"e"</ETag><LastModified>2026-01-02T03:04:05.000Z</LastModified></CopyObjectResult>`)
		case r.Method == http.MethodDelete:
			w.WriteHeader(http.StatusNoContent)
		case r.Method == http.MethodHead:
			w.Header().Set("ETag", `"e"`)
			w.Header().Set("Content-Length", "1")
			w.Header().Set("Last-Modified", "Fri, 02 Jan 2026 03:04:05 GMT")
		default:
			_, _ = io.WriteString(w, `<ListBucketResult></ListBucketResult>`)
		}
	}))
	t.Cleanup(server.Close)
	conn := connectortest.OpenAs[connector.Objects](b, map[string]any{"host": "127.0.0.1", "port": server.Listener.Addr().(*net.TCPAddr).Port, "tls": "off"})
	_, err := conn.Stat(t.Context(), "in/gone/")
	require.Equal(t, connector.CodeObject, errs.From(err).Code, err)
	require.NoError(t, conn.Delete(t.Context(), "in/gone/"))
	_, err = conn.Stat(t.Context(), "in/closed/")
	require.Equal(t, connector.CodePermission, errs.From(err).Code, err)
	require.Error(t, conn.Delete(t.Context(), "in/closed/"))
	require.NoError(t, conn.Move(t.Context(), "in/x/", "done/x/"))
	require.Equal(t, []string{"shop/in/x/ to /shop/done/x/"}, copied)
	require.Equal(t, connector.CodeObjectName, errs.From(conn.Move(t.Context(), "in/x", "done/x/")).Code)
}
