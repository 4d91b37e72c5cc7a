// Package mongoserver starts a real server of MongoDB's protocol for tests: FerretDB, on free ports of the loopback
// interface, and gone with the test.
package mongoserver

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"dataflow/ide-go-lib/testkit"
)

// Server is one with one user who may do everything.
type Server struct {
	Host           string
	Port, TLSPort  int
	User, Password string
	CA             string // the certificate of the one at TLSPort, in PEM
	Process        *testkit.Process
}

// Password is that of the server's user. It is long enough to be searched for.
const Password = "open-sesame-7Kq2" //nolint:gosec // of servers that live for one test

// Start starts one.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{Host: "127.0.0.1", Port: testkit.FreePort(t), TLSPort: testkit.FreePort(t), User: "dataflow", Password: Password}
	dir := t.TempDir()
	cert, key := testkit.Certificate(t)
	s.CA = cert
	for name, content := range map[string]string{"server.crt": cert, "server.key": key} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.Process = testkit.StartProcess(t, []string{"FERRETDB_PASSWORD=" + Password}, testkit.Server(t, "ferretdb-sqlite"), "-dir", dir, "-user", s.User,
		"-listen", fmt.Sprintf("%s:%d", s.Host, s.Port), "-listen-tls", fmt.Sprintf("%s:%d", s.Host, s.TLSPort),
		"-cert", filepath.Join(dir, "server.crt"), "-key", filepath.Join(dir, "server.key"))
	s.Process.WaitFor("ready")
	return s
}
