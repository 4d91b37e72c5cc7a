package cli

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"dataflow/coderunner/client"
	"dataflow/coderunner/gateway"
)

// shortestToken is what a token must have in characters.
const shortestToken = 16

// coderunnerFlags say where Python runs, and what it may do.
type coderunnerFlags struct {
	address, token          string // of services elsewhere
	cert, key, ca, clientCA string
	packageHosts            []string
	egressNetworks          []string
	sourceBuilds            bool
}

func (f *coderunnerFlags) add(fl *pflag.FlagSet) {
	fl.StringVar(&f.address, "coderunner", "", "`socket` of a coderunner that runs elsewhere on this machine, or https:// address of one or several elsewhere, instead of a child of this process")
	fl.StringVar(&f.token, "coderunner-token", "", "what coderunners elsewhere want to be shown; better given as DATAFLOW_CODERUNNER_TOKEN")
	fl.StringVar(&f.cert, "coderunner-cert", "", "certificate `file` (PEM): of coderunner when it is served alone, else to show to it")
	fl.StringVar(&f.key, "coderunner-key", "", "private key `file` (PEM) of the certificate")
	fl.StringVar(&f.ca, "coderunner-ca", "", "certificates `file` (PEM) to trust coderunners elsewhere by, instead of the system's")
	fl.StringVar(&f.clientCA, "coderunner-client-ca", "", "when coderunner is served alone: certificates `file` (PEM) that the callers' own must be signed by")
	fl.StringSliceVar(&f.packageHosts, "package-host", nil, "`host` beside those of pip's configuration that builds of environments may reach; may be repeated")
	fl.StringSliceVar(&f.egressNetworks, "egress-network", nil, "network that is not public (`CIDR`) and that environments may be allowed to reach; may be repeated")
	fl.BoolVar(&f.sourceBuilds, "allow-source-builds", false, "let environments be built from sources, in the sandbox")
}

// remote says whether Python runs on other machines.
func (f *coderunnerFlags) remote() bool {
	return strings.HasPrefix(f.address, "http://") || strings.HasPrefix(f.address, "https://")
}

// arguments are those of the Python service.
func (f *coderunnerFlags) arguments() ([]string, error) {
	var args []string
	for _, host := range f.packageHosts {
		args = append(args, "--package-host="+host)
	}
	for _, network := range f.egressNetworks {
		if _, err := netip.ParsePrefix(network); err != nil {
			return nil, usagef("--egress-network must be a network such as 10.1.0.0/16, not %q", network)
		}
		args = append(args, "--egress-network="+network)
	}
	if f.sourceBuilds {
		args = append(args, "--allow-source-builds")
	}
	return args, nil
}

// client speaks to coderunners elsewhere.
func (f *coderunnerFlags) client(w *World, results string, policy func(tenant string) string, log *slog.Logger) (*client.Client, error) {
	address, err := url.Parse(f.address)
	if err != nil || address.Host == "" {
		return nil, usagef("--coderunner must be an address such as https://coderunner:3080, not %q", f.address)
	}
	cfg := client.Config{URL: f.address, Token: f.token, Dir: results, Policy: policy, Log: log}
	if f.ca != "" || f.cert != "" {
		cfg.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
		if f.ca != "" {
			if cfg.TLS.RootCAs, err = certificates(w, f.ca); err != nil {
				return nil, err
			}
		}
		if f.cert != "" {
			pair, err := f.pair(w)
			if err != nil {
				return nil, err
			}
			cfg.TLS.Certificates = []tls.Certificate{pair}
		}
	}
	return client.New(cfg), nil
}

func (f *coderunnerFlags) pair(w *World) (tls.Certificate, error) {
	if f.key == "" {
		return tls.Certificate{}, usagef("--coderunner-cert needs --coderunner-key")
	}
	pair, err := tls.LoadX509KeyPair(w.Path(f.cert), w.Path(f.key))
	if err != nil {
		return pair, usagef("read --coderunner-cert and --coderunner-key: %w", err)
	}
	return pair, nil
}

func certificates(w *World, name string) (*x509.CertPool, error) {
	text, err := os.ReadFile(w.Path(name))
	if err != nil {
		return nil, usagef("read certificates: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, usagef("there is no certificate in %s", name)
	}
	return pool, nil
}

// serverTLS is how coderunner is served alone; nil is without encryption.
func (f *coderunnerFlags) serverTLS(w *World) (*tls.Config, error) {
	if f.cert == "" {
		if f.clientCA != "" {
			return nil, usagef("--coderunner-client-ca needs --coderunner-cert and --coderunner-key")
		}
		return nil, nil
	}
	pair, err := f.pair(w)
	if err != nil {
		return nil, err
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}
	if f.clientCA != "" {
		if config.ClientCAs, err = certificates(w, f.clientCA); err != nil {
			return nil, err
		}
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return config, nil
}

// serveCoderunner runs the Python service alone: on a socket for an automation on the same data folder, or, with a token
// or certificates, on the network.
func (f *serveFlags) serveCoderunner(ctx context.Context, w *World, log *slog.Logger, host string) (err error) {
	c := &f.coderunner
	onNetwork := c.token != "" || c.cert != ""
	if err := c.guarded(onNetwork || f.addrGiven); err != nil {
		return err
	}
	python, missing := findPython(w, f.python)
	if missing != nil {
		return missing
	}
	data, err := filepath.Abs(w.Path(f.data))
	if err != nil {
		return err
	}
	config, err := c.serverTLS(w)
	if err != nil {
		return err
	}
	if onNetwork && config == nil && !loopback(host) {
		log.Warn("The token and all data travel unencrypted; give --coderunner-cert and --coderunner-key, or let something before it encrypt.")
	}
	child, err := pythonService(data, python, log, *c, !onNetwork)
	if err != nil {
		return err
	}
	if err := child.Start(ctx); err != nil {
		return err
	}
	defer func() {
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
		defer cancel()
		err = errors.Join(err, child.Stop(stop))
	}()
	where := child.Socket()
	failed := make(<-chan error)
	if onNetwork {
		front := gateway.New(gateway.Config{Addr: f.addr, Socket: child.Socket(), Token: c.token, TLS: config, Log: log})
		if err := front.Start(ctx); err != nil {
			return listenError(f.addr, err)
		}
		defer func() {
			stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
			defer cancel()
			err = errors.Join(err, front.Stop(stop))
		}()
		where, failed = networkName(host, front.Addr(), config != nil), front.Failed()
	}
	say(w.Stdout, "coderunner listens on %s\n", where)
	if w.OnReady != nil {
		w.OnReady(where)
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return err
	}
}

// guarded refuses to serve coderunner on the network to anybody.
func (f *coderunnerFlags) guarded(onNetwork bool) error {
	switch {
	case !onNetwork:
		return nil
	case f.token == "" && f.clientCA == "":
		return usagef("coderunner on the network needs --coderunner-token (DATAFLOW_CODERUNNER_TOKEN) or --coderunner-client-ca, for whoever reaches it runs code on it; without --addr it listens on a socket of this machine")
	case f.token != "" && len(f.token) < shortestToken:
		return usagef("--coderunner-token must have at least %d characters, for whoever guesses it runs code here; openssl rand -hex 32 makes one", shortestToken)
	}
	return nil
}

// networkName is where it listens, with the host that was asked for and the port that it got.
func networkName(asked, addr string, encrypted bool) string {
	scheme := "http"
	if encrypted {
		scheme = "https"
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Sprintf("%s://%s", scheme, addr)
	}
	if asked != "" {
		host = asked
	}
	return fmt.Sprintf("%s://%s", scheme, net.JoinHostPort(host, port))
}
