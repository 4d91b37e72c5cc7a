package message

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/rowtext"
)

// together is how many messages are asked for at a time.
const together = 500

// bounds end a reading beside what people say.
type bounds struct {
	bytes int64         // of messages: what lies in the scratch folder has to have an end
	held  time.Duration // since the first message of a group
}

// usual leaves time to make the table and confirm before messages of a group are given to others.
func usual() bounds { return bounds{1 << 30, connector.Held / 2} }

// columns are those of the table, without its fields spread.
func (c Read) columns() []table.StreamColumn {
	body := table.StreamColumn{Column: table.Column{Name: "body", Type: "VARCHAR"}}
	if c.Format == JSON {
		body = table.StreamColumn{Column: table.Column{Name: "body", Type: "JSON"}, Coding: table.JSON}
	}
	text := func(name string) table.StreamColumn {
		return table.StreamColumn{Column: table.Column{Name: c.called(name), Type: "VARCHAR"}}
	}
	return []table.StreamColumn{
		text("topic"), text("key"), body,
		{Column: table.Column{Name: c.called("time"), Type: "TIMESTAMP WITH TIME ZONE"}},
		{Column: table.Column{Name: c.called("headers"), Type: "JSON"}, Coding: table.JSON},
		text("id"),
	}
}

// names are those of the columns.
func (c Read) names() []string {
	columns := c.columns()
	names := make([]string, len(columns))
	for i, col := range columns {
		names[i] = col.Name
	}
	return names
}

// called is the name of a column that must not be mistaken for a field of a body.
func (c Read) called(name string) string {
	if c.Spread {
		return "message_" + name
	}
	return name
}

// spool writes the messages into a file, so that no part of the table engine waits for them.
func (c Read) spool(ctx context.Context, call *node.Call, sub connector.Subscription, path string, b bounds) (n int, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600) //nolint:gosec // in a folder made for it
	if err != nil {
		return 0, errs.Internal(err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	out := rowtext.NewWriter(f, c.names())
	whole, stop := context.WithTimeout(ctx, seconds(c.Seconds))
	defer stop()
	var size int64
	for n < c.Messages && size < b.bytes {
		waiting, quiet := context.WithTimeout(whole, seconds(c.Quiet))
		got, err := sub.Next(waiting, min(c.Messages-n, together))
		quiet()
		if ended := connector.Ended(ctx); ended != nil {
			return n, ended
		}
		if connector.AwaitsConfirmation(err) {
			call.Log("info", "The reading ends here: "+errs.From(err).Message)
			break
		}
		if connector.TimeUp(err) {
			break
		}
		if err != nil {
			return n, err
		}
		if n == 0 && c.Group != "" { // later, others may be given what is not confirmed
			var free context.CancelFunc
			whole, free = context.WithTimeout(whole, b.held)
			defer free()
		}
		for _, m := range got {
			if err := c.row(out, m); err != nil {
				return n, err
			}
			size += int64(len(m.Body) + len(m.Key))
		}
		n += len(got)
		call.Progress(int64(n), 0, "messages") // how many will come nobody knows
	}
	if size >= b.bytes {
		call.Log("warn", fmt.Sprintf("The reading ends with %d bytes of messages, for no table is made of more at a time.", size))
	}
	return n, out.Close()
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// row writes a message.
func (c Read) row(out *rowtext.Writer, m connector.Message) error {
	out.Text([]byte(m.Topic))
	if m.Key == nil {
		out.Null()
	} else {
		out.Text([]byte(readable(m.Key)))
	}
	if err := c.body(out, m); err != nil {
		return err
	}
	out.Bare([]byte(m.Time.UTC().Format("2006-01-02 15:04:05.000000+00")))
	if len(m.Headers) == 0 {
		out.Null()
	} else {
		raw, err := json.Marshal(headers(m))
		if err != nil {
			return errs.Internal(err)
		}
		out.Text(raw)
	}
	out.Text([]byte(m.ID))
	return out.End()
}

// headers gives those of a message: the value of each, or a list where there are several.
func headers(m connector.Message) map[string]any {
	out := make(map[string]any, len(m.Headers))
	for name, values := range m.Headers {
		list := make([]string, len(values))
		for i, v := range values {
			list[i] = readable([]byte(v))
		}
		if out[readable([]byte(name))] = list; len(list) == 1 {
			out[readable([]byte(name))] = list[0]
		}
	}
	return out
}

func (c Read) body(out *rowtext.Writer, m connector.Message) error {
	text := textual(m.Body)
	switch {
	case m.Body == nil, c.Format == JSON && len(m.Body) == 0:
		out.Null()
	case c.Format == Binary:
		out.Text([]byte(base64.StdEncoding.EncodeToString(m.Body)))
	case c.Format == Text && text, c.Format == JSON && text && json.Valid(m.Body):
		out.Text(m.Body)
	case c.Invalid == "fail":
		return c.unreadable(m)
	default:
		plain := string(m.Body)
		if !text {
			plain = base64.StdEncoding.EncodeToString(m.Body)
		}
		if c.Format == JSON {
			raw, err := json.Marshal(plain)
			if err != nil {
				return errs.Internal(err)
			}
			plain = string(raw)
		}
		out.Text([]byte(plain))
	}
	return nil
}

func (c Read) unreadable(m connector.Message) error {
	what := "JSON"
	if c.Format == Text {
		what = "text"
	}
	name := m.Topic
	if m.ID != "" {
		name = fmt.Sprintf("%s in %s", m.ID, m.Topic)
	}
	const code = "body_invalid"
	return node.FieldError(code, "with.format", "The body of the message %s is no %s: %.60q.", name, what, m.Body).
		WithHint("Choose another format of bodies, or take other bodies as text.")
}

// coded is how what is no text begins in another form.
const coded = "base64:"

// readable gives what is no text in another form, and what would be taken for it.
func readable(b []byte) string {
	if textual(b) && !strings.HasPrefix(string(b), coded) {
		return string(b)
	}
	return coded + base64.StdEncoding.EncodeToString(b)
}

func textual(b []byte) bool { return utf8.Valid(b) && !strings.Contains(string(b), "\x00") }
