package connector

import (
	"context"
	"io"
	"time"
)

// Objects is a Conn to a system that keeps files or objects by name, with / between the parts of a name. A name that
// leads out of where the connection leads to is refused.
type Objects interface {
	Conn
	// List gives what lies below a prefix, in the order of names, to each; an error of each ends it. Folders are not
	// listed for themselves.
	List(ctx context.Context, prefix string, each func(Object) error) error
	// Get gives the content of an object; errs code object_not_found names what is near.
	Get(ctx context.Context, name string) (io.ReadCloser, Object, error)
	// Put keeps an object: whoever reads it meanwhile has either the old or the new one, never a part. Size is -1 when it
	// is not known.
	Put(ctx context.Context, name string, content io.Reader, size int64, mediaType string) (Object, error)
	// Delete removes an object; one that is not there is no error.
	Delete(ctx context.Context, name string) error
}

// Object is one of them.
type Object struct {
	Name      string    `json:"name"`
	Size      int64     `json:"size" doc:"Bytes"`
	Modified  time.Time `json:"modified"`
	Version   string    `json:"version,omitempty" doc:"Another one when the content is another: an ETag, or what stands for it"`
	MediaType string    `json:"media_type,omitempty"`
}

// CodeObject is the code of an object that is not there.
const CodeObject = "object_not_found"
