package lease_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/lease"
	"dataflow/ide-go-lib/telemetry"
	"dataflow/ide-go-lib/testkit"
)

const (
	childOf    = "DATAFLOW_TEST_LEASE_DIR"
	childWaits = "DATAFLOW_TEST_LEASE_WAITS" // for a line before it writes
)

// TestMain lets the test binary be an owner that is killed or frozen.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childOf); dir != "" {
		if err := own(dir); err != nil {
			fmt.Println("ended", err)
			os.Exit(3)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func config(dir string) lease.Config {
	return lease.Config{
		Path: filepath.Join(dir, "test.db"), Name: "engine", Dir: filepath.Join(dir, "leases"),
		Address: func() string { return "http://there" },
	}
}

// owned is a term with a pool whose transactions are fenced.
type owned struct {
	*lease.Term
	db    *db.DB
	fence *lease.Fence
}

func begin(ctx context.Context, dir string, t *lease.Term) (*owned, error) {
	d, err := db.Open(ctx, db.Config{Path: filepath.Join(dir, "test.db"), Guard: t.Guard})
	if err != nil {
		return nil, err
	}
	if _, err := d.Write.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS notes (no INTEGER PRIMARY KEY AUTOINCREMENT, token INTEGER NOT NULL)"); err != nil {
		return nil, err
	}
	f, err := t.Fence(ctx, d.Write)
	return &owned{t, d, f}, err
}

// note writes one row as owner.
func (o *owned) note(ctx context.Context) error {
	tx, err := o.db.Write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	committed, err := o.fence.Check(ctx, tx)
	if err == nil {
		_, err = tx.ExecContext(ctx, "INSERT INTO notes (token) VALUES (?)", o.Token())
	}
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return o.db.Refusal(err)
	}
	committed()
	return nil
}

// own writes without end until it may not.
func own(dir string) error {
	ctx := context.Background()
	l, err := lease.Open(ctx, config(dir))
	if err != nil {
		return err
	}
	t, err := l.Acquire(ctx, func(h lease.Holder) { fmt.Println("waiting for", h) })
	if err != nil {
		return err
	}
	o, err := begin(ctx, dir, t)
	if err != nil {
		return err
	}
	fmt.Println("owner", t.Token())
	orders := bufio.NewScanner(os.Stdin)
	for os.Getenv(childWaits) == "" || orders.Scan() {
		if err := o.note(ctx); err != nil && !o.db.Dialect.IsBusy(err) {
			return err
		}
	}
	return orders.Err()
}

// child is another process that owns or wants the lease.
type child struct {
	t     *testing.T
	cmd   *exec.Cmd
	in    io.Writer
	lines chan string
}

func startChild(t *testing.T, dir string, env ...string) *child {
	t.Helper()
	c := &child{t: t, cmd: exec.Command(os.Args[0], "-test.run=^$"), lines: make(chan string, 100)}
	c.cmd.Env = append(append(os.Environ(), childOf+"="+dir), env...)
	c.cmd.Stderr = os.Stderr
	var err error
	c.in, err = c.cmd.StdinPipe()
	require.NoError(t, err)
	out, err := c.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.cmd.Start())
	go func() {
		defer close(c.lines)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			c.lines <- lines.Text()
		}
	}()
	t.Cleanup(func() { c.end() })
	return c
}

func (c *child) end() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
}

func (c *child) next() string { return testkit.Receive(c.t, "what the child says", c.lines) }

func openLease(t *testing.T, dir string) *lease.Lease {
	t.Helper()
	l, err := lease.Open(t.Context(), config(dir))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return l
}

func TestOneOwnerAtATime(t *testing.T) {
	dir := t.TempDir()
	a, b := openLease(t, dir), openLease(t, dir)
	_, held, err := a.Holder(t.Context())
	require.NoError(t, err)
	require.False(t, held)
	first, err := a.TryAcquire(t.Context())
	require.NoError(t, err)
	require.NotNil(t, first)
	require.NoError(t, first.Guard())
	status, _ := first.Status(t.Context())
	require.Equal(t, telemetry.OK, status)

	none, err := b.TryAcquire(t.Context())
	require.NoError(t, err)
	require.Nil(t, none)
	waits := make(chan lease.Holder, 1)
	taken := make(chan *lease.Term, 1)
	go func() {
		term, err := b.Acquire(t.Context(), func(h lease.Holder) { waits <- h })
		if err != nil {
			t.Error(err)
		}
		taken <- term
	}()
	h := testkit.Receive(t, "whom it waits for", waits)
	require.Equal(t, os.Getpid(), h.PID)
	require.Contains(t, h.String(), "http://there")
	require.NoError(t, first.Release(t.Context()))
	second := testkit.Receive(t, "the lease", taken)
	require.Greater(t, second.Token(), first.Token())
	require.Error(t, first.Guard(), "a term that was given back is over")
	require.NoError(t, second.Release(t.Context()))
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	dir := t.TempDir()
	a, b := openLease(t, dir), openLease(t, dir)
	first, err := a.TryAcquire(t.Context())
	require.NoError(t, err)
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	_, err = b.Acquire(ctx, func(lease.Holder) { cancel(why) })
	require.ErrorIs(t, err, why)
	require.NoError(t, first.Release(t.Context()))
}

