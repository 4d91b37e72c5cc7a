package console_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/cmd/dataflow/cli/console"
)

func TestWidthsCountColumns(t *testing.T) {
	require.Equal(t, "二二  ", console.Pad("二二", 6))
	require.Equal(t, "二…", console.Shorten("二二二", 4))
	require.Equal(t, "abc", console.Shorten("abc", 3))
	require.Equal(t, "ab…", console.Shorten("abcd", 3))
	require.Equal(t, []string{"-1,234,567", "999", "0"}, []string{console.Count(-1234567), console.Count(999), console.Count(0)})
	require.Equal(t, []string{"1 run", "2,000 runs"}, []string{console.Number(1, "run", "runs"), console.Number(2000, "run", "runs")})
	require.Equal(t, []string{"12 ms", "1.5 s", "1m2s"}, []string{
		console.Duration(12 * time.Millisecond), console.Duration(1500 * time.Millisecond), console.Duration(62400 * time.Millisecond),
	})
}

func TestTablesAreHarmlessAndAligned(t *testing.T) {
	table := console.Table{Header: []string{"NAME", "STATUS", "NOTE"}}
	table.Add(console.Text("二二"), console.Cell{Text: "failed", Style: console.Red}, console.Text("a\x1b[31mb\nc"))
	table.Add(console.Text("abcdef"), console.Text(""), console.Text(""))
	var plain, colored bytes.Buffer
	table.Write(&plain, false)
	require.Equal(t, "NAME    STATUS  NOTE\n二二    failed  a [31mb c\nabcdef\n", plain.String())
	table.Write(&colored, true)
	require.Contains(t, colored.String(), "\x1b[31mfailed\x1b[0m")
}

func TestAFileIsWrittenAsAWhole(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.yaml")
	require.NoError(t, console.WriteFile(name, []byte("one"), 0o600))
	require.NoError(t, console.WriteFile(name, []byte("two"), 0o640))
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, "two", string(text))
	info, err := os.Stat(name)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o640), info.Mode().Perm())

	require.NoError(t, os.Mkdir(filepath.Join(filepath.Dir(name), "b"), 0o700))
	require.Error(t, console.WriteFile(filepath.Join(filepath.Dir(name), "b"), []byte("x"), 0o600))
	require.Error(t, console.WriteFile(filepath.Join(filepath.Dir(name), "absent", "c"), []byte("x"), 0o600))
	left, err := os.ReadDir(filepath.Dir(name))
	require.NoError(t, err)
	require.Len(t, left, 2, "nothing half-written stays")
}
