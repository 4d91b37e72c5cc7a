package system

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/engine"
	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/testkit"
)

func (i *installation) upload(name, content string) {
	i.t.Helper()
	r, err := http.NewRequestWithContext(i.t.Context(), http.MethodPut, i.url+"/api/automation/v1/files/"+name, strings.NewReader(content))
	require.NoError(i.t, err)
	r.Header.Set("Authorization", "Bearer "+i.token)
	r.Header.Set("Content-Type", "application/octet-stream")
	response, err := http.DefaultClient.Do(r)
	require.NoError(i.t, err)
	require.NoError(i.t, response.Body.Close())
	require.Less(i.t, response.StatusCode, 300)
}

const tabular = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: tabular}
spec:
  nodes:
    - {id: read, type: file.read, with: {path: in.csv}}
    - {id: big, type: table.filter, in: {table: read}, with: {where: "n > 1"}}
`

// A backup that is made while the server works is all that it says: restored elsewhere, everything is there and goes on.
func TestBackupAndRestoreWhileTheServerWorks(t *testing.T) {
	t.Parallel()
	i := newInstallation(t)
	server := i.serve()
	i.upload("in.csv", "n\n1\n2\n3\n")
	table := i.begin(tabular)
	require.Equal(t, engine.Succeeded, i.finish(table).Status)
	open := i.begin(strings.Replace(patient, "500ms", "2s", 1))
	place := t.TempDir()
	saved := filepath.Join(place, "b.tar.zst")
	made := i.command("backup", saved, "--data", i.dir)
	require.Equal(t, 0, made.code, made.err)
	require.Equal(t, 7, i.command("backup", saved, "--data", i.dir).code, "a backup replaces nothing")
	later := i.begin(patient)

	// Elsewhere.
	other := &installation{t: t, binary: i.binary, dir: filepath.Join(place, "elsewhere"), python: i.python, token: i.token}
	restored := other.command("restore", saved, "--data", other.dir)
	require.Equal(t, 0, restored.code, restored.err)
	look := other.command("doctor", "--data", other.dir)
	require.Equal(t, 0, look.code, look.out+look.err)
	require.Contains(t, look.out, "no server has been started on it yet", "the server of the backup has not crashed here")
	second := other.serve()
	require.Equal(t, engine.Succeeded, other.finish(open).Status, "a run goes on from where the backup knows it")
	rows := other.steps(table)["big"].Outputs["table"]
	require.Equal(t, http.StatusOK, other.call(http.MethodGet, "/artifacts/"+rows.Artifact.ID+"/rows", nil, nil))
	require.Equal(t, http.StatusNotFound, other.call(http.MethodGet, "/runs/"+later, nil, nil))
	require.Equal(t, 0, second.Stop())
	look = other.command("doctor", "--data", other.dir)
	require.Equal(t, 0, look.code, look.out+look.err)
	require.NotContains(t, look.out, "restored")

	// In place of the installation that is in use. The server goes on with what was restored.
	refused := i.command("restore", saved, "--data", i.dir)
	require.Equal(t, 7, refused.code, refused.err)
	require.Contains(t, refused.err, "--replace")
	i.upload("later.csv", "n\n9\n")
	replaced := i.command("restore", saved, "--data", i.dir, "--replace")
	require.Equal(t, 0, replaced.code, replaced.err)
	testkit.Eventually(t, "the server has taken over again", func() bool { return strings.Count(server.Output(), "is ready: ") == 2 })
	require.Equal(t, http.StatusNotFound, i.call(http.MethodGet, "/runs/"+later, nil, nil))
	require.Equal(t, engine.Succeeded, i.finish(open).Status)
	require.NoFileExists(t, filepath.Join(i.dir, "files", "default", "later.csv"))
	aside, err := filepath.Glob(filepath.Join(i.dir, "before-restore-*"))
	require.NoError(t, err)
	require.Len(t, aside, 1)
	require.FileExists(t, filepath.Join(aside[0], "files", "default", "later.csv"))
	require.Equal(t, 0, server.Stop())

	damaged := filepath.Join(place, "damaged.tar.zst")
	text, err := os.ReadFile(saved)
	require.NoError(t, err)
	text[len(text)/2] ^= 1
	require.NoError(t, os.WriteFile(damaged, text, 0o600))
	bad := i.command("restore", damaged, "--data", filepath.Join(place, "nothing"))
	require.Equal(t, 3, bad.code, bad.err)
	require.Contains(t, bad.err, "Nothing was restored")
}

type diagnosis struct {
	Sound    bool
	Findings []struct {
		Check, Level, Text, Hint string
		Examples                 []string
		Repaired                 bool
	}
}

func (i *installation) doctor(code int, args ...string) (d diagnosis) {
	i.t.Helper()
	r := i.command(append([]string{"doctor", "--data", i.dir, "--json"}, args...)...)
	require.Equal(i.t, code, r.code, r.out+r.err)
	require.NoError(i.t, json.Unmarshal([]byte(r.out), &d), r.out)
	return d
}

func (d diagnosis) problem(check string) string {
	for _, f := range d.Findings {
		if f.Check == check && f.Level == "problem" && !f.Repaired {
			return f.Text
		}
	}
	return ""
}

// What can go wrong in a data folder is found and named, and what can be made anew is mended.
func TestDoctorFindsAndMends(t *testing.T) {
	t.Parallel()
	i := newInstallation(t)
	server := i.serve()
	i.upload("in.csv", "n\n1\n2\n3\n")
	var runs []string
	for range 3 {
		runs = append(runs, i.begin(tabular))
	}
	for _, id := range runs {
		require.Equal(t, engine.Succeeded, i.finish(id).Status)
	}
	beside := i.doctor(0)
	require.True(t, beside.Sound, "%+v", beside)
	artifact := i.steps(runs[0])["big"].Outputs["table"].Artifact.ID
	testkit.Eventually(t, "the runs are packed", func() bool { return i.sql("SELECT count(*) FROM runs WHERE packed = 2") == 3 })
	require.Equal(t, 0, server.Stop())
	require.True(t, i.doctor(0).Sound)

	i.sqlExec("UPDATE runs SET status = 'failed', steps_done = 0 WHERE id = ?", runs[0])
	i.sqlExec("DELETE FROM runs WHERE id = ?", runs[1])
	i.sqlExec("UPDATE run_counts SET n = n + 5")
	found := i.doctor(9)
	require.Contains(t, found.problem("runs"), "1 run has a journal")
	require.Contains(t, found.problem("counts"), "counts of runs are wrong")
	require.True(t, i.doctor(0, "--repair").Sound)
	require.True(t, i.doctor(0).Sound)

	blob := filepath.Join(i.dir, "artifacts", "default", "blobs", artifact[:2], artifact)
	require.NoError(t, os.Chmod(blob, 0o600))
	text, err := os.ReadFile(blob)
	require.NoError(t, err)
	text[len(text)/2] ^= 1
	require.NoError(t, os.WriteFile(blob, text, 0o600))
	require.Contains(t, i.doctor(9).problem("artifacts"), "not what it was")
	require.True(t, i.doctor(0, "--quick").Sound, "the content is not read then")
	require.NoError(t, os.Remove(blob))
	require.Contains(t, i.doctor(9, "--quick").problem("artifacts"), "missing")

	server = i.serve()
	for _, id := range runs {
		require.Equal(t, engine.Succeeded, i.runOf(id).Status)
		require.Len(t, i.steps(id), 2)
	}
	require.Equal(t, 0, server.Stop())
	require.Equal(t, 2, i.command("doctor", "--data", t.TempDir()).code)
}

// A run that has ended does not go on because its journal lost the end.
func TestRepairUndoesNoEnd(t *testing.T) {
	i := newInstallation(t)
	server := i.serve()
	id := i.begin(`apiVersion: dataflow/v1
