package objects

import (
	"context"
	"errors"
	"io"
	"os"
	"syscall"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/words"
)

// codeDisk is the code of a disk that is full.
const codeDisk = "disk_full"

// Fetch writes an object to a file, in the place of what is there. Told, where it is not nil, is told of the bytes that come.
func Fetch(ctx context.Context, conn connector.Objects, name, to string, told func(bytes int)) (o connector.Object, err error) {
	content, o, err := conn.Get(ctx, name)
	if err != nil {
		return o, err
	}
	defer func() { _ = content.Close() }()
	f, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) //nolint:gosec // in our own scratch directory
	if err != nil {
		return o, errs.Internal(err)
	}
	written, err := io.Copy(f, &counted{content, told})
	if err = errors.Join(err, f.Close()); errors.Is(err, syscall.ENOSPC) {
		return o, errs.Unavailable(codeDisk, "The disk is full, with %d of the %s of %q; make room and try again.", written, words.Number(o.Size, "byte", "bytes"), name).Wrap(err)
	}
	if err != nil {
		return o, err
	}
	if written != o.Size {
		return o, connector.Upstream(connector.CodeLost, "Of the %s of %q %d came.", words.Number(o.Size, "byte", "bytes"), name, written).WithHint("Try again; somebody may just be writing it.")
	}
	return o, nil
}

// counted tells what passes.
type counted struct {
	from io.Reader
	told func(bytes int)
}

func (r *counted) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	if r.told != nil && n > 0 {
		r.told(n)
	}
	return n, err
}
