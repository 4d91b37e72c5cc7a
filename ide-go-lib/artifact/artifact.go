// Package artifact keeps immutable blobs under the hash of their content. This package is the contract; artifact/local
// keeps blobs in a directory.
package artifact

import (
	"context"
	"io"
)

// Ref names one blob of one tenant.
type Ref struct {
	ID        string `json:"id" doc:"SHA-256 of the content, in lower-case hexadecimal"`
	Size      int64  `json:"size" doc:"Bytes"`
	MediaType string `json:"media_type,omitempty" doc:"Media type, such as application/vnd.apache.parquet"`
}

// Store keeps blobs by tenant: equal content of two tenants is kept twice, so that nothing about the one can be learnt
// from the other. Implementations are safe for concurrent use, and a blob is visible whole or not at all.
type Store interface {
	// Put reads r to its end and keeps what it gave.
	Put(ctx context.Context, tenant string, r io.Reader, mediaType string) (Ref, error)
	// Adopt takes the finished file at path, which must be one of Draft or lie in a directory made by Scratch; the file is gone
	// afterwards.
	Adopt(ctx context.Context, tenant, path, mediaType string) (Ref, error)
	// Open gives the content; errs code artifact_not_found when there is none.
	Open(ctx context.Context, tenant, id string) (io.ReadSeekCloser, error)
	// Path gives a local file with the content, valid until release is called.
	Path(ctx context.Context, tenant, id string) (path string, release func(), err error)
	// Scratch makes an empty private directory on the same file system; the caller calls remove when done.
	Scratch(ctx context.Context, tenant string) (dir string, remove func(), err error)
	// Draft gives a path on the same file system where nothing is yet and where the caller may make one file, which costs less
	// than a directory of its own; the caller calls remove when done, whether or not the file was made or adopted.
	Draft(ctx context.Context, tenant string) (path string, remove func(), err error)
}
