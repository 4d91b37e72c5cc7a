package system

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"dataflow/flow-automation/engine"
	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/testkit"
)

// patient is a flow that takes a moment and needs nothing of the disk but the journal.
const patient = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: patient}
spec:
  nodes:
    - {id: first, type: value.set, with: {value: "{{ repeat('x', 2000) }}"}}
    - {id: wait, type: control.wait, in: {value: first}, with: {for: 500ms}}
    - {id: last, type: value.set, with: {value: "done"}, after: [wait]}
`

// state is what a check of /readyz says.
func (i *installation) state(check string) (status, detail string) {
	i.t.Helper()
	var report struct {
		Checks []struct{ Name, Status, Detail string }
	}
	require.NoError(i.t, json.Unmarshal([]byte(i.get("/readyz")), &report))
	for _, c := range report.Checks {
		if c.Name == check {
			return c.Status, c.Detail
		}
	}
	i.t.Fatalf("there is no check %s", check)
	return "", ""
}

func (i *installation) get(path string) string {
	i.t.Helper()
	r, err := http.NewRequestWithContext(i.t.Context(), http.MethodGet, i.url+path, nil)
	require.NoError(i.t, err)
	response, err := http.DefaultClient.Do(r)
	require.NoError(i.t, err)
	defer func() { require.NoError(i.t, response.Body.Close()) }()
	var text bytes.Buffer
	_, err = text.ReadFrom(response.Body)
	require.NoError(i.t, err)
	return text.String()
}

// beginUntilRefused begins runs until the server says that it cannot make any durable, and gives those that it answered.
func (i *installation) beginUntilRefused() (ids []string) {
	i.t.Helper()
	for range 100_000 {
		var run engine.Run
		switch status := i.call(http.MethodPost, "/runs", map[string]any{"yaml": patient}, &run); status {
		case http.StatusAccepted:
			ids = append(ids, run.ID)
		case http.StatusServiceUnavailable:
			return ids
		default:
			i.t.Fatalf("a start was answered with %d", status)
		}
	}
	i.t.Fatal("the disk takes everything")
	return nil
}

// mounted gives a small disk of its own.
func mounted(t *testing.T, mib int) string {
	t.Helper()
	dir := t.TempDir()
	err := unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm,mode=700", mib))
	if errors.Is(err, unix.EPERM) {
		t.Fatal("only root may mount a disk: run the tests as root, such as by sudo make test")
	}
	require.NoError(t, err)
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	return dir
}

// While the disk is full the server says so, begins nothing, and shows what there is. When there is room again all that
// it had answered comes to its end.
func TestDiskFull(t *testing.T) {
	i := newInstallation(t)
	i.dir = mounted(t, 48)
	server := i.serve("--log-level", "warn")
	filler := filepath.Join(i.dir, "filler")
	fill, err := os.Create(filler)
	require.NoError(t, err)
	defer func() { _ = fill.Close() }()
	begun := []string{i.begin(patient)}
	var list struct{ Items []engine.Run }
	testkit.Eventually(t, "the run is in the list", func() bool { // which follows the journal, and cannot once the disk is full
		return i.call(http.MethodGet, "/runs?limit=500", nil, &list) == http.StatusOK && len(list.Items) == 1
	})
	for block := make([]byte, 64<<10); ; {
		if _, err := fill.Write(block); err != nil {
			require.ErrorIs(t, err, syscall.ENOSPC)
			break
		}
	}
	begun = append(begun, i.beginUntilRefused()...)
	status, detail := i.state("journal")
	require.Equal(t, "degraded", status)
	require.Contains(t, detail, "full")
	require.Contains(t, i.get("/metrics"), "dataflow_journal_writable 0")
	server.WaitFor("the journal cannot be written; runs wait until it can")
	require.Equal(t, http.StatusOK, i.call(http.MethodGet, "/runs?limit=500", nil, &list), "lists are shown all the same")
	require.NotEmpty(t, list.Items)
	require.NotContains(t, server.Output(), "panic")

	require.NoError(t, fill.Truncate(0))
	testkit.Eventually(t, "the journal can be written again", func() bool {
		status, _ := i.state("journal")
		return status == "ok"
	})
	begun = append(begun, i.begin(patient))
	for _, id := range begun {
		run := i.finish(id)
		require.Equal(t, engine.Succeeded, run.Status, run.Error)
	}
	require.Equal(t, 0, server.Stop())
}

func (i *installation) begin(yaml string) string {
	i.t.Helper()
	var run engine.Run
	require.Equal(i.t, http.StatusAccepted, i.call(http.MethodPost, "/runs", map[string]any{"yaml": yaml}, &run))
	return run.ID
}

// immutable makes files refuse what is written into them, as a disk does that has become read-only.
func immutable(t *testing.T, yes bool, paths ...string) {
	t.Helper()
	for _, path := range paths {
		f, err := os.Open(path)
		if errors.Is(err, os.ErrNotExist) && !yes {
			continue // the server has ended and taken it along
		}
		require.NoError(t, err)
		flags, err := unix.IoctlGetUint32(int(f.Fd()), unix.FS_IOC_GETFLAGS)
		if err == nil {
			const immutableFlag = 0x10
			flags &^= immutableFlag
			if yes {
				flags |= immutableFlag
			}
			err = unix.IoctlSetPointerInt(int(f.Fd()), unix.FS_IOC_SETFLAGS, int(flags))
		}
		require.NoError(t, f.Close())
		if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOTTY) || errors.Is(err, unix.EOPNOTSUPP) {
			t.Fatal("only root can make files immutable, and not on every disk: run the tests as root, with TMPDIR on a disk such as ext4 or xfs")
		}
		require.NoError(t, err)
	}
}

// The same for a disk that becomes read-only.
func TestDiskBecomesReadOnly(t *testing.T) {
	i := newInstallation(t)
	server := i.serve("--log-level", "warn")
	begun := []string{i.begin(patient)}
	files := []string{filepath.Join(i.dir, "dataflow.db"), filepath.Join(i.dir, "dataflow.db-wal")}
	immutable(t, true, files...)
	t.Cleanup(func() { immutable(t, false, files...) })
	begun = append(begun, i.beginUntilRefused()...)
	testkit.Eventually(t, "the server says so", func() bool {
		status, _ := i.state("journal")
		return status == "degraded"
	})
	testkit.Eventually(t, "the lease cannot be renewed either", func() bool {
		status, _ := i.state("lease")
		return status == "degraded"
	})
	require.Contains(t, i.get("/metrics"), "dataflow_journal_writable 0")
	require.Equal(t, http.StatusOK, i.call(http.MethodGet, "/runs", nil, nil))

	immutable(t, false, files...)
	testkit.Eventually(t, "all works again", func() bool {
		journal, _ := i.state("journal")
		lease, _ := i.state("lease")
		return journal == "ok" && lease == "ok"
	})
	begun = append(begun, i.begin(patient))
	for _, id := range begun {
		require.Equal(t, engine.Succeeded, i.finish(id).Status)
	}
	require.Equal(t, 0, server.Stop())
}

// A server does not start on a disk that is read-only, and says why.
func TestStartOnAReadOnlyDisk(t *testing.T) {
	i := newInstallation(t)
	i.dir = mounted(t, 48)
	require.Equal(t, 0, i.serve().Stop())
	require.NoError(t, unix.Mount("", i.dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""))
	r := i.command("serve", "--addr", "127.0.0.1:0", "--data", i.dir)
	require.Equal(t, 1, r.code, r.err)
	require.Contains(t, r.err, "read-only")
	require.NotContains(t, r.err, "goroutine")
	require.NoError(t, unix.Mount("", i.dir, "", unix.MS_REMOUNT, ""))
	require.Equal(t, 0, i.serve().Stop())
}

// damageLastJournalPage writes nonsense over the page with the latest records.
func damageLastJournalPage(t *testing.T, path string) {
	t.Helper()
	d, err := db.Open(t.Context(), db.Config{Path: path})
	require.NoError(t, err)
	var page, size int64
	require.NoError(t, d.Read.QueryRowContext(t.Context(), "SELECT pageno, pgsize FROM dbstat WHERE name = 'journal' AND pagetype = 'leaf' ORDER BY path DESC LIMIT 1").Scan(&page, &size))
	require.NoError(t, d.Close())
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteAt(bytes.Repeat([]byte{0x5a}, int(size)), (page-1)*size)
	require.NoError(t, errors.Join(err, f.Close()))
}

// When the last page of the journal is damaged the server says so, shows what there is and changes nothing. Mended, it
// knows every run that it had answered, and goes on.
func TestLastJournalPageIsDamaged(t *testing.T) {
	t.Parallel()
	i := newInstallation(t)
	server := i.serve()
	var done, open []string
	for range 20 {
		done = append(done, i.begin(patient))
	}
	for _, id := range done {
		require.Equal(t, engine.Succeeded, i.finish(id).Status)
	}
	for range 20 {
		open = append(open, i.begin(strings.NewReplacer("500ms", "1h", "2000", "1").Replace(patient)))
	}
	require.Equal(t, 0, server.Stop())
	damageLastJournalPage(t, filepath.Join(i.dir, "dataflow.db"))

	sick := testkit.StartProcess(t, nil, i.binary, "serve", "--addr", "127.0.0.1:0", "--data", i.dir, "--python", i.python)
	i.takesOver(sick)
	status, detail := i.state("journal")
	require.Equal(t, "failed", status)
	require.Contains(t, detail, "dataflow doctor --repair")
	require.Contains(t, i.get("/metrics"), "dataflow_journal_damaged 1")
	require.Contains(t, sick.Output(), "a part of the journal cannot be read")
	var list struct{ Items []engine.Run }
	require.Equal(t, http.StatusOK, i.call(http.MethodGet, "/runs?limit=500", nil, &list))
	require.Len(t, list.Items, 40, "no run is lost")
	require.Equal(t, http.StatusServiceUnavailable, i.call(http.MethodPost, "/runs", map[string]any{"yaml": patient}, nil))
	require.Equal(t, http.StatusServiceUnavailable, i.call(http.MethodPost, "/runs/"+open[0]+"/cancel", nil, nil))
	busy := i.command("doctor", "--data", i.dir, "--repair")
	require.Equal(t, 7, busy.code, busy.err)
	require.Contains(t, busy.err, "Stop it")
	require.Equal(t, 0, sick.Stop())

	look := i.command("doctor", "--data", i.dir)
	require.Equal(t, 9, look.code, look.out+look.err)
	require.Contains(t, look.out, "damaged")
	mend := i.command("doctor", "--data", i.dir, "--repair", "--json")
	require.Contains(t, mend.out, ".damaged-", mend.err)
	saved, err := filepath.Glob(filepath.Join(i.dir, "dataflow.db.damaged-*"))
	require.NoError(t, err)
	require.NotEmpty(t, saved)

	server = i.serve()
	for _, id := range done {
		require.Equal(t, engine.Succeeded, i.runOf(id).Status)
	}
	testkit.Eventually(t, "what was on the page is said to be lost", func() bool {
		lost := 0
		for _, id := range open {
			if run := i.runOf(id); run.Status.Final() {
				require.Equal(t, "journal_damaged", run.Error.Code)
				lost++
			}
		}
		return lost > 0
	})
	require.Equal(t, engine.Succeeded, i.finish(i.begin(patient)).Status)
	require.Equal(t, 0, server.Stop())
}
