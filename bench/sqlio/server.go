package sqlio

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

const host, role = "127.0.0.1", "dataflow"

// server is a PostgreSQL server of the bench's own.
type server struct {
	dir, bin, password string
	port               int
	cmd                *exec.Cmd
}

// start makes a server and waits until it takes connections. It does not wait for the disk, which is the same for all.
func start(ctx context.Context) (s *server, err error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(found) == 0 {
		return nil, errors.New("PostgreSQL is missing; on Debian: sudo apt-get install postgresql")
	}
	slices.Sort(found)
	s = &server{bin: found[len(found)-1], password: rand.Text()}
	if s.dir, err = os.MkdirTemp("", "dataflow-bench-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(s.dir))
		}
	}()
	secret := filepath.Join(s.dir, "password")
	if err := os.WriteFile(secret, []byte(s.password+"\n"), 0o600); err != nil {
		return nil, err
	}
	own, err := s.account(secret)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(s.dir, "data")
	initdb := exec.CommandContext(ctx, filepath.Join(s.bin, "initdb"), "-D", data, "-U", role, "--pwfile", secret, "-A", "scram-sha-256", "--locale", "C", "-E", "UTF8", "--no-sync") //nolint:gosec // the bench names it
	initdb.SysProcAttr, initdb.Dir = own, s.dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	if s.port, err = freePort(ctx); err != nil {
		return nil, err
	}
	s.cmd = exec.CommandContext(ctx, filepath.Join(s.bin, "postgres"), "-D", data, "-p", strconv.Itoa(s.port), "-h", host, "-k", s.dir, "-c", "fsync=off", "-c", "max_wal_size=8GB", "-c", "shared_buffers=256MB") //nolint:gosec // as above
	s.cmd.SysProcAttr, s.cmd.Dir = own, s.dir
	output, err := s.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	for log := bufio.NewScanner(output); log.Scan(); {
		if strings.Contains(log.Text(), "ready to accept connections") {
			go func() {
				_, _ = io.Copy(io.Discard, output) // what it says further is of no interest, but must not fill the pipe
			}()
			return s, nil
		}
	}
	return nil, errors.Join(errors.New("PostgreSQL has ended"), s.cmd.Wait())
}

// account gives the server to somebody who is not root, which it refuses to be run by.
func (s *server) account(files ...string) (*syscall.SysProcAttr, error) {
	if os.Getuid() != 0 {
		return nil, nil //nolint:nilnil // nil is oneself
	}
	u, err := lookup("postgres")
	if err != nil {
		return nil, err
	}
	for _, path := range append(files, s.dir) {
		if err := os.Chown(path, int(u.Uid), int(u.Gid)); err != nil {
			return nil, err
		}
	}
	return &syscall.SysProcAttr{Credential: u}, nil
}

func lookup(name string) (*syscall.Credential, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, err
}

func freePort(ctx context.Context) (int, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", host+":0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// psql carries out commands.
func (s *server) psql(ctx context.Context, commands ...string) error {
	args := []string{"-h", host, "-p", strconv.Itoa(s.port), "-U", role, "-d", "postgres", "-v", "ON_ERROR_STOP=1", "-Xq"}
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, "psql"), args...) //nolint:gosec // as above
	for _, c := range commands {
		cmd.Args = append(cmd.Args, "-c", c)
	}
	cmd.Env = append(os.Environ(), "PGPASSWORD="+s.password)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("psql: %w\n%s", err, out)
	}
	return nil
}

func (s *server) stop() error {
	_ = s.cmd.Process.Signal(os.Interrupt)
	return errors.Join(s.cmd.Wait(), os.RemoveAll(s.dir))
}

func lines(text string) []string { return strings.Split(text, "\n") }

func after(line, prefix string) (string, bool) {
	rest, ok := strings.CutPrefix(line, prefix)
	return strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), ok
}
