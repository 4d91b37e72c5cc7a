package remote

import (
	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/progress"
	"dataflow/flow-automation/engine"
)

// StatusCell shows the status of a run or a step.
func StatusCell(s engine.Status) console.Cell {
	_, style := progress.MarkOf(s)
	return console.Cell{Text: string(s), Style: style}
}
