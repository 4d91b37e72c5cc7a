// Package sqlserver starts real database servers for tests: each in a folder of its own, on a free port of the loopback
// interface, and gone with the test.
package sqlserver

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"dataflow/ide-go-lib/testkit"
)

// Server is a database server with one user who may do everything.
type Server struct {
	Host           string
	Port           int
	User, Password string
	Database       string
	// Dir is the server's own folder; CA the file with the certificate of the authority that signed the server's, if it has any.
	Dir, CA string
	Process *testkit.Process
}

// runner runs programs as somebody who is not root, which the servers refuse to be run by.
type runner struct {
	t      testing.TB
	prefix []string
	dir    string
}

func newRunner(t testing.TB, account string) *runner {
	t.Helper()
	dir, err := os.MkdirTemp("", "dataflow-db-") // t.TempDir lies in a folder that nobody else may enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("remove the server's folder: %v", err)
		}
	})
	r := &runner{t: t, dir: dir}
	if os.Getuid() != 0 {
		return r
	}
	u, err := user.Lookup(account)
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		t.Fatalf("find an account to run the server with: %v", err)
	}
	uid, errUID := strconv.Atoi(u.Uid)
	gid, errGID := strconv.Atoi(u.Gid)
	if errUID != nil || errGID != nil {
		t.Fatalf("the account %s has the ids %s and %s", u.Username, u.Uid, u.Gid)
	}
	if err := os.Chown(dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	r.prefix = []string{"setpriv", "--reuid=" + u.Uid, "--regid=" + u.Gid, "--clear-groups", "--"}
	return r
}

// tool finds a program of a server: in PATH, or where Debian puts it.
func (r *runner) tool(name, pkg string, places ...string) string {
	r.t.Helper()
	for _, pattern := range places {
		found, err := filepath.Glob(filepath.Join(pattern, name))
		if err == nil && len(found) > 0 {
			slices.Sort(found)
			return found[len(found)-1]
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		r.t.Fatalf("%s is missing, which this test needs; on Debian: sudo apt-get install %s", name, pkg)
	}
	return path
}

func (r *runner) run(name string, args ...string) {
	r.t.Helper()
	line := append(slices.Clone(r.prefix), append([]string{name}, args...)...)
	cmd := exec.CommandContext(r.t.Context(), line[0], line[1:]...) //nolint:gosec // the test names it
	cmd.Dir = r.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		r.t.Fatalf("%s: %v\n%s", filepath.Base(name), err, out)
	}
}

func (r *runner) start(name string, args ...string) *testkit.Process {
	r.t.Helper()
	line := append(slices.Clone(r.prefix), append([]string{name}, args...)...)
	return testkit.StartProcess(r.t, nil, line[0], line[1:]...)
}

// file writes one into the server's folder that only the server can read.
func (r *runner) file(name, content string) string {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		r.t.Fatal(err)
	}
	info, err := os.Stat(r.dir)
	if err != nil {
		r.t.Fatal(err)
	}
	if uid, gid, ok := owner(info); ok {
		if err := os.Chown(path, uid, gid); err != nil {
			r.t.Fatal(err)
		}
	}
	return path
}

// Password is that of the servers' user. It is long enough to be searched for.
const Password = "open-sesame-7Kq2" //nolint:gosec // of servers that live for one test

// Postgres starts a PostgreSQL server with TLS and passwords.
func Postgres(t testing.TB) *Server {
	t.Helper()
	r := newRunner(t, "postgres")
	const debian = "/usr/lib/postgresql/*/bin"
	initdb, postgres := r.tool("initdb", "postgresql", debian), r.tool("postgres", "postgresql", debian)
	data := filepath.Join(r.dir, "data")
	r.run(initdb, "--pgdata", data, "--username", "dataflow", "--pwfile", r.file("password", Password+"\n"), "--auth", "scram-sha-256",
		"--encoding", "UTF8", "--locale", "C", "--no-sync")
	s := &Server{Host: "127.0.0.1", Port: testkit.FreePort(t), User: "dataflow", Password: Password, Database: "postgres", Dir: r.dir}
	cert, key := testkit.Certificate(t)
	s.CA = r.file("server.crt", cert)
	s.Process = r.start(postgres,
		"-D", data, "-p", strconv.Itoa(s.Port), "-h", s.Host, "-k", r.dir, "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "shared_buffers=32MB",
		"-c", "ssl=on", "-c", "ssl_cert_file="+s.CA, "-c", "ssl_key_file="+r.file("server.key", key))
	s.Process.WaitFor("database system is ready to accept connections")
	return s
}

// MariaDB starts a MariaDB server without TLS.
func MariaDB(t testing.TB) *Server {
	t.Helper()
	r := newRunner(t, "mysql")
	data := filepath.Join(r.dir, "data")
	r.run(r.tool("mariadb-install-db", "mariadb-server"), "--no-defaults", "--datadir="+data, "--tmpdir="+r.dir, "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-log-bin")
	s := &Server{Host: "127.0.0.1", Port: testkit.FreePort(t), User: "dataflow", Password: Password, Database: "shop", Dir: r.dir}
	first := r.file("first.sql", fmt.Sprintf("CREATE DATABASE shop CHARACTER SET utf8mb4;\nCREATE USER dataflow@'%%' IDENTIFIED BY '%s';\nGRANT ALL ON *.* TO dataflow@'%%' WITH GRANT OPTION;\n", Password))
	s.Process = r.start(r.tool("mariadbd", "mariadb-server", "/usr/sbin"),
		// A MariaDB that starts clears the tables of others out of a folder for temporary ones that they share.
		"--no-defaults", "--datadir="+data, "--tmpdir="+r.dir, "--port="+strconv.Itoa(s.Port), "--bind-address="+s.Host, "--socket="+filepath.Join(r.dir, "s"),
		"--skip-log-bin", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M", "--skip-name-resolve", "--init-file="+first, "--pid-file="+filepath.Join(r.dir, "pid"))
	s.Process.WaitFor("ready for connections")
	return s
}
