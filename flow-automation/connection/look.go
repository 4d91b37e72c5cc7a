package connection

import (
	"context"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/words"
)

// mostLooked is the largest object whose rows are shown: all of it is fetched for that.
const mostLooked = 64 << 20

// look gives the first rows of an object that is a file of rows.
func (s *Service) look(ctx context.Context, tenant string, conn connector.Objects, name string, limit int64) (table.Page, error) {
	content, o, err := conn.Get(ctx, name)
	if err != nil {
		return table.Page{}, err
	}
	defer func() { _ = content.Close() }() // it has only read
	if o.Size > mostLooked {
		return table.Page{}, errs.Invalid("object_too_large", "The object has %s; those up to %s are shown here.", words.Bytes(o.Size), words.Bytes(mostLooked)).
			WithHint("Get it in a flow.")
	}
	dir, remove, err := s.deps.Files.Scratch(ctx, tenant)
	if err != nil {
		return table.Page{}, err
	}
	defer remove()
	at := filepath.Join(dir, "object"+path.Ext(name))
	f, err := os.OpenFile(at, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // in our own scratch directory
	if err != nil {
		return table.Page{}, errs.Internal(err)
	}
	_, err = io.Copy(f, io.LimitReader(content, mostLooked))
	if err = errors.Join(err, f.Close()); err != nil {
		return table.Page{}, err
	}
	t, err := s.deps.Tables.Import(ctx, tenant, at, table.ImportOptions{Name: path.Base(name)}, nil)
	if err != nil {
		return table.Page{}, err
	}
	return s.deps.Tables.Page(ctx, tenant, t.Artifact, table.PageRequest{Limit: limit})
}
