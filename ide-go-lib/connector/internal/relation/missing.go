package relation

import (
	"errors"
	"strings"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/near"
)

// Missing is the error of a table that is not there. Have are those of its schema; when it has none, the schema itself is
// likely to be wrong. Kind is what the database calls a schema.
func Missing(at connector.Path, have []string, kind string, schemas func() ([]string, error)) error {
	if at.Schema == "" || len(have) > 0 {
		return connector.TableMissing(strings.TrimPrefix(at.Schema+"."+at.Table, "."), have)
	}
	names, err := schemas()
	if err != nil {
		return err
	}
	return errs.NotFound(connector.CodeTable, "There is no %s %q with tables.", kind, at.Schema).WithHint("%s", near.Say(at.Schema, names))
}

// WithTables adds the names of tables to the error of a query that names one which is not there. Tables gives those that
// it may have meant, and its name as they are written.
func WithTables(err error, tables func(name string) (bare string, have []string, err error)) error {
	var e *errs.Error
	if !errors.As(err, &e) || e.Code != connector.CodeTable {
		return err
	}
	_, name, _ := strings.Cut(e.Message, `"`)
	bare, have, found := tables(strings.TrimSuffix(name, `".`))
	if found != nil {
		return found
	}
	return e.WithHint("%s", near.Say(bare, have))
}
