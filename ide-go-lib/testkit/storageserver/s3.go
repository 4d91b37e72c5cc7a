// Package storageserver starts real servers of files and objects for tests: each in a folder of its own, on a free port of
// the loopback interface, and gone with the test.
package storageserver

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"dataflow/ide-go-lib/testkit"
)

// Password is that of the servers' users. It is long enough to be searched for.
const Password = "open-sesame-7Kq2" //nolint:gosec // of servers that live for one test

// S3 is a server that speaks S3 and keeps buckets as folders of Dir.
type S3 struct {
	Host       string
	Port       int
	Access     string // may do everything; its secret key is Password
	Outsider   string // is known, and may do nothing; its secret key is Password, too
	Dir        string
	CA         string // the certificate of the server, if it speaks TLS
	Process    *testkit.Process
	programOf  string
	configured []string
}

// StartS3 starts one with the bucket shop, with TLS or without.
func StartS3(t testing.TB, secure bool) *S3 {
	t.Helper()
	s := &S3{
		Host: "127.0.0.1", Port: testkit.FreePort(t), Access: "dataflow", Outsider: "outsider", Dir: t.TempDir(),
		programOf: testkit.Server(t, "versitygw"),
	}
	address := s.Host + ":" + strconv.Itoa(s.Port)
	args := []string{"--port", address, "--access", s.Access, "--secret", Password, "--iam-dir", t.TempDir(), "--keep-alive"}
	scheme := "http"
	if secure {
		scheme = "https"
		cert, key := testkit.Certificate(t)
		s.CA = cert
		for name, content := range map[string]string{"cert": cert, "key": key} {
			path := filepath.Join(t.TempDir(), name)
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			args = append(args, "--"+name, path)
		}
	}
	s.Process = testkit.StartProcess(t, nil, s.programOf, append(args, "posix", "--sidecar", t.TempDir(), s.Dir)...)
	s.Process.WaitFor(strconv.Itoa(s.Port))
	s.configured = []string{"admin", "--allow-insecure", "--access", s.Access, "--secret", Password, "--endpoint-url", fmt.Sprintf("%s://%s", scheme, address)}
	testkit.Eventually(t, "the S3 server answers", func() bool { return s.admin(t, "list-users") == nil })
	if err := s.admin(t, "create-user", "--access", s.Outsider, "--secret", Password, "--role", "user"); err != nil {
		t.Fatal(err)
	}
	if err := s.admin(t, "create-bucket", "--owner", s.Access, "--bucket", "shop"); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *S3) admin(t testing.TB, args ...string) error {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), s.programOf, append(s.configured, args...)...).CombinedOutput() //nolint:gosec // the test names it
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", args[0], err, out)
	}
	return nil
}
