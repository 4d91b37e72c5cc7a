// Package mail has the nodes that send and read mail, by connections that people have set up.
package mail

import (
	"errors"
	"fmt"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
)

// Types are the nodes of mail.
func Types() []node.Type { return []node.Type{sendType(), readType(), markType()} }

// most is how many mails one step sends or marks.
const most = 10_000

// atRow says with which mail of several an error was, from 0.
func atRow(err error, row, rows int) error {
	var e *errs.Error
	if rows <= 1 || !errors.As(err, &e) {
		return err
	}
	out := *e
	out.Message = fmt.Sprintf("Mail %d: %s", row+1, e.Message)
	out.Details = nil
	for _, d := range e.Details {
		d.Row = int64(row) + 1
		out.Details = append(out.Details, d)
	}
	if out.Details == nil {
		out.Details = []errs.Detail{e.At(errs.Place{Row: int64(row) + 1})}
	}
	return &out
}

var folderField = map[string]string{connector.CodeFolder: "with.folder"}
