package mail

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/mail"
	"os"
	"path"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/expr"
	"dataflow/ide-go-lib/files"
)

// mostAttached is how many bytes go with one mail; few servers take as many.
const mostAttached = 50 << 20

// itemsOf gives what came in item by item; one that is nothing when nothing came in.
func itemsOf(ctx context.Context, call *node.Call) ([]any, error) {
	in := call.Inputs["each"]
	if len(in) == 0 {
		return []any{nil}, nil
	}
	raw, err := call.JSON(ctx, in[0])
	if err != nil {
		return nil, err
	}
	if raw = bytes.TrimSpace(raw); len(raw) == 0 || raw[0] != '[' {
		item, err := expr.Decode(raw)
		return []any{item}, err
	}
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, errs.Internal(fmt.Errorf("a value that is not JSON came in: %w", err))
	}
	if len(list) > most {
		return nil, node.FieldError("too_many_mails", "in.each", "%d items came in; at most %d mails are sent in one step", len(list), most)
	}
	items := make([]any, len(list))
	for i, one := range list {
		if items[i], err = expr.Decode(one); err != nil {
			return nil, errs.Internal(err)
		}
	}
	return items, nil
}

// writer makes the mails.
type writer struct {
	call   *node.Call
	c      Send
	fields map[string]node.ItemEval
	files  []connector.Attachment
	bytes  int64
}

func newWriter(ctx context.Context, call *node.Call, c Send) (*writer, error) {
	w := &writer{call: call, c: c, fields: map[string]node.ItemEval{}}
	for _, name := range []string{"to", "cc", "bcc", "reply_to", "subject", "text", "html", "attachments"} {
		var escape func(string) string
		if name == "html" {
			escape = html.EscapeString
		}
		eval, err := call.PerItem(ctx, name, escape)
		if err != nil {
			return nil, err
		}
		w.fields[name] = eval
	}
	for _, in := range call.Inputs["files"] {
		if in.Artifact == nil || in.File == nil {
			continue
		}
		id := in.Artifact.ID
		w.bytes += in.Artifact.Size
		w.files = append(w.files, connector.Attachment{
			Name: path.Base(in.File.Name), MediaType: in.File.MediaType,
			Open: func() (io.ReadCloser, error) { return call.Env.Artifacts.Open(ctx, call.Tenant, id) },
		})
	}
	return w, nil
}

// mail makes the mail of an item.
func (w *writer) mail(ctx context.Context, item any, index int) (m connector.Mail, err error) {
	if ended := connector.Ended(ctx); ended != nil {
		return m, ended
	}
	m = connector.Mail{ID: fmt.Sprintf("%s/%d", w.call.IdempotencyKey, index), From: w.c.From, Date: w.call.Now}
	if w.call.IdempotencyKey == "" {
		m.ID = ""
	}
	if m.From != "" {
		if _, err := mail.ParseAddress(m.From); err != nil {
			return m, noSender(m.From)
		}
	}
	for name, into := range map[string]*[]*mail.Address{"to": &m.To, "cc": &m.Cc, "bcc": &m.Bcc} {
		if *into, err = w.addresses(ctx, name, item, index); err != nil {
			return m, err
		}
	}
	if len(m.To)+len(m.Cc)+len(m.Bcc) == 0 {
		return m, node.FieldError(connector.CodeRecipient, "with.to", "The mail has no recipient")
	}
	reply, err := w.addresses(ctx, "reply_to", item, index)
	if err != nil {
		return m, err
	}
	switch len(reply) {
	case 0:
	case 1:
		m.ReplyTo = reply[0]
	default:
		return m, node.FieldError(connector.CodeMail, "with.reply_to", "Answers go to one address, not to %d", len(reply))
	}
	for name, into := range map[string]*string{"subject": &m.Subject, "text": &m.Text, "html": &m.HTML} {
		if *into, err = w.text(ctx, name, item, index); err != nil {
			return m, err
		}
	}
	m.Attachments, err = w.attachments(ctx, item, index)
	return m, err
}

// text works out a field; what is no text is written as JSON, and null as nothing.
func (w *writer) text(ctx context.Context, name string, item any, index int) (string, error) {
	eval := w.fields[name]
	if eval == nil {
		return "", nil
	}
	raw, err := eval(ctx, item, index)
	if err != nil {
		return "", err
	}
	return asText(raw)
}

func asText(raw json.RawMessage) (text string, err error) {
	switch {
	case len(raw) == 0, bytes.Equal(raw, []byte("null")):
		return "", nil
	case raw[0] == '"':
		err = json.Unmarshal(raw, &text)
		return text, err
	}
	return string(raw), nil
}

func (w *writer) addresses(ctx context.Context, name string, item any, index int) ([]*mail.Address, error) {
	text, err := w.text(ctx, name, item, index)
	if err != nil || strings.TrimSpace(text) == "" {
		return nil, err
	}
	return addressesIn(name, text)
}

func noSender(from string) *errs.Error {
	return node.FieldError(connector.CodeMail, "with.from", "%q is no address such as Shop <shop@example.org>", from)
}

// addressesIn reads the addresses of a field.
func addressesIn(name, text string) ([]*mail.Address, error) {
	if strings.ContainsAny(text, "\r\n") {
		return nil, node.FieldError(connector.CodeRecipient, "with."+name, "Addresses cannot hold a line break: %q", text)
	}
	list, err := mail.ParseAddressList(text)
	if err != nil {
		return nil, node.FieldError(connector.CodeRecipient, "with."+name, "%q is no list of addresses such as Ada <ada@example.org>, bob@example.org", text)
	}
	return list, nil
}

func (w *writer) attachments(ctx context.Context, item any, index int) ([]connector.Attachment, error) {
	all, size := append([]connector.Attachment{}, w.files...), w.bytes
	if eval := w.fields["attachments"]; eval != nil {
		raw, err := eval(ctx, item, index)
		if err != nil {
			return nil, err
		}
		var names []json.RawMessage
		if err := json.Unmarshal(raw, &names); err != nil {
			return nil, node.FieldError(node.CodeConfigInvalid, "with.attachments", "Attachments are a list of names")
		}
		for _, one := range names {
			name, err := asText(one)
			if err != nil {
				return nil, err
			}
			if name == "" {
				continue // an expression that gave nothing
			}
			local, err := w.call.Env.Files.Local(ctx, w.call.Tenant, name)
			if err != nil {
				return nil, node.At("with.attachments", err)
			}
			info, err := os.Stat(local)
			if err != nil {
				return nil, errs.Internal(fmt.Errorf("look at an attachment: %w", err))
			}
			size += info.Size()
			all = append(all, connector.Attachment{Name: path.Base(name), MediaType: files.MediaType(name), Open: func() (io.ReadCloser, error) { return os.Open(local) }}) //nolint:gosec // the tenant's own file
		}
	}
	if size > mostAttached {
		return nil, node.FieldError("attachments_too_large", "with.attachments", "The attachments have %d MiB; at most %d go with a mail", size>>20, mostAttached>>20)
	}
	return all, nil
}

// addresses lists the recipients of a mail for people.
func addresses(m connector.Mail) string {
	var all []string
	for _, list := range [][]*mail.Address{m.To, m.Cc, m.Bcc} {
		for _, a := range list {
			all = append(all, a.Address)
		}
	}
	return strings.Join(all, ", ")
}
