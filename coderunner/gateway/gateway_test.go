package gateway_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/coderunner/client"
	"dataflow/coderunner/environment"
	"dataflow/coderunner/gateway"
	"dataflow/coderunner/internal/house"
	"dataflow/flow-automation/node"
	artifacts "dataflow/ide-go-lib/artifact/local"
	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/lifecycle"
	"dataflow/ide-go-lib/telemetry"
	"dataflow/ide-go-lib/testkit/dbtest"
	"dataflow/ide-go-lib/testkit/lifecycletest"
)

var quiet = slog.New(slog.DiscardHandler)

func open(t *testing.T, socket string, config *tls.Config, token string) *gateway.Gateway {
	t.Helper()
	g := gateway.New(gateway.Config{Addr: "127.0.0.1:0", Socket: socket, Token: token, TLS: config, Log: quiet})
	require.NoError(t, g.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, g.Stop(context.Background())) })
	return g
}

func run(t *testing.T, cfg client.Config, code string) error {
	t.Helper()
	cfg.Dir, cfg.StartWait = t.TempDir(), 5*time.Second
	c := client.New(cfg)
	defer c.Close()
	result, err := c.Execute(t.Context(), node.PythonRequest{Code: code})
	if err == nil {
		result.Close()
	}
	return err
}

const one = "def main(): return 1"

// Whoever has no token sends the service nothing to take in.
func TestProbesCarryNothing(t *testing.T) {
	s := house.Start(t, t.TempDir(), false)
	g := open(t, s.Socket(), nil, "secret")
	ask := func(method, body string) int {
		req, err := http.NewRequestWithContext(t.Context(), method, "http://"+g.Addr()+"/healthz", strings.NewReader(body))
		require.NoError(t, err)
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		return res.StatusCode
	}
	require.Eventually(t, func() bool { return ask(http.MethodGet, "") == http.StatusOK }, 30*time.Second, 20*time.Millisecond, "it starts")
	require.Equal(t, http.StatusOK, ask(http.MethodGet, strings.Repeat("x", 1<<20)))
	require.Equal(t, http.StatusMethodNotAllowed, ask(http.MethodPost, "x"))
}

func TestWhoIsLetThrough(t *testing.T) {
	s := house.Start(t, t.TempDir(), false)
	ca, server, caller, stranger := authority(t)

	t.Run("by token", func(t *testing.T) {
		g := open(t, s.Socket(), nil, "secret")
		url := "http://" + g.Addr()
		require.NoError(t, run(t, client.Config{URL: url, Token: "secret"}, one))
		for _, token := range []string{"", "secret2", "secre", "Secret"} {
			err := run(t, client.Config{URL: url, Token: token}, one)
			require.ErrorIs(t, err, &errs.Error{Code: "coderunner_unauthorized"}, token)
			require.Equal(t, http.StatusServiceUnavailable, errs.From(err).Status, "it is not the caller of this server who has to log in")
		}
		for path, status := range map[string]int{"/healthz": 200, "/readyz": 200, "/metrics": 401, "/api/coderunner/v1/environments/base": 401} {
			resp, err := http.Get(url + path)
			require.NoError(t, err)
			_, _ = io.Copy(io.Discard, resp.Body)
			require.NoError(t, resp.Body.Close())
			require.Equal(t, status, resp.StatusCode, path)
		}
	})

	t.Run("a service that lets nobody in is not healthy", func(t *testing.T) {
		g := open(t, s.Socket(), nil, "secret")
		status := func(token string) (client.Status, string) {
			var said bytes.Buffer
			c := client.New(client.Config{URL: "http://" + g.Addr(), Token: token, Dir: t.TempDir(), Log: slog.New(slog.NewTextHandler(&said, nil))})
			defer c.Close()
			c.Status(t.Context())
			return c.Status(t.Context()), said.String()
		}
		well, said := status("secret")
		require.Equal(t, "ok", well.State)
		require.Empty(t, said)
		refused, said := status("secret2")
		require.Equal(t, client.Degraded, refused.State)
		require.Contains(t, refused.Detail, "does not let this server in")
		require.NotEmpty(t, refused.Layers)
		require.Equal(t, 1, strings.Count(said, "does not let this server in"), said)
	})

	t.Run("by certificate", func(t *testing.T) {
		g := open(t, s.Socket(), &tls.Config{
			MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{server}, ClientCAs: ca, ClientAuth: tls.RequireAndVerifyClientCert,
		}, "")
		url := "https://" + g.Addr()
		trust := func(own ...tls.Certificate) *tls.Config {
			return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: ca, Certificates: own}
		}
		require.NoError(t, run(t, client.Config{URL: url, TLS: trust(caller)}, one))
		require.Error(t, run(t, client.Config{URL: url, TLS: trust()}, one))
		require.Error(t, run(t, client.Config{URL: url, TLS: trust(stranger)}, one))
		require.Error(t, run(t, client.Config{URL: url, TLS: &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{caller}}}, one))
	})

	t.Run("files of its machine are nobody's", func(t *testing.T) {
		g := open(t, s.Socket(), nil, "secret")
		body := `{"code":"def main(f): return open(f).read()","args":{"f":{"kind":"file","path":"/etc/passwd"}},"output_dir":"/tmp"}`
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+g.Addr()+"/api/coderunner/v1/executions", strings.NewReader(body))
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer secret")
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		text, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, 400, resp.StatusCode, string(text))
		require.Contains(t, string(text), "path_not_allowed")
	})
}

