package mail

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table/rowtext"
)

// rows writes mails as rows.
type rows struct {
	call *node.Call
	c    Read
	out  *rowtext.Writer
}

// attached is an attachment in the column of that name.
type attached struct {
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	Size      int64  `json:"size"`
	File      string `json:"file,omitempty"`
}

func (r *rows) add(ctx context.Context, m connector.ReceivedMail) error {
	var text, html string
	kept := []attached{}
	names := map[string]bool{}
	complete := false
	if m.Content == nil {
		r.call.Log("warn", fmt.Sprintf("The content of mail %d, %q, is too large: left out.", m.UID, m.Subject))
	} else {
		var err error
		text, html, err = m.Content(func(name, mediaType string, content io.Reader) error {
			name = safe(name, len(kept))
			a, err := r.keep(ctx, m, unlike(names, name, len(kept)), name, mediaType, content)
			kept = append(kept, a)
			return err
		})
		complete = err == nil
		if e := errs.From(err); !complete && e.Code == connector.CodeBroken {
			r.call.Log("warn", fmt.Sprintf("Mail %d, %q, could not be read as a whole.", m.UID, m.Subject))
		} else if !complete {
			return err
		}
	}
	list, err := json.Marshal(kept)
	if err != nil {
		return errs.Internal(err)
	}
	return r.write(m, text, html, complete, list)
}

func (r *rows) write(m connector.ReceivedMail, text, html string, complete bool, attachments []byte) error {
	w := r.out
	put := func(text string) { w.Text([]byte(plain(text))) }
	put(r.c.Folder)
	w.Int(int64(m.UID))
	w.Int(int64(m.Validity))
	put(m.MessageID)
	r.time(m.Received)
	r.time(m.Sent)
	from, address := "", ""
	if len(m.From) > 0 {
		from, address = m.From[0].Name, m.From[0].Address
	}
	put(from)
	put(address)
	put(list(m.To))
	put(list(m.Cc))
	if reply := list(m.ReplyTo); reply != list(m.From) { // servers fill it in with the sender
		put(reply)
	} else {
		put("")
	}
	put(m.Subject)
	put(text)
	put(html)
	w.Bare(strconv.AppendBool(nil, m.Seen))
	w.Int(m.Size)
	w.Bare(strconv.AppendBool(nil, complete))
	w.Text(attachments)
	return w.End()
}

func (r *rows) time(t time.Time) {
	if t.IsZero() || t.Year() < 1 || t.Year() > 9999 {
		r.out.Null()
		return
	}
	r.out.Bare(t.UTC().AppendFormat(nil, "2006-01-02 15:04:05+00"))
}

// plain leaves of a text what a table keeps.
func plain(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}

// unlike gives an attachment's file a name that none of the mail's others has, also where letter case does not count.
func unlike(taken map[string]bool, name string, number int) string {
	out := name
	if number > 0 {
		out = strconv.Itoa(number+1) + "-" + name
	}
	for taken[strings.ToLower(out)] {
		out = strconv.Itoa(number+1) + "-" + out
	}
	taken[strings.ToLower(out)] = true
	return out
}

// folder is where a mail's attachments are kept: no mail of another folder or connection has the same.
func (r *rows) folder(m connector.ReceivedMail) string {
	whole := sha256.Sum256([]byte(r.c.Connection + "\x00" + r.c.Folder))
	return fmt.Sprintf("%s-%x-%d-%d", safe(r.c.Folder, 0), whole[:6], m.Validity, m.UID)
}

// keep puts an attachment into the files folder, or counts it.
func (r *rows) keep(ctx context.Context, m connector.ReceivedMail, file, name, mediaType string, content io.Reader) (attached, error) {
	out := attached{Name: name, MediaType: plain(mediaType)}
	if r.c.Attachments == "" {
		var err error
		out.Size, err = io.Copy(io.Discard, content)
		return out, err
	}
	out.File = path.Join(r.c.Attachments, r.folder(m), file)
	dir, remove, err := r.call.Env.Files.Scratch(ctx, r.call.Tenant)
	if err != nil {
		return out, err
	}
	defer remove()
	tmp := filepath.Join(dir, "attachment")
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // in a folder of our own
	if err != nil {
		return out, errs.Internal(fmt.Errorf("keep an attachment: %w", err))
	}
	out.Size, err = io.Copy(f, content)
	if err = errors.Join(err, f.Close()); err != nil {
		return out, errs.Internal(fmt.Errorf("keep an attachment: %w", err))
	}
	if err := r.call.Env.Files.Replace(ctx, r.call.Tenant, out.File, tmp); err != nil {
		return out, node.At("with.attachments", err)
	}
	return out, nil
}

// mostName is how many bytes of a name are kept.
const mostName = 120

// safe makes of a name that somebody else chose one of a file: without folders, characters that nobody sees, and dots in
// front.
func safe(name string, number int) string {
	name = strings.ReplaceAll(strings.ToValidUTF8(name, "_"), `\`, "/")
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || !unicode.IsPrint(r) || strings.ContainsRune(`<>:"|?*`, r) {
			return '_'
		}
		return r
	}, path.Base(name))
	name = strings.Trim(strings.TrimLeft(name, "."), " /")
	if name == "" {
		return fmt.Sprintf("attachment-%d", number+1)
	}
	if len(name) > mostName {
		ext := path.Ext(name)
		if len(ext) > mostName/4 {
			ext = ""
		}
		cut := name[:mostName-len(ext)]
		for !utf8.ValidString(cut) {
			cut = cut[:len(cut)-1]
		}
		name = cut + ext
	}
	return name
}
