package backup_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/backup"
	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/lease"
	"dataflow/ide-go-lib/testkit"
)

const database = "main.db"

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

// installation makes a data folder in use: a database and files.
func installation(t *testing.T, words string) (dir string, d *db.DB) {
	t.Helper()
	dir = t.TempDir()
	d, err := db.Open(t.Context(), db.Config{Path: filepath.Join(dir, database)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	_, err = d.Write.ExecContext(t.Context(), "CREATE TABLE words (w TEXT)")
	require.NoError(t, err)
	_, err = d.Write.ExecContext(t.Context(), "INSERT INTO words VALUES (?)", words)
	require.NoError(t, err)
	write(t, dir, "files/a/b.csv", "files of "+words)
	write(t, dir, "files/Übung 1.txt", "")
	write(t, dir, "blobs/12/"+words, "the same under this name for ever")
	write(t, dir, "tmp/x", "scratch")
	write(t, dir, "leases/z", "lease")
	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(dir, "files", "link")))
	return dir, d
}

func create(t *testing.T, dir, dest string) (*backup.Manifest, error) {
	t.Helper()
	return backup.Create(t.Context(), backup.Config{
		Dir: dir, Database: database, Program: "1.2.3", Now: now,
		Skip: func(name string, _ bool) bool { return name == "tmp" || name == "leases" },
	}, dest)
}

func config(dir string) backup.RestoreConfig {
	return backup.RestoreConfig{
		Dir: dir, Database: database, LeasesDir: "leases", Now: now,
		Lease: func(ctx context.Context) (*lease.Lease, error) {
			return lease.Open(ctx, lease.Config{Path: filepath.Join(dir, database), Name: "engine", Dir: filepath.Join(dir, "leases")})
		},
		Skip:  func(name string) bool { return name == "tmp" || name == "leases" },
		Merge: func(name string) bool { return name == "blobs" },
	}
}

func words(t *testing.T, path string) (w string) {
	t.Helper()
	d, err := db.Open(t.Context(), db.Config{Path: path})
	require.NoError(t, err)
	defer func() { require.NoError(t, d.Close()) }()
	require.NoError(t, d.Read.QueryRowContext(t.Context(), "SELECT w FROM words").Scan(&w))
	return w
}

func read(t *testing.T, parts ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(parts...))
	require.NoError(t, err)
	return string(text)
}

func code(err error) string {
	var e *errs.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

var names = []string{"folder", "plain.tar", "packed.tar.zst"}

func TestThereAndBack(t *testing.T) {
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			dir, d := installation(t, "first")
			dest := filepath.Join(t.TempDir(), name)
			server, err := config(dir).Lease(t.Context())
			require.NoError(t, err)
			term, err := server.TryAcquire(t.Context())
			require.NoError(t, err)
			defer func() {
				require.NoError(t, errors.Join(term.Release(context.WithoutCancel(t.Context())), server.Close()))
			}()
			// A transaction that is not committed is no part of it.
			tx, err := d.Write.BeginTx(t.Context(), nil)
			require.NoError(t, err)
			_, err = tx.ExecContext(t.Context(), "UPDATE words SET w = 'not yet'")
			require.NoError(t, err)
			m, err := create(t, dir, dest)
			require.NoError(t, err)
			require.NoError(t, tx.Rollback())
			require.Len(t, m.Files, 4)
			require.NoFileExists(t, dest+".partial")
			_, err = create(t, dir, dest)
			require.Equal(t, backup.CodeExists, code(err))

			into := filepath.Join(t.TempDir(), "new", "data")
			out, err := backup.Restore(t.Context(), dest, config(into))
			require.NoError(t, err)
			require.Empty(t, out.Aside)
			require.Equal(t, "first", words(t, filepath.Join(into, database)))
			require.Equal(t, "files of first", read(t, into, "files/a/b.csv"))
			require.Empty(t, read(t, into, "files/Übung 1.txt"))
			require.NoDirExists(t, filepath.Join(into, "tmp"))
			l, err := config(into).Lease(t.Context())
			require.NoError(t, err)
			holder, held, err := l.Holder(t.Context())
			require.NoError(t, errors.Join(err, l.Close()))
			require.False(t, held, "whoever had the installation has not crashed on this one")
			require.True(t, now.Equal(*holder.Restored))
			left, err := filepath.Glob(filepath.Join(into, ".restore-*"))
			require.NoError(t, err)
			require.Empty(t, left)

			_, err = backup.Restore(t.Context(), dest, config(into))
			require.Equal(t, backup.CodeExists, code(err))
			check := config(into)
			check.CheckOnly = true
			_, err = backup.Restore(t.Context(), dest, check)
			require.NoError(t, err)
		})
	}
}

func TestABackupInItsOwnFolder(t *testing.T) {
	dir, _ := installation(t, "x")
	_, err := create(t, dir, filepath.Join(dir, "backups.tar"))
	require.Equal(t, backup.CodeInvalid, code(err))
}

