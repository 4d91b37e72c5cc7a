// Package msgserver starts real servers of messages for tests: each in a folder of its own, on free ports of the loopback
// interface, and gone with the test.
package msgserver

import (
	"os"
	"path/filepath"
	"testing"

	"dataflow/ide-go-lib/testkit"
)

// Password is that of the servers' user, who is called dataflow. It is long enough to be searched for.
const Password = "open-sesame-7Kq2" //nolint:gosec // of servers that live for one test

// User may do everything.
const User = "dataflow"

// Server is a running one.
type Server struct {
	Host string
	// Port is without TLS, Secure with.
	Port, Secure int
	// CA is the certificate, in PEM form, of the authority that signed the server's.
	CA      string
	Process *testkit.Process
}

// prepare makes a server's folder with a certificate in it.
func prepare(t testing.TB) (s *Server, dir, cert, key string) {
	t.Helper()
	dir = t.TempDir()
	c, k := testkit.Certificate(t)
	s = &Server{Host: "127.0.0.1", Port: testkit.FreePort(t), Secure: testkit.FreePort(t), CA: c}
	return s, dir, write(t, dir, "server.crt", c), write(t, dir, "server.key", k)
}

func write(t testing.TB, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
