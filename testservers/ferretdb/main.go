// Command ferretdb is a small server of MongoDB's protocol for tests: FerretDB over SQLite, with accounts and TLS.
//
// FerretDB's own program wants files that only its build makes, and its embeddable package knows no accounts. So this one
// puts its parts together, which is why the module's path lies below theirs.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/FerretDB/FerretDB/internal/backends/sqlite"
	"github.com/FerretDB/FerretDB/internal/clientconn"
	"github.com/FerretDB/FerretDB/internal/clientconn/connmetrics"
	"github.com/FerretDB/FerretDB/internal/handler"
	"github.com/FerretDB/FerretDB/internal/util/password"
	"github.com/FerretDB/FerretDB/internal/util/state"
)

func main() {
	addr, secure := flag.String("listen", "127.0.0.1:27017", "address without TLS"), flag.String("listen-tls", "", "address with TLS")
	cert, key := flag.String("cert", "", "file of the certificate"), flag.String("key", "", "file of its key")
	dir := flag.String("dir", ".", "folder of the databases")
	user := flag.String("user", "dataflow", "name of the user who may do everything; the password is in FERRETDB_PASSWORD")
	flag.Parse()
	if err := run(*addr, *secure, *cert, *key, *dir, *user, os.Getenv("FERRETDB_PASSWORD")); err != nil {
		log.Fatal(err)
	}
}

func run(addr, secure, cert, key, dir, user, secret string) error {
	const batch = 100
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	known, err := state.NewProvider("")
	if err != nil {
		return err
	}
	if err := known.Update(func(s *state.State) { s.DisableTelemetry(); s.TelemetryLocked = true }); err != nil {
		return err
	}
	backend, err := sqlite.NewBackend(&sqlite.NewBackendParams{URI: "file:" + dir + "/", L: logger, P: known, BatchSize: batch})
	if err != nil {
		return err
	}
	defer backend.Close()
	metrics := connmetrics.NewListenerMetrics()
	h, err := handler.New(&handler.NewOpts{
		Backend: backend, TCPHost: addr, L: logger, ConnMetrics: metrics.ConnMetrics, StateProvider: known,
		SetupDatabase: "admin", SetupUsername: user, SetupPassword: password.WrapPassword(secret), SetupTimeout: 30 * time.Second,
		EnableNewAuth: true, BatchSize: batch, CappedCleanupPercentage: 10,
	})
	if err != nil {
		return err
	}
	l, err := clientconn.Listen(&clientconn.NewListenerOpts{
		TCP: addr, TLS: secure, TLSCertFile: cert, TLSKeyFile: key, Mode: clientconn.NormalMode, Metrics: metrics, Handler: h, Logger: logger,
	})
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		_ = l.TCPAddr() // waits until it listens
		fmt.Println("ready")
	}()
	l.Run(ctx)
	return nil
}