// What is not exactly what was saved is refused, and nothing is changed.
func TestDamagedBackupsRestoreNothing(t *testing.T) {
	dir, _ := installation(t, "first")
	for _, name := range names {
		sound := filepath.Join(t.TempDir(), name)
		_, err := create(t, dir, sound)
		require.NoError(t, err)
		info, err := os.Stat(sound)
		require.NoError(t, err)
		damages := map[string]func(path string){}
		if info.IsDir() {
			change := func(file string, f func(text []byte) []byte) func(string) {
				return func(path string) {
					text := []byte(read(t, path, file))
					require.NoError(t, os.WriteFile(filepath.Join(path, file), f(text), 0o600))
				}
			}
			flip := func(text []byte) []byte { text[len(text)/2] ^= 1; return text }
			damages["a file changed"] = change("files/a/b.csv", flip)
			damages["the database changed"] = change(database, flip)
			damages["a file cut"] = change("files/a/b.csv", func(text []byte) []byte { return text[:3] })
			damages["a file missing"] = func(path string) { require.NoError(t, os.Remove(filepath.Join(path, "files/a/b.csv"))) }
			damages["the list missing"] = func(path string) { require.NoError(t, os.Remove(filepath.Join(path, "manifest.json"))) }
			damages["a file more"] = func(path string) { write(t, path, "files/more", "x") }
			damages["a link"] = func(path string) { require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(path, "l"))) }
			damages["a list that leads out"] = change("manifest.json", func(text []byte) []byte {
				return bytes.Replace(text, []byte("files/a/b.csv"), []byte("../a/b.csv"), 1)
			})
			damages["a later format"] = change("manifest.json", func(text []byte) []byte {
				return bytes.Replace(text, []byte(`"format": 1`), []byte(`"format": 2`), 1)
			})
			damages["no list at all"] = change("manifest.json", func([]byte) []byte { return []byte("{") })
		} else {
			text := []byte(read(t, sound))
			for what, f := range map[string]func() []byte{
				"cut in half":   func() []byte { return text[:len(text)/2] },
				"the end cut":   func() []byte { return text[:len(text)-len(text)/10] },
				"a bit flipped": func() []byte { c := bytes.Clone(text); c[len(c)/3] ^= 4; return c },
				"empty":         func() []byte { return nil },
				"something else": func() []byte {
					return []byte(strings.Repeat("something else ", 1000))
				},
			} {
				damages[what] = func(path string) { require.NoError(t, os.WriteFile(path, f(), 0o600)) }
			}
		}
		for what, damage := range damages {
			t.Run(name+"/"+what, func(t *testing.T) {
				broken := filepath.Join(t.TempDir(), name)
				if info.IsDir() {
					require.NoError(t, os.CopyFS(broken, os.DirFS(sound)))
				}
				damage(broken)
				into := t.TempDir()
				write(t, into, "files/kept", "kept")
				_, err := backup.Restore(t.Context(), broken, config(into))
				require.Contains(t, []string{backup.CodeDamaged, backup.CodeInvalid}, code(err), "%v", err)
				require.NoFileExists(t, filepath.Join(into, database))
				require.Equal(t, "kept", read(t, into, "files/kept"))
				entries, err := os.ReadDir(into)
				require.NoError(t, err)
				require.Len(t, entries, 1, "nothing is left behind")
			})
		}
	}
	_, err := backup.Restore(t.Context(), filepath.Join(t.TempDir(), "none"), config(t.TempDir()))
	require.Equal(t, backup.CodeInvalid, code(err))
}

// An installation that is in use is replaced: its owner loses the right to it, and whoever owns it next sees what was
// restored.
func TestReplaceWhatIsInUse(t *testing.T) {
	dir, d := installation(t, "first")
	dest := filepath.Join(t.TempDir(), "b.tar.zst")
	owner, err := config(dir).Lease(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, owner.Close()) }()
	term, err := owner.TryAcquire(t.Context())
	require.NoError(t, err)
	_, err = create(t, dir, dest)
	require.NoError(t, err)

	_, err = d.Write.ExecContext(t.Context(), "UPDATE words SET w = 'second'")
	require.NoError(t, err)
	write(t, dir, "files/a/b.csv", "changed")
	write(t, dir, "files/later.txt", "came later")
	write(t, dir, "blobs/12/second", "another blob")
	write(t, dir, "more/of/it", "a folder that came later")
	cfg := config(dir)
	cfg.Replace = true
	out, err := backup.Restore(t.Context(), dest, cfg)
	require.NoError(t, err)
	require.ErrorIs(t, waitFor(t, term), lease.ErrLost)
	next, err := owner.TryAcquire(t.Context())
	require.NoError(t, err)
	require.NotNil(t, next, "the restore has given it back")
	require.Greater(t, next.Token(), term.Token()+1)
	require.NoError(t, next.Release(t.Context()))

	require.Equal(t, "first", words(t, filepath.Join(dir, database)))
	require.Equal(t, "files of first", read(t, dir, "files/a/b.csv"))
	require.NoFileExists(t, filepath.Join(dir, "files/later.txt"))
	require.FileExists(t, filepath.Join(dir, "blobs/12/second"), "what never changes may stay")
	require.FileExists(t, filepath.Join(dir, "blobs/12/first"))
	require.NoDirExists(t, filepath.Join(dir, "more"))
	require.FileExists(t, filepath.Join(dir, "tmp/x"))

	require.Equal(t, filepath.Join(dir, "before-restore-20261124T120000Z"), out.Aside)
	require.Equal(t, "second", words(t, filepath.Join(out.Aside, database)))
	require.Equal(t, "changed", read(t, out.Aside, "files/a/b.csv"))
	require.FileExists(t, filepath.Join(out.Aside, "files/later.txt"))
	require.FileExists(t, filepath.Join(out.Aside, "more/of/it"))
}

