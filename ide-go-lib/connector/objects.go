package connector

import (
	"context"
	"errors"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/near"
	"dataflow/ide-go-lib/words"
)

// Objects is a Conn to a system that keeps files or objects by name, with / between the parts of a name. Names are those
// that CleanName gives; one that leads out of where the connection leads to is refused.
type Objects interface {
	Conn
	// List gives what lies below a prefix, in the order of names, to each; an error of each ends it. A prefix is the
	// beginning of names, not a folder: in/2024 has in/2024-01.csv, too. Folders are not listed for themselves. When
	// nothing is below the prefix there is nothing to give, and no error.
	List(ctx context.Context, prefix string, each func(Object) error) error
	// Stat describes an object; errs code object_not_found names what is near.
	Stat(ctx context.Context, name string) (Object, error)
	// Get gives the content of an object; errs code object_not_found names what is near. Reading ends with ctx.
	Get(ctx context.Context, name string) (io.ReadCloser, Object, error)
	// Put keeps an object: whoever reads it meanwhile has either the old or the new one, never a part. Size is -1 when it
	// is not known; content that has another size than was said is refused, and nothing is kept.
	Put(ctx context.Context, name string, content io.Reader, size int64, mediaType string) (Object, error)
	// Stage begins to put several objects at once.
	Stage(ctx context.Context) (Stage, error)
	// Move gives an object another name. One that has the new name is replaced.
	Move(ctx context.Context, from, to string) error
	// Delete removes an object; one that is not there is no error.
	Delete(ctx context.Context, name string) error
}

// Ticking is an Objects whose versions may stay the same when an object changes twice within so short a time. Who reads it
// that long after it was listed has in it all that the version stands for.
type Ticking interface {
	Tick() time.Duration
}

// Tick is how long versions of a storage may stay the same; 0 where they never do.
func Tick(conn Objects) time.Duration {
	inner := Conn(conn)
	if w, ok := conn.(Wrapper); ok {
		inner = w.Within()
	}
	if ticking, ok := inner.(Ticking); ok {
		return ticking.Tick()
	}
	return 0
}

// Stage is objects that nobody sees before Commit. What a system can then do is put them in place one after the other,
// with nothing left to send: whoever looks in that moment may see some of them, each whole.
type Stage interface {
	// Put sends an object; its content has to have the size.
	Put(ctx context.Context, name string, content io.Reader, size int64, mediaType string) error
	// Commit puts all of them in place. When it fails, some may be: its error says how many.
	Commit(ctx context.Context) ([]Object, error)
	// Close takes back what has not been committed, also when ctx of the others has ended.
	Close() error
}

// Object is one of them.
type Object struct {
	Name      string    `json:"name"`
	Size      int64     `json:"size" doc:"Bytes"`
	Modified  time.Time `json:"modified"`
	Version   string    `json:"version,omitempty" doc:"Another one when the content is another: an ETag, or what stands for it"`
	MediaType string    `json:"media_type,omitempty"`
}

// Codes of what goes wrong with objects.
const (
	CodeObject     = "object_not_found"
	CodeObjectName = "object_name_invalid"
	CodeObjectSize = "object_size_mismatch"
	// CodeObjectChanged is of an object that became another one while it was worked on.
	CodeObjectChanged = "object_changed"
	CodeBucket        = "bucket_missing"
	CodeFolder        = "folder_missing"
	CodeHostKey       = "host_key_unknown"
	CodeSubsystem     = "sftp_off"
	CodePartlyPlaced  = "partly_written"
)

// maxName is the longest name of an object in bytes, as S3 has it.
const maxName = 1024

