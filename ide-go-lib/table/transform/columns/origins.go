package columns

import (
	"maps"
	"slices"
	"strings"

	"dataflow/ide-go-lib/table"
)

// Origins gathers where something comes from, for relations that tell it themselves.
type Origins map[[2]string][]table.How

// Add notes a column of an input.
func (o Origins) Add(port, column string, how table.How) {
	at := [2]string{port, column}
	o[at] = table.SortHows(append(o[at], how))
}

// List gives them by port and column.
func (o Origins) List() []table.Origin {
	list := make([]table.Origin, 0, len(o))
	for _, at := range slices.SortedFunc(maps.Keys(o), func(a, b [2]string) int {
		return strings.Compare(a[0]+"\x00"+a[1], b[0]+"\x00"+b[1])
	}) {
		list = append(list, table.Origin{Port: at[0], Column: at[1], How: slices.Clone(o[at])})
	}
	return list
}
