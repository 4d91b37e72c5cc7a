// Package file has the nodes that read files into tables and write tables to files.
package file

import (
	"errors"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/errs"
)

// Types are the file nodes.
func Types() []node.Type { return []node.Type{readType(), parseType(), writeType()} }

// atPath names the file's field in the details of an error that name none, and adds a detail when there are none.
func atPath(err error) error {
	const field = "with.path"
	var e *errs.Error
	if err == nil || !errors.As(err, &e) {
		return err
	}
	for i := range e.Details {
		if e.Details[i].Field == "" {
			e.Details[i].Field = field
		}
	}
	if len(e.Details) == 0 && e.Status < 499 {
		return e.With(errs.Detail{Code: e.Code, Message: e.Message, Place: errs.Place{Field: field}})
	}
	return err
}
