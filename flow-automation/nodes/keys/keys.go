// Package keys has the nodes that read and write keys and their values, by connections that people have set up.
package keys

import (
	"errors"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
)

// Types are the nodes of keys.
func Types() []node.Type { return []node.Type{readType(), writeType()} }

// placed names the field that an error is about, as far as its code says that.
func placed(err error, places map[string]string) error {
	var e *errs.Error
	if !errors.As(err, &e) {
		return err
	}
	if field, ok := places[e.Code]; ok {
		return node.At(field, e)
	}
	return err
}

// Codes of errors that are about what comes in.
var incoming = map[string]string{
	connector.CodeType: "in.table", connector.CodeColumn: "in.table", connector.CodeKeys: "with.key", connector.CodeUnique: "with.mode", connector.CodeUnfit: "with.mode",
}