kind: Flow
metadata: {name: patient}
spec:
  nodes:
    - {id: wait, type: control.wait, with: {for: 1h}}
`)
	testkit.Eventually(t, "it waits", func() bool { return i.steps(id)["wait"].Status == engine.Waiting })
	require.Equal(t, 0, server.Stop())
	i.sqlExec("UPDATE runs SET status = 'failed' WHERE id = ?", id)
	require.Contains(t, i.doctor(9).problem("runs"), "cannot be read to its end")
	i.doctor(9, "--repair")
	server = i.serve()
	require.Equal(t, engine.Failed, i.runOf(id).Status)
	require.Equal(t, 0, server.Stop())
}

func (i *installation) sqlExec(text string, args ...any) {
	i.t.Helper()
	d := i.database()
	_, err := d.Write.ExecContext(i.t.Context(), text, args...)
	require.NoError(i.t, err)
	require.NoError(i.t, d.Close())
}

func (i *installation) sql(text string, args ...any) (n int) {
	i.t.Helper()
	d := i.database()
	require.NoError(i.t, d.Read.QueryRowContext(i.t.Context(), text, args...).Scan(&n))
	require.NoError(i.t, d.Close())
	return n
}

func (i *installation) database() *db.DB {
	i.t.Helper()
	d, err := db.Open(i.t.Context(), db.Config{Path: filepath.Join(i.dir, "dataflow.db")})
	require.NoError(i.t, err)
	return d
}
