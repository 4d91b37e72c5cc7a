package connectortest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/testkit"
)

// Store is what differs between the systems of objects in the suite.
type Store struct {
	// Left gives what lies in the store beside the connection, of uploads that were not finished.
	Left func() []string
	// Empty removes all.
	Empty func()
	// Part is the size of what the system sends at once.
	Part int64
}

// ObjectsSuite is what every system of objects does alike.
func ObjectsSuite(t *testing.T, b *Bench, s Store) {
	var conn connector.Objects
	reset := func(t *testing.T) {
		t.Helper()
		b.T = t
		s.Empty()
		conn = OpenAs[connector.Objects](b, nil)
		for name, text := range map[string]string{"a.csv": "x\n1\n", "in/2024/b.csv": "x\n2\n", "in/2024-01.csv": "x\n3\n", "in/名 a&b +%20?#.csv": "x\n4\n", "z": ""} {
			put(t, conn, name, text)
		}
	}
	names := func(prefix string) []string {
		t.Helper()
		out := []string{}
		require.NoError(t, conn.List(t.Context(), prefix, func(o connector.Object) error {
			out = append(out, o.Name)
			require.False(t, o.Modified.IsZero())
			require.NotEmpty(t, o.Version)
			return nil
		}))
		return out
	}
	all := []string{"a.csv", "in/2024-01.csv", "in/2024/b.csv", "in/名 a&b +%20?#.csv", "z"}

	t.Run("list", func(t *testing.T) {
		reset(t)
		require.Equal(t, all, names(""))
		require.Equal(t, all[1:4], names("in"))
		require.Equal(t, all[1:4], names("in/"))
		require.Equal(t, all[1:3], names("in/2024"))
		require.Equal(t, all[2:3], names("in/2024/"))
		require.Equal(t, all[1:2], names("in/2024-01.csv"))
		require.Empty(t, names("none"))
		require.Empty(t, names("none/at/all"))
		stop := errs.Invalid("stop", "Enough.")
		count := 0
		require.ErrorIs(t, conn.List(t.Context(), "", func(connector.Object) error { count++; return stop }), stop)
		require.Equal(t, 1, count)
		for _, bad := range []string{"/in", "../", "in/../../x", "a//b"} {
			require.Equal(t, connector.CodeObjectName, errs.From(conn.List(t.Context(), bad, nil)).Code, bad)
		}
	})

	t.Run("get and stat", func(t *testing.T) {
		reset(t)
		for name, text := range map[string]string{"a.csv": "x\n1\n", "in/名 a&b +%20?#.csv": "x\n4\n", "z": ""} {
			got, o := get(t, conn, name)
			require.Equal(t, text, got)
			require.Equal(t, name, o.Name)
			require.Equal(t, int64(len(text)), o.Size)
			stat, err := conn.Stat(t.Context(), name)
			require.NoError(t, err)
			require.Equal(t, o.Version, stat.Version)
			require.Equal(t, o.Size, stat.Size)
			require.False(t, stat.Modified.IsZero())
		}
		for name, hint := range map[string]string{"in/2024/bb.csv": `"in/2024/b.csv"`, "in/none/at/all.csv": "in/", "aa.csv": `"a.csv"`, "in": "", "in/2024": ""} {
			_, err := conn.Stat(t.Context(), name)
			require.Equal(t, connector.CodeObject, errs.From(err).Code, "%s: %v", name, err)
			require.Contains(t, errs.From(err).Hint, hint)
			_, _, err = conn.Get(t.Context(), name)
			require.Equal(t, connector.CodeObject, errs.From(err).Code, "%s: %v", name, err)
			require.Contains(t, errs.From(err).Hint, hint)
		}
	})

	t.Run("names that lead elsewhere", func(t *testing.T) {
		reset(t)
		for _, bad := range []string{"", " ", "/etc/passwd", "../a.csv", "in/../../a.csv", "in/./x", "a//b", "..", "a\x00b", strings.Repeat("x", 1025)} {
			for what, err := range map[string]error{
				"stat":    second(conn.Stat(t.Context(), bad)),
				"get":     third(conn.Get(t.Context(), bad)),
				"put":     second(conn.Put(t.Context(), bad, strings.NewReader("x"), 1, "")),
				"move":    conn.Move(t.Context(), bad, "x"),
				"move to": conn.Move(t.Context(), "a.csv", bad),
				"delete":  conn.Delete(t.Context(), bad),
			} {
				require.Equal(t, connector.CodeObjectName, errs.From(err).Code, "%s %q: %v", what, bad, err)
			}
		}
		require.Equal(t, all, names(""))
	})

	t.Run("a folder is no object", func(t *testing.T) {
		reset(t)
		for what, err := range map[string]error{
			"put":     second(conn.Put(t.Context(), "in/", strings.NewReader("x"), 1, "")),
			"move to": conn.Move(t.Context(), "a.csv", "in/"),
		} {
			require.Equal(t, connector.CodeObjectName, errs.From(err).Code, "%s: %v", what, err)
		}
		// Where content may have such a name there is none of that; to delete what is not there is no mistake.
		for what, err := range map[string]error{
			"stat": second(conn.Stat(t.Context(), "in/")),
			"get":  third(conn.Get(t.Context(), "in/")),
			"move": conn.Move(t.Context(), "in/", "x"),
		} {
			require.Error(t, err, what)
			require.Contains(t, []string{connector.CodeObject, connector.CodeObjectName}, errs.From(err).Code, "%s: %v", what, err)
		}
		if err := conn.Delete(t.Context(), "in/"); err != nil {
			require.Equal(t, connector.CodeObjectName, errs.From(err).Code, "%v", err)
		}
		require.Equal(t, all, names(""))
	})

	t.Run("put", func(t *testing.T) {
		reset(t)
		before, err := conn.Stat(t.Context(), "a.csv")
		require.NoError(t, err)
		put(t, conn, "a.csv", "another, and longer\n")
		text, after := get(t, conn, "a.csv")
		require.Equal(t, "another, and longer\n", text)
		require.NotEqual(t, before.Version, after.Version)
		o, err := conn.Put(t.Context(), "deep/er/x", iotest.OneByteReader(strings.NewReader("of no known size")), -1, "text/plain")
		require.NoError(t, err)
		require.Equal(t, int64(16), o.Size)
		text, _ = get(t, conn, "deep/er/x")
		require.Equal(t, "of no known size", text)

		boom := errs.Invalid("boom", "The source broke.")
		for name, c := range map[string]struct {
			content io.Reader
			size    int64
			code    string
		}{
			"too short":       {strings.NewReader("abc"), 4, connector.CodeObjectSize},
			"too long":        {strings.NewReader("abc"), 2, connector.CodeObjectSize},
			"broken":          {io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(boom)), 10, "boom"},
			"broken, unknown": {io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(boom)), -1, "boom"},
		} {
			for _, target := range []string{"a.csv", "fresh/f.csv"} {
				_, err := conn.Put(t.Context(), target, c.content, c.size, "")
				require.Equal(t, c.code, errs.From(err).Code, "%s: %v", name, err)
			}
		}
		text, _ = get(t, conn, "a.csv")
		require.Equal(t, "another, and longer\n", text)
		require.NotContains(t, names(""), "fresh/f.csv")
		require.Empty(t, s.Left())
	})

	t.Run("what is larger than a part", func(t *testing.T) {
		reset(t)
		large := 2*s.Part + s.Part/2 + 7
		for _, size := range []int64{s.Part, s.Part + 1, large} {
			for _, said := range []int64{size, -1} {
				o, err := conn.Put(t.Context(), "large", pattern(size), said, "")
				require.NoError(t, err)
				require.Equal(t, size, o.Size)
				content, _, err := conn.Get(t.Context(), "large")
				require.NoError(t, err)
				require.Equal(t, digest(t, pattern(size)), digest(t, content), "%d", size)
				require.NoError(t, content.Close())
			}
		}
		for _, said := range []int64{large + 1, large - 1, s.Part + s.Part/4} {
			_, err := conn.Put(t.Context(), "large", pattern(large), said, "")
			require.Equal(t, connector.CodeObjectSize, errs.From(err).Code, err)
		}
		require.Empty(t, s.Left())
		o, err := conn.Stat(t.Context(), "large")
		require.NoError(t, err)
		require.Equal(t, large, o.Size)
	})

	t.Run("several at once", func(t *testing.T) {
		reset(t)
		stage, err := conn.Stage(t.Context())
		require.NoError(t, err)
		for _, name := range []string{"p/k=1/part.csv", "p/k=2/part.csv", "a.csv"} {
			require.NoError(t, stage.Put(t.Context(), name, strings.NewReader("new"), 3, "text/csv"))
		}
		require.Equal(t, all, names(""), "nobody sees it yet")
		text, _ := get(t, conn, "a.csv")
		require.Equal(t, "x\n1\n", text)
		put, err := stage.Commit(t.Context())
		require.NoError(t, err)
		require.Len(t, put, 3)
		require.NoError(t, stage.Close())
		require.Equal(t, []string{"p/k=1/part.csv", "p/k=2/part.csv"}, names("p/"))
		text, _ = get(t, conn, "a.csv")
		require.Equal(t, "new", text)

		stage, err = conn.Stage(t.Context())
		require.NoError(t, err)
		require.NoError(t, stage.Put(t.Context(), "q/one", strings.NewReader("1"), 1, ""))
		require.Equal(t, connector.CodeObjectSize, errs.From(stage.Put(t.Context(), "q/two", strings.NewReader("1"), 2, "")).Code)
		require.NoError(t, stage.Close())
		require.Empty(t, names("q"))
		require.Empty(t, s.Left())

		ctx, cancel := context.WithCancel(t.Context())
		stage, err = conn.Stage(ctx)
		require.NoError(t, err)
		require.NoError(t, stage.Put(ctx, "q/one", strings.NewReader("1"), 1, ""))
		cancel()
		require.Equal(t, "canceled", errs.From(stage.Put(ctx, "q/two", strings.NewReader("1"), 1, "")).Code)
		require.NoError(t, stage.Close(), "it takes back although its context has ended")
		require.Empty(t, s.Left())
	})

	t.Run("move and delete", func(t *testing.T) {
		reset(t)
		require.NoError(t, conn.Move(t.Context(), "in/名 a&b +%20?#.csv", "done/4/名 a&b.csv"))
		require.Equal(t, []string{"a.csv", "done/4/名 a&b.csv", "in/2024-01.csv", "in/2024/b.csv", "z"}, names(""))
		text, _ := get(t, conn, "done/4/名 a&b.csv")
		require.Equal(t, "x\n4\n", text)
		require.NoError(t, conn.Move(t.Context(), "done/4/名 a&b.csv", "a.csv"), "what has the name is replaced")
		text, _ = get(t, conn, "a.csv")
		require.Equal(t, "x\n4\n", text)
		require.NoError(t, conn.Move(t.Context(), "a.csv", "a.csv"))
		err := conn.Move(t.Context(), "aa.csv", "b.csv")
		require.Equal(t, connector.CodeObject, errs.From(err).Code, err)
		require.Contains(t, errs.From(err).Hint, `"a.csv"`)
		for range 2 {
			require.NoError(t, conn.Delete(t.Context(), "a.csv"))
		}
		require.NoError(t, conn.Delete(t.Context(), "never/was/there"))
		require.Equal(t, []string{"in/2024-01.csv", "in/2024/b.csv", "z"}, names(""))
	})

	t.Run("browse", func(t *testing.T) {
		reset(t)
		entries, err := conn.Browse(t.Context(), connector.Path{})
		require.NoError(t, err)
		seen := make([]string, 0, len(entries))
		for _, e := range entries {
			seen = append(seen, e.Kind+" "+e.Name)
		}
		require.Equal(t, []string{"folder in", "object a.csv", "object z"}, seen)
		require.Equal(t, int64(4), *entries[1].Size)
		entries, err = conn.Browse(t.Context(), connector.Path{Schema: "in"})
		require.NoError(t, err)
		seen = seen[:0]
		for _, e := range entries {
			require.Equal(t, "in", e.Schema)
			seen = append(seen, e.Kind+" "+e.Name)
		}
		require.Equal(t, []string{"folder in/2024", "object in/2024-01.csv", "object in/名 a&b +%20?#.csv"}, seen)
		// Whoever names a hidden folder finds what is in it, and a dot in a name is part of it.
		_, err = conn.Put(t.Context(), ".kept/v1.2/a.b.csv", strings.NewReader("x"), 1, "")
		require.NoError(t, err)
		for schema, want := range map[string]connector.Entry{
			".kept":      {Kind: "folder", Schema: ".kept", Name: ".kept/v1.2"},
			".kept/v1.2": {Kind: "object", Schema: ".kept/v1.2", Name: ".kept/v1.2/a.b.csv", Size: new(int64(1))},
		} {
			entries, err = conn.Browse(t.Context(), connector.Path{Schema: schema})
			require.NoError(t, err)
			require.Equal(t, []connector.Entry{want}, entries)
		}
		require.NoError(t, conn.Delete(t.Context(), ".kept/v1.2/a.b.csv"))
		_, err = conn.Browse(t.Context(), connector.Path{Schema: "../.."})
		require.Equal(t, connector.CodeObjectName, errs.From(err).Code, err)
		Refused(t, conn, connector.Path{Schema: "none"}, connector.Path{Schema: "in/2025"}, connector.Path{Schema: "in/2024/b.csv"}, connector.Path{Schema: "a.csv"},
			connector.Path{Table: "a.csv"}, connector.Path{Table: "none"}, connector.Path{Schema: "in/2024", Table: "in/2024/b.csv"})
		_, err = conn.Browse(t.Context(), connector.Path{Schema: "inn"})
		require.Equal(t, connector.CodeFolder, errs.From(err).Code, err)
		require.Contains(t, errs.From(err).Hint, `"in"`)
	})

	t.Run("canceled", func(t *testing.T) {
		reset(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for what, do := range map[string]func() error{
			"list":   func() error { return conn.List(ctx, "", func(connector.Object) error { return nil }) },
			"stat":   func() error { return second(conn.Stat(ctx, "a.csv")) },
			"get":    func() error { return third(conn.Get(ctx, "a.csv")) },
			"put":    func() error { return second(conn.Put(ctx, "a.csv", strings.NewReader("x"), 1, "")) },
			"move":   func() error { return conn.Move(ctx, "a.csv", "b.csv") },
			"delete": func() error { return conn.Delete(ctx, "a.csv") },
		} {
			require.Equal(t, "canceled", errs.From(do()).Code, what)
		}
		conn = OpenAs[connector.Objects](b, nil)
		require.Equal(t, all, names(""))

		// In the midst of a read and of a write.
		const midst = 24 << 20
		_, err := conn.Put(t.Context(), "large", pattern(midst), midst, "")
		require.NoError(t, err)
		ctx, cancel = context.WithCancel(t.Context())
		content, _, err := conn.Get(ctx, "large")
		require.NoError(t, err)
		_, err = io.ReadFull(content, make([]byte, 1000))
		require.NoError(t, err)
		cancel()
		_, err = io.Copy(io.Discard, content)
		require.Equal(t, "canceled", errs.From(err).Code, err)
		require.NoError(t, content.Close())

		conn = OpenAs[connector.Objects](b, nil)
		ctx, cancel = context.WithCancel(t.Context())
		source, feed := io.Pipe()
		done := make(chan error, 1)
		go func() {
			_, err := conn.Put(ctx, "slow", source, -1, "")
			done <- errors.Join(err, source.Close())
		}()
		_, err = feed.Write(bytes.Repeat([]byte("x"), 1<<20))
		require.NoError(t, err)
		cancel()
		at := time.Now()
		// A source that has nothing more to give waits for nobody: whoever cancels it ends its content, too.
		require.NoError(t, feed.CloseWithError(context.Canceled))
		require.Equal(t, "canceled", errs.From(testkit.Receive(t, "the write ends", done)).Code)
		t.Logf("ended after %s", time.Since(at))
		conn = OpenAs[connector.Objects](b, nil)
		require.NotContains(t, names(""), "slow")
		require.Empty(t, s.Left())
	})
}