// balancer is one address before several services, as a cluster has it: each connection goes to the next one that is there.
type balancer struct {
	net.Listener
	mu      sync.Mutex
	targets []string
	next    int
	served  atomic.Int64
}

func balance(t *testing.T, targets ...string) *balancer {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	b := &balancer{Listener: ln, targets: targets}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go b.pass(conn)
		}
	}()
	return b
}

func (b *balancer) pick() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next++
	return b.targets[b.next%len(b.targets)]
}

func (b *balancer) pass(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	for range len(b.targets) {
		target, err := net.Dial("tcp", b.pick())
		if err != nil {
			continue
		}
		b.served.Add(1)
		defer func() { _ = target.Close() }()
		go func() { _, _ = io.Copy(target, conn); _ = target.Close() }()
		_, _ = io.Copy(conn, target)
		return
	}
}

// A service that dies with an execution loses nothing: another one behind the same address carries it out, and builds the
// environment first, which it has never seen.
func TestADeadOneLosesNoExecution(t *testing.T) {
	packages := t.TempDir()
	house.Wheel(t, packages, "greet", "1.0", "version = '1.0'\n")
	var fronts []*gateway.Gateway
	var services []*house.Service
	var addresses []string
	for range 2 {
		services = append(services, house.Start(t, packages, false))
		fronts = append(fronts, open(t, services[len(services)-1].Socket(), nil, "secret"))
		addresses = append(addresses, fronts[len(fronts)-1].Addr())
	}
	b := balance(t, addresses...)
	python := client.New(client.Config{URL: "http://" + b.Addr().String(), Token: "secret", Dir: t.TempDir()})
	defer python.Close()
	store, err := artifacts.New(t.TempDir())
	require.NoError(t, err)
	s, err := environment.New(t.Context(), environment.Deps{DB: dbtest.Temp(t), Artifacts: store, Python: python, Clock: clock.System{}, Log: telemetry.Discard()})
	require.NoError(t, err)
	by := environment.Change{By: "ann", At: time.Unix(1, 0)}
	_, err = s.Create(t.Context(), "default", "reports", environment.Draft{Requirements: []string{"greet"}}, by)
	require.NoError(t, err)
	v, err := s.Build(t.Context(), "default", "reports", by)
	require.NoError(t, err)
	require.NoError(t, s.Watch(t.Context(), "default", "reports", v.Version, 0, func() error { return nil }, func(environment.LogLine) error { return nil }))

	// Whichever has it dies in the midst of it.
	var once sync.Once
	var logs []string
	result, err := s.Execute(t.Context(), node.PythonRequest{
		Tenant: "default", Environment: "reports",
		Code: "import greet, time\ndef main():\n    print('at work')\n    time.sleep(1)\n    return greet.version",
		OnLog: func(_, text string) {
			logs = append(logs, text)
			if text == "at work" {
				once.Do(func() {
					dying := slices.IndexFunc(addresses, func(a string) bool { return busy(t, a) })
					require.NoError(t, end(fronts[dying], services[dying]))
				})
			}
		},
	})
	require.NoError(t, err, logs)
	defer result.Close()
	require.Equal(t, `"1.0"`, string(result.Outputs["result"].JSON))
	require.GreaterOrEqual(t, b.served.Load(), int64(2))
	require.Contains(t, logs, "The Python service was lost; the code is run again.")
	require.NoError(t, s.Stop(context.Background()))
}

// busy says whether a service has an execution.
func busy(t *testing.T, address string) bool {
	t.Helper()
	resp, err := http.Get("http://" + address + "/readyz")
	require.NoError(t, err)
	var status struct{ Running int }
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&status))
	require.NoError(t, resp.Body.Close())
	return status.Running > 0
}

// end takes a service off the network and ends it.
func end(g *gateway.Gateway, s *house.Service) error {
	now, cancel := context.WithCancel(context.Background())
	cancel()
	_ = g.Stop(now) // what is under way is cut off
	ctx, done := context.WithTimeout(context.Background(), 10*time.Second)
	defer done()
	return s.Stop(ctx)
}

func TestLife(t *testing.T) {
	lifecycletest.Run(t, func(*testing.T) lifecycle.Service {
		return gateway.New(gateway.Config{Addr: "127.0.0.1:0", Socket: "/nowhere", Token: "x", Log: quiet})
	})
}

// authority makes a certificate authority with a server and a caller, and a caller of another one.
func authority(t *testing.T) (pool *x509.CertPool, server, caller, stranger tls.Certificate) {
	t.Helper()
	ca, key := certificate(t, "authority", nil, nil)
	other, otherKey := certificate(t, "authority", nil, nil)
	pool = x509.NewCertPool()
	pool.AddCert(ca)
	pair := func(name string, parent *x509.Certificate, by *ecdsa.PrivateKey) tls.Certificate {
		cert, own := certificate(t, name, parent, by)
		return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: own}
	}
	return pool, pair("server", ca, key), pair("caller", ca, key), pair("caller", other, otherKey)
}

func certificate(t *testing.T, name string, parent *x509.Certificate, by *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true, IsCA: parent == nil,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if parent == nil {
		parent, by = template, key
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), by)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(raw)
	require.NoError(t, err)
	return cert, key
}