func waitFor(t *testing.T, term *lease.Term) error {
	t.Helper()
	lost := make(chan error, 1)
	go func() {
		<-term.Lost()
		lost <- term.Guard()
	}()
	return testkit.Receive(t, "the loss of the lease", lost)
}

func TestReplaceADatabaseThatCannotBeOpened(t *testing.T) {
	dir, d := installation(t, "first")
	dest := filepath.Join(t.TempDir(), "b.tar")
	_, err := create(t, dir, dest)
	require.NoError(t, err)
	require.NoError(t, d.Close())
	write(t, dir, database, strings.Repeat("junk", 5000))
	cfg := config(dir)
	cfg.Replace = true
	out, err := backup.Restore(t.Context(), dest, cfg)
	require.NoError(t, err)
	require.Equal(t, "first", words(t, filepath.Join(dir, database)))
	require.Equal(t, "junk", read(t, out.Aside, database)[:4])
}

// A log whose database was moved away is none of what is restored.
func TestALogWithoutItsDatabase(t *testing.T) {
	dir, d := installation(t, "first")
	dest := filepath.Join(t.TempDir(), "b.tar")
	_, err := create(t, dir, dest)
	require.NoError(t, err)
	_, err = d.Write.ExecContext(t.Context(), "UPDATE words SET w = 'second'")
	require.NoError(t, err)
	into := t.TempDir()
	write(t, into, database+"-wal", read(t, dir, database+"-wal"))
	write(t, into, database+"-shm", read(t, dir, database+"-shm"))
	out, err := backup.Restore(t.Context(), dest, config(into))
	require.NoError(t, err)
	require.Equal(t, "first", words(t, filepath.Join(into, database)))
	require.FileExists(t, filepath.Join(out.Aside, database+"-wal"))
}

func TestWhatThisProgramCannotUseIsRefused(t *testing.T) {
	dir, _ := installation(t, "first")
	dest := filepath.Join(t.TempDir(), "b")
	_, err := create(t, dir, dest)
	require.NoError(t, err)
	cfg := config(t.TempDir())
	refusal := errors.New("too new")
	cfg.Check = func(_ context.Context, dir string, m *backup.Manifest) error {
		require.Equal(t, "1.2.3", m.Program)
		require.FileExists(t, filepath.Join(dir, database))
		return refusal
	}
	_, err = backup.Restore(t.Context(), dest, cfg)
	require.ErrorIs(t, err, refusal)
	require.NoFileExists(t, filepath.Join(cfg.Dir, database))
}

func TestNothingIsRemovedWhileABackupIsMade(t *testing.T) {
	dir, _ := installation(t, "first")
	release, ok, err := backup.TryRemoving(dir)
	require.NoError(t, err)
	require.True(t, ok)
	release()
	asked := 0
	_, err = backup.Create(t.Context(), backup.Config{Dir: dir, Database: database, Now: now, Progress: func(int, int64) {
		_, ok, err := backup.TryRemoving(dir)
		require.NoError(t, err)
		require.False(t, ok)
		asked++
	}}, filepath.Join(t.TempDir(), "b.tar"))
	require.NoError(t, err)
	require.Positive(t, asked)
	release, ok, err = backup.TryRemoving(dir)
	require.NoError(t, err)
	require.True(t, ok)
	release()
}

func TestManifestIsPlainJSON(t *testing.T) {
	dir, _ := installation(t, "first")
	dest := filepath.Join(t.TempDir(), "b.tar.zst")
	_, err := create(t, dir, dest)
	require.NoError(t, err)
	unzip, err := zstd.NewReader(strings.NewReader(read(t, dest)))
	require.NoError(t, err)
	defer unzip.Close()
	var text bytes.Buffer
	_, err = unzip.WriteTo(&text)
	require.NoError(t, err)
	at := bytes.LastIndex(text.Bytes(), []byte("{\n \"format\""))
	require.Positive(t, at)
	var m backup.Manifest
	require.NoError(t, json.NewDecoder(bytes.NewReader(text.Bytes()[at:])).Decode(&m))
	require.Equal(t, now, m.CreatedAt)
}