// CutSuite is what becomes of content whose connection is lost in the midst: an error, never a shorter content.
// ServerPort is the port that the server listens on.
func CutSuite(t *testing.T, b *Bench, serverPort int) {
	b.T = t
	const size, whole = 8 << 20, 1 << 20
	put := OpenAs[connector.Objects](b, nil)
	_, err := put.Put(t.Context(), "large", pattern(size), size, "")
	require.NoError(t, err)
	port := testkit.Listen(t, func(c net.Conn) {
		up, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(serverPort)))
		if err != nil {
			t.Errorf("dial: %v", err)
			return
		}
		go func() { _, _ = io.Copy(up, c) }()
		_, _ = io.CopyN(c, up, whole)
		_, _ = c.Close(), up.Close()
	})
	conn := OpenAs[connector.Objects](b, map[string]any{"port": port})
	content, o, err := conn.Get(t.Context(), "large")
	require.NoError(t, err)
	require.Equal(t, int64(size), o.Size)
	n, err := io.Copy(io.Discard, content)
	require.Less(t, n, int64(size))
	require.Equal(t, connector.CodeLost, errs.From(err).Code, err)
	require.NotErrorIs(t, err, io.EOF, "it would be taken for the end")
	_ = content.Close() // may say again that the connection was lost
}