// CleanName gives the one spelling of an object's name, or errs code object_name_invalid.
func CleanName(name string) (string, error) {
	refuse := func(why string) (string, error) {
		return "", errs.Invalid(CodeObjectName, "The name %.100q %s.", name, why).WithHint("Name an object within the connection, such as in/orders.csv.")
	}
	switch {
	case strings.TrimSpace(name) == "":
		return "", errs.Invalid(CodeObjectName, "Name an object, such as in/orders.csv.")
	case len(name) > maxName:
		return refuse("is longer than 1,024 bytes")
	case strings.ContainsAny(name, "\x00\r\n"):
		return refuse("holds a character that names cannot have")
	case strings.HasPrefix(name, "/"):
		return refuse("begins with /")
	case strings.HasSuffix(name, "/"):
		return refuse("is that of a folder")
	}
	for _, part := range strings.Split(name, "/") {
		if part == "" || part == "." || part == ".." {
			return refuse("has a part that is empty or leads elsewhere")
		}
	}
	return name, nil
}

// CleanPrefix checks the beginning of names; empty is that of all.
func CleanPrefix(prefix string) (string, error) {
	if prefix == "" {
		return "", nil
	}
	// What may follow makes a name of it.
	if _, err := CleanName(prefix + "x"); err != nil {
		return "", errs.Invalid(CodeObjectName, "The beginning of names %.100q does not lie within the connection.", prefix).
			WithHint("Write it without / at its beginning and without .., such as in/2024.")
	}
	return prefix, nil
}

// ObjectMissing is the error of an object that is not there; have are those that are near it.
func ObjectMissing(name string, have []string) *errs.Error {
	e := errs.NotFound(CodeObject, "There is no object %q.", name)
	if hint := near.Say(name, have); hint.String() != "" {
		return e.WithHint("%s", hint)
	}
	return e.WithHint("Nothing lies beside it; check the name and where the connection leads to.")
}

// MostEntries is how many Browse shows of one folder.
const MostEntries = 5000

// neighbours is how many names are looked at for those that are near.
const neighbours = 1000

// errEnough ends a listing.
var errEnough = errors.New("enough")

// Beside gives the names of what lies in the folder of an object, and further up as long as there is nothing.
func Beside(ctx context.Context, conn Objects, name string) ([]string, error) {
	for folder := name; folder != ""; {
		folder = strings.TrimSuffix(folder[:strings.LastIndexByte(folder, '/')+1], "/")
		prefix := folder
		if prefix != "" {
			prefix += "/"
		}
		var names []string
		err := conn.List(ctx, prefix, func(o Object) error {
			if names = append(names, o.Name); len(names) == neighbours {
				return errEnough
			}
			return nil
		})
		if err == errEnough { //nolint:errorlint // the very one
			err = nil
		}
		if len(names) > 0 || err != nil {
			return names, err
		}
	}
	return nil, nil
}

// SizeMismatch is the error of content that has not the size that was said.
func SizeMismatch(name string, want, got int64) *errs.Error {
	return errs.Invalid(CodeObjectSize, "The content of %q was to have %s and has %d; nothing was kept.", name, words.Number(want, "byte", "bytes"), got)
}

// SourceFailed is the error of content that could not be read: that of its context when that has ended.
func SourceFailed(ctx context.Context, err error) error {
	if ended := Ended(ctx); ended != nil {
		return ended
	}
	return err
}

// Placed says how far a commit had come when it failed.
func Placed(err error, done, all int) error {
	e := *errs.From(err)
	if done == 0 {
		return &e
	}
	e.Code = CodePartlyPlaced
	e.Message = strings.TrimSuffix(e.Message, ".") + ". " + strconv.Itoa(done) + " of " + words.Number(all, "object is", "objects are") + " in place already."
	e.Hint = "Run the step again: it puts all of them in place. " + e.Hint
	return &e
}

// FolderOf gives the names of the folders that a name lies in, without the / at the end; empty is the top.
func FolderOf(name string) string {
	if dir := path.Dir(name); dir != "." {
		return dir
	}
	return ""
}

// Level sorts what lies in a folder into the entries of Browse: folders first.
func Level(folders []string, objects []Object) []Entry {
	entries := make([]Entry, 0, len(folders)+len(objects))
	slices.Sort(folders)
	for _, f := range slices.Compact(folders) {
		entries = append(entries, Entry{Kind: "folder", Schema: FolderOf(f), Name: f})
	}
	for _, o := range objects {
		entries = append(entries, Entry{Kind: "object", Schema: FolderOf(o.Name), Name: o.Name, Size: &o.Size})
	}
	return entries
}