func TestSeizedFromOneThatLives(t *testing.T) {
	dir := t.TempDir()
	a, b := openLease(t, dir), openLease(t, dir)
	first, err := a.TryAcquire(t.Context())
	require.NoError(t, err)
	o, err := begin(t.Context(), dir, first)
	require.NoError(t, err)
	defer func() { require.NoError(t, errors.Join(o.fence.Close(), o.db.Close())) }()
	require.NoError(t, o.note(t.Context()))
	second, err := b.Seize(t.Context())
	require.NoError(t, err)
	require.Error(t, first.Guard(), "it trusts itself no more, so it changes no files either")
	require.ErrorIs(t, o.note(t.Context()), lease.ErrLost)
	testkit.Receive(t, "the loss", signalled(first.Lost()))
	require.ErrorIs(t, first.Guard(), lease.ErrLost)
	err = o.db.Tx(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(t.Context(), "INSERT INTO notes (token) VALUES (-1)")
		return err
	})
	require.ErrorIs(t, err, lease.ErrLost, "what is not fenced is guarded")
	require.NoError(t, second.Release(t.Context()))
}

func signalled(c <-chan struct{}) <-chan bool {
	out := make(chan bool, 1)
	go func() {
		<-c
		out <- true
	}()
	return out
}

func TestAnotherTakesOverWhenTheOwnerIsKilled(t *testing.T) {
	dir := t.TempDir()
	owner := startChild(t, dir)
	require.Equal(t, "owner 1", owner.next())
	standby := startChild(t, dir)
	require.Contains(t, standby.next(), fmt.Sprintf("waiting for process %d", owner.cmd.Process.Pid))
	owner.end()
	require.Equal(t, "owner 2", standby.next())
	standby.end()
	files, err := os.ReadDir(filepath.Join(dir, "leases"))
	require.NoError(t, err)
	require.Len(t, files, 1, "the dead are tidied up after")
	requireFenced(t, dir)
}

// Frozen and thawed when another one owns the store, a process writes nothing and finds out.
func TestFrozenAndThawed(t *testing.T) {
	for range 10 {
		if frozenAndThawed(t) {
			return
		}
	}
	t.Error("it was frozen within a transaction each time")
}

// frozenAndThawed is false when the owner was frozen while it renewed its lease: then it is ended, and says nothing.
func frozenAndThawed(t *testing.T) bool {
	t.Helper()
	dir := t.TempDir()
	owner := startChild(t, dir, childWaits+"=yes")
	require.Equal(t, "owner 1", owner.next())
	standby := startChild(t, dir)
	require.Contains(t, standby.next(), "waiting for")
	require.NoError(t, owner.cmd.Process.Signal(syscall.SIGSTOP))
	_, err := io.WriteString(owner.in, "now\n")
	require.NoError(t, err)
	require.Equal(t, "owner 2", standby.next())
	_ = owner.cmd.Process.Signal(syscall.SIGCONT)
	said, spoke := <-owner.lines
	_ = owner.cmd.Wait()
	if status, is := owner.cmd.ProcessState.Sys().(syscall.WaitStatus); is && status.Signal() == syscall.SIGKILL {
		standby.end()
		return false
	}
	require.True(t, spoke)
	require.Contains(t, said, "ended Another process has taken over")
	require.Equal(t, 3, owner.cmd.ProcessState.ExitCode())
	d, err := db.Open(t.Context(), db.Config{Path: filepath.Join(dir, "test.db")})
	require.NoError(t, err)
	testkit.Eventually(t, "the second owner writes", func() bool {
		var n int
		require.NoError(t, d.Read.QueryRowContext(t.Context(), "SELECT count(*) FROM notes WHERE token = 2").Scan(&n))
		return n > 0
	})
	require.NoError(t, d.Close())
	standby.end()
	requireFenced(t, dir)
	return true
}

// One that is frozen within a transaction keeps all others from writing, so who takes over ends it.
func TestFrozenWithinATransaction(t *testing.T) {
	dir := t.TempDir()
	owner := startChild(t, dir)
	owner.next()
	for range 2 {
		standby := startChild(t, dir)
		require.Contains(t, standby.next(), "waiting for")
		require.NoError(t, owner.cmd.Process.Signal(syscall.SIGSTOP))
		require.Contains(t, standby.next(), "owner")
		_ = owner.cmd.Process.Signal(syscall.SIGCONT) // now and then it is frozen between two transactions
		for range owner.lines {                       // until it has ended
		}
		owner = standby
	}
	owner.end()
	requireFenced(t, dir)
}

// requireFenced makes sure that no owner wrote after a later one had.
func requireFenced(t *testing.T, dir string) {
	t.Helper()
	d, err := db.Open(t.Context(), db.Config{Path: filepath.Join(dir, "test.db")})
	require.NoError(t, err)
	defer func() { require.NoError(t, d.Close()) }()
	var wrong, all int
	require.NoError(t, d.Read.QueryRowContext(t.Context(), "SELECT count(*), coalesce(sum(token < before), 0) FROM (SELECT token, lag(token) OVER (ORDER BY no) AS before FROM notes)").Scan(&all, &wrong))
	require.Positive(t, all)
	require.Zero(t, wrong, "of %d notes", all)
}
