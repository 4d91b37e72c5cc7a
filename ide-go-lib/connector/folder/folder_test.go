package folder_test

import (
	"path/filepath"
	"strings"
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
	_, err := b.Files.Put(t.Context(), connectortest.Tenant, "incoming/a.csv", strings.NewReader("x"))
	require.NoError(t, err)
	version, e := b.Try(t.Context(), map[string]any{"folder": "incoming"})
	require.Nil(t, e)
	require.Equal(t, "1 file", version)
	for bad, code := range map[string]string{"incming": connector.CodeFolder, "none/at/all": connector.CodeFolder, "incoming/a.csv": connector.CodeInvalid, "incoming/a.csv/x": connector.CodeFolder} {
		_, e = b.Try(t.Context(), map[string]any{"folder": bad})
		require.NotNil(t, e, bad)
		require.Equal(t, code, e.Code, bad)
		_, err := b.Open(map[string]any{"folder": bad}).Browse(t.Context(), connector.Path{})
		require.Equal(t, code, errs.From(err).Code, bad)
	}
	_, e = b.Try(t.Context(), map[string]any{"folder": "incming"})
	require.Contains(t, e.Hint, `"incoming"`)
	_, e = b.Try(t.Context(), map[string]any{"folder": ""})
	require.Nil(t, e)
	conn := connectortest.OpenAs[connector.Objects](b, map[string]any{"folder": ""})
	err = conn.Delete(t.Context(), ".dataflow-scratch/x")
	require.Equal(t, "path_outside", errs.From(err).Code)
}
