package folder_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/connectortest"
	"dataflow/ide-go-lib/connector/folder"
	"dataflow/ide-go-lib/errs"
)

func TestObjects(t *testing.T) {
	b := connectortest.New(t, folder.Type(), map[string]any{})
	store := connectortest.Store{
		Part: 1 << 20,
		Left: func() []string {
			left, err := filepath.Glob(filepath.Join(b.Root, "*", ".dataflow-scratch", "*"))
			require.NoError(t, err)
			return left
		},
		Empty: func() {
			list, err := b.Files.All(t.Context(), connectortest.Tenant, "")
			require.NoError(t, err)
			for _, f := range list {
				require.NoError(t, b.Files.Delete(t.Context(), connectortest.Tenant, f.Name))
			}
		},
	}
	t.Run("all", func(t *testing.T) { connectortest.ObjectsSuite(t, b, store) })
	b.Config["folder"] = "/of/one team/"
	t.Run("folder", func(t *testing.T) { connectortest.ObjectsSuite(t, b, store) })

	b.T = t
	for _, bad := range []string{"..", "a/../../b", "a//b"} {
		_, e := b.Try(t.Context(), map[string]any{"folder": bad})
		require.Equal(t, connector.CodeInvalid, e.Code, bad)
	}
	version, e := b.Try(t.Context(), map[string]any{"folder": "none"})
	require.Nil(t, e)
	require.Equal(t, "0 files", version)
	conn := connectortest.OpenAs[connector.Objects](b, map[string]any{"folder": ""})
	err := conn.Delete(t.Context(), ".dataflow-scratch/x")
	require.Equal(t, "path_outside", errs.From(err).Code)
}
