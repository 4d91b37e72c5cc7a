// Package file has the nodes that read files into tables and write tables to files.
package file

import (
	"errors"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/tabular"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/files"
	"dataflow/ide-go-lib/table"
)

// Types are the file nodes.
func Types() []node.Type {
	all := []node.Type{readType(), parseType(), writeType()}
	for i := range all {
		all[i].Check = node.Known(all[i].Check)
	}
	return all
}

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
		return e.With(e.At(errs.Place{Field: field}))
	}
	return err
}

// checkPath finds what is wrong with the name of a file, and with its format where that goes by the name.
func checkPath(path, format string) []errs.Detail {
	if _, err := files.Clean(path); err != nil && strings.TrimSpace(path) != "" {
		return tabular.Problem("with.path", err)
	}
	if format != "auto" || strings.Contains(path, "{{") {
		return nil
	}
	_, err := table.FormatOf("", path)
	return tabular.Problem("with.format", err)
}
