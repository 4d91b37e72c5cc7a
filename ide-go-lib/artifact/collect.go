package artifact

import (
	"context"
	"time"
)

// Mark is a moment in the life of a store in one process: of two blobs, the one that was put later has the greater mark.
type Mark uint64

// Blob is one blob of a store, for those who look after it.
type Blob struct {
	Tenant, ID string
	Size       int64
	At         time.Time // when it was written first
}

// Collector is the side of a store for those who look after it. A store cannot know which of its blobs are needed still;
// it knows which have been asked for since a moment, even when the content was there already.
type Collector interface {
	// Mark gives the present moment.
	Mark() Mark
	// Remove removes a blob, unless it has been put at or after the moment by this process. It gives the bytes that
	// became free; removing what is not there frees none.
	Remove(ctx context.Context, tenant, id string, before Mark) (freed int64, err error)
	// Forget lets the store forget what it knows of puts before the moment.
	Forget(before Mark)
	// Size gives the bytes of a blob; ok is false when there is none.
	Size(ctx context.Context, tenant, id string) (size int64, ok bool, err error)
	// Walk calls f for every blob until it gives an error.
	Walk(ctx context.Context, f func(Blob) error) error
	// Usage gives the bytes that the tenant's blobs take.
	Usage(ctx context.Context, tenant string) (int64, error)
	// Limit bounds by tenant how many bytes are kept; 0 is no bound. What would exceed it is refused with errs code
	// artifact_quota. Call it before the store is used.
	Limit(bytes func(tenant string) int64)
}
