package read

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/table"
)

// What columns are does not depend on the order of objects, and what is looked at only is what would change it.
func TestColumnsOfAllObjects(t *testing.T) {
	objects := [][]table.Column{
		{{Name: "n", Type: "BIGINT"}, {Name: "t", Type: "VARCHAR"}, {Name: "same", Type: "VARCHAR"}, {Name: "u", Type: "UTINYINT"}},
		{{Name: "N", Type: "DOUBLE"}, {Name: "t", Type: "DATE"}, {Name: "same", Type: "VARCHAR"}, {Name: "u", Type: "USMALLINT"}},
		{{Name: "n", Type: "VARCHAR"}, {Name: "i", Type: "INTEGER"}, {Name: "u", Type: "DECIMAL(5,2)"}},
		{{Name: "i", Type: "DECIMAL(12,2)"}},
	}
	var first map[string]string
	for _, order := range [][]int{{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 3, 0, 2}, {2, 0, 3, 1}} {
		var m columnsMet
		for _, i := range order {
			for _, c := range objects[i] {
				m.meet(c, true)
			}
		}
		require.Len(t, m.list, 5)
		require.True(t, m.of("N").open("VARCHAR"), "an empty one is read as a text")
		require.True(t, m.of("t").open("VARCHAR"))
		require.False(t, m.of("same").open("VARCHAR"), "it is the same everywhere")
		require.False(t, m.of("i").open("INTEGER"), "DECIMAL(12,2) holds it")
		require.Nil(t, m.of("x"))
		m.of("t").sure["VARCHAR"] = true
		require.False(t, m.of("t").open("VARCHAR"), "it is known")
		types := map[string]string{}
		for _, name := range []string{"n", "t", "i", "u"} {
			types[name] = holding(m.of(name).sure)
		}
		if first == nil {
			first = types
		}
		require.Equal(t, first, types, "%v", order)
	}
	require.Equal(t, map[string]string{"n": "DOUBLE", "t": "VARCHAR", "i": "DECIMAL(12,2)", "u": "DECIMAL(7,2)"}, first)
	require.Empty(t, holding(nil))
	var m columnsMet
	m.meet(table.Column{Name: "a", Type: "VARCHAR"}, false)
	m.meet(table.Column{Name: "a", Type: "BIGINT"}, true)
	require.False(t, m.of("a").open("VARCHAR"), "no object with rows has it")
}