func second[T any](_ T, err error) error { return err }

func third[T, U any](_ T, _ U, err error) error { return err }

func put(t *testing.T, conn connector.Objects, name, text string) {
	t.Helper()
	o, err := conn.Put(t.Context(), name, strings.NewReader(text), int64(len(text)), "text/csv")
	require.NoError(t, err)
	require.Equal(t, name, o.Name)
	require.Equal(t, int64(len(text)), o.Size)
}

func get(t *testing.T, conn connector.Objects, name string) (string, connector.Object) {
	t.Helper()
	content, o, err := conn.Get(t.Context(), name)
	require.NoError(t, err)
	text, err := io.ReadAll(content)
	require.NoError(t, err)
	require.NoError(t, content.Close())
	return string(text), o
}

// pattern gives so many bytes, other ones at each place.
func pattern(size int64) io.Reader {
	block := make([]byte, 65_521) // a prime, so that no part is like another
	for i := range block {
		block[i] = byte(i * i >> 3 & 0xff)
	}
	return io.LimitReader(&repeated{block: block}, size)
}

type repeated struct {
	block []byte
	at    int
}

func (r *repeated) Read(p []byte) (int, error) {
	n := copy(p, r.block[r.at:])
	r.at = (r.at + n) % len(r.block)
	return n, nil
}

func digest(t *testing.T, r io.Reader) string {
	t.Helper()
	h := sha256.New()
	_, err := io.Copy(h, r)
	require.NoError(t, err)
	return string(h.Sum(nil))
}
