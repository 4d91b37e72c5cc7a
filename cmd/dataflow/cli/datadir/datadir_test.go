package datadir_test

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"dataflow/cmd/dataflow/cli/datadir"
	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/testkit/dbtest"
)

var update = flag.Bool("update-tables", false, "write whole.sql beside the migrations of every component")

// homes are the folders of the components' migrations.
var homes = map[string]string{
	"auth": "ide-go-lib/auth", "lease": "ide-go-lib/lease", "environments": "coderunner/environment",
	"automation": "flow-automation/store", "engine": "flow-automation/engine/local", "connections": "flow-automation/connection", "openlineage": "flow-automation/openlineage",
}

// Tables made all at once are those of an installation that went through every version.
func TestNewTablesAreThoseThatHaveGrown(t *testing.T) {
	schemas, err := datadir.Schemas()
	require.NoError(t, err)
	require.Len(t, schemas, len(homes))
	for _, s := range schemas {
		t.Run(s.Component, func(t *testing.T) {
			grown := dbtest.Temp(t)
			names, err := fs.Glob(s.Files, "[0-9]*.sql")
			require.NoError(t, err)
			sofar := fstest.MapFS{}
			for _, name := range names {
				text, err := fs.ReadFile(s.Files, name)
				require.NoError(t, err)
				sofar[name] = &fstest.MapFile{Data: text}
				require.NoError(t, grown.Migrate(t.Context(), sofar, s.Component), name)
			}
			script, err := dbtest.Whole(t.Context(), grown, s)
			require.NoError(t, err)
			if *update {
				require.NoError(t, os.WriteFile(filepath.Join("../../../..", homes[s.Component], "migrations", "whole.sql"), []byte(script), 0o644))
				return // what is embedded is still the old one
			}
			kept, err := fs.ReadFile(s.Files, "whole.sql")
			require.NoError(t, err)
			require.Equal(t, script, string(kept), "whole.sql is stale: go test ./cmd/dataflow/cli/datadir -update-tables writes it anew")

			atOnce := dbtest.Temp(t)
			require.NoError(t, atOnce.Migrate(t.Context(), s.Files, s.Component))
			require.Equal(t, layout(t, grown, s.Component), layout(t, atOnce, s.Component))
		})
	}
}

// layout is everything that is defined in the database, all rows, and the versions that it went through.
func layout(t *testing.T, d *db.DB, component string) (all []string) {
	t.Helper()
	all = texts(t, d, "SELECT concat_ws(' ', type, name, tbl_name, sql) FROM sqlite_schema ORDER BY 1")
	for _, table := range texts(t, d, "SELECT name FROM pragma_table_list WHERE schema = 'main' AND name NOT IN ('sqlite_schema', 'schema_"+component+"') ORDER BY 1") {
		var columns []string
		for _, c := range texts(t, d, `SELECT name FROM pragma_table_info('`+table+`')`) {
			columns = append(columns, `quote("`+c+`")`)
		}
		all = append(all, texts(t, d, `SELECT concat_ws(' ', '`+table+`', `+strings.Join(columns, ", ")+`) FROM "`+table+`"`)...)
	}
	return append(all, texts(t, d, "SELECT concat_ws(' ', id, version_id, is_applied) FROM schema_"+component+" ORDER BY id")...)
}

func texts(t *testing.T, d *db.DB, query string) (all []string) {
	t.Helper()
	rows, err := d.Read.QueryContext(t.Context(), query)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var one string
		require.NoError(t, rows.Scan(&one))
		all = append(all, one)
	}
	require.NoError(t, rows.Err())
	return all
}
