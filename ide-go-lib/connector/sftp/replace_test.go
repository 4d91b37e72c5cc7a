package sftp

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// shy is a server that refuses a rename.
type shy struct{ refuse func(from, to string) bool }

func (s shy) Lstat(name string) (os.FileInfo, error) { return os.Lstat(name) }
func (s shy) Remove(name string) error               { return os.Remove(name) }

func (s shy) Rename(from, to string) error {
	if _, err := os.Lstat(to); err == nil {
		return errors.New("there is a file of that name")
	}
	if s.refuse(from, to) {
		return errors.New("no")
	}
	return os.Rename(from, to)
}

func TestReplaceByTurns(t *testing.T) {
	never := func(string, string) bool { return false }
	for name, c := range map[string]struct {
		old    string
		refuse func(from, to string) bool
		want   string
	}{
		"nothing was there":            {"", never, "new"},
		"another one was there":        {"old", never, "new"},
		"the new one is refused":       {"old", func(from, _ string) bool { return strings.HasSuffix(from, "from") }, "old"},
		"the old one cannot be put by": {"old", func(_, to string) bool { return strings.Contains(to, hidden) }, "old"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			from, to := filepath.Join(dir, "from"), filepath.Join(dir, "to")
			require.NoError(t, os.WriteFile(from, []byte("new"), 0o600))
			if c.old != "" {
				require.NoError(t, os.WriteFile(to, []byte(c.old), 0o600))
			}
			err := replaceByTurns(shy{c.refuse}, from, to)
			require.Equal(t, c.want == "new", err == nil, err)
			got, err := os.ReadFile(to)
			require.NoError(t, err)
			require.Equal(t, c.want, string(got))
			if c.want == "old" {
				require.FileExists(t, from, "what was to be put there is still there")
			}
		})
	}
}
