package clean

import (
	"dataflow/ide-go-lib/table"
	transform "dataflow/ide-go-lib/table/transform/clean"
)

// alike gives relations with the columns of the outputs, to tell where they come from.
func alike(c transform.Config) map[string]table.Relation {
	return map[string]table.Relation{"table": c, "failed": transform.Failed{Config: c}}
}
