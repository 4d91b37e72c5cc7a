package cli

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	quoted  = regexp.MustCompile(`"[^"]*"|'[^']*'|\$\([^)]*\)`)
	further = regexp.MustCompile(` (#|\||<|>).*`)
)

// What help shows is pasted: each example is a call of a command with flags that it has, and nothing else behind.
func TestExamplesCanBePasted(t *testing.T) {
	m := newTerminal(t)
	world := m.world()
	for _, c := range append(allCommands(newRoot(&world)), newRoot(&world)) {
		for line := range strings.Lines(c.Example) {
			words := strings.Fields(further.ReplaceAllString(quoted.ReplaceAllString(line, "x"), ""))
			for len(words) > 0 && strings.Contains(words[0], "=") { // of the environment
				words = words[1:]
			}
			require.NotEmpty(t, words, line)
			require.Equal(t, "dataflow", words[0], line)
			root := newRoot(&world)
			found, rest, err := root.Find(words[1:])
			require.NoError(t, err, line)
			require.NoError(t, found.ParseFlags(rest), line)
			require.NoError(t, found.ValidateArgs(found.Flags().Args()), line)
			require.NoError(t, found.ValidateFlagGroups(), line)
		}
	}
}
