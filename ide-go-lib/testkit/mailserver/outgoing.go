// Package mailserver starts real servers of mail for tests: one that takes mail and shows it, and one that keeps it in
// folders. They listen on free ports of the loopback interface, and are gone with the test.
package mailserver

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dataflow/ide-go-lib/testkit"
)

// The account of the servers. The password is long enough to be searched for.
const (
	User     = "robot@example.org"
	Password = "open-sesame-7Kq2" //nolint:gosec // of servers that live for one test
)

// Outgoing is a server that takes mail.
type Outgoing struct {
	Host    string
	Port    int
	CA      string // the certificate, in PEM, if it has TLS
	Process *testkit.Process
	t       testing.TB
	api     string
}

// Security is how a server lets its clients in.
type Security string

// The kinds.
const (
	Open     Security = "open"     // no TLS, but a login
	STARTTLS Security = "starttls" // a login, which needs STARTTLS
	Implicit Security = "implicit" // TLS with the first byte
	Nobody   Security = "nobody"   // no TLS and no login
)

// StartOutgoing starts one. It takes no mail for recipients at nowhere.example.
func StartOutgoing(t testing.TB, security Security) *Outgoing {
	t.Helper()
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	s := &Outgoing{t: t, Host: "127.0.0.1", Port: testkit.FreePort(t), api: fmt.Sprintf("127.0.0.1:%d", testkit.FreePort(t))}
	args := []string{
		"--smtp", fmt.Sprintf("%s:%d", s.Host, s.Port), "--listen", s.api, "--database", filepath.Join(dir, "mails.db"), "--disable-version-check",
		"--smtp-disable-rdns", "--smtp-allowed-recipients", `@example\.org$`, "--max-message-size", "1",
	}
	if security != Nobody {
		args = append(args, "--smtp-auth-file", file("users", User+":"+Password+"\n"))
	}
	switch security {
	case Open:
		args = append(args, "--smtp-auth-allow-insecure")
	case STARTTLS, Implicit:
		cert, key := testkit.Certificate(t)
		s.CA = cert
		args = append(args, "--smtp-tls-cert", file("server.crt", cert), "--smtp-tls-key", file("server.key", key))
		if security == STARTTLS {
			args = append(args, "--smtp-require-starttls")
		} else {
			args = append(args, "--smtp-require-tls")
		}
	}
	s.Process = testkit.StartProcess(t, nil, testkit.Server(t, "mailpit"), args...)
	testkit.Eventually(t, "the mail server answers", func() bool { return s.get("/readyz", nil) == nil })
	return s
}

// Mails gives what has come, the oldest first, as it was sent.
func (s *Outgoing) Mails() []*mail.Message {
	s.t.Helper()
	var list struct {
		Messages []struct{ ID string }
	}
	if err := s.get("/api/v1/messages?limit=1000", &list); err != nil {
		s.t.Fatal(err)
	}
	slices.Reverse(list.Messages)
	all := make([]*mail.Message, len(list.Messages))
	for i, m := range list.Messages {
		var raw string
		if err := s.get("/api/v1/message/"+m.ID+"/raw", &raw); err != nil {
			s.t.Fatal(err)
		}
		parsed, err := mail.ReadMessage(strings.NewReader(raw))
		if err != nil {
			s.t.Fatal(err)
		}
		all[i] = parsed
	}
	return all
}

func (s *Outgoing) get(path string, into any) error {
	req, err := http.NewRequestWithContext(context.WithoutCancel(s.t.Context()), http.MethodGet, "http://"+s.api+path, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return err
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("%s: %s", path, resp.Status)
	}
	switch into := into.(type) {
	case nil:
		return nil
	case *string:
		*into = string(body)
		return nil
	default:
		return json.Unmarshal(body, into)
	}
}
