package move

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
)

// Storages of objects may have one name with / at its end and without: these are two objects, which keep their names.
func TestTargets(t *testing.T) {
	targets, err := Config{To: "done/"}.targets([]connector.Object{{Name: "in/x"}, {Name: "in/x/"}, {Name: "y/"}})
	require.NoError(t, err)
	require.Equal(t, []string{"done/x", "done/x/", "done/y/"}, targets)
}
