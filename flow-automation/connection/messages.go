package connection

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/rowtext"
)

// shownBytes is how much of a body a look shows.
const shownBytes = 16 << 10

// lastMessages looks at the last messages of a topic.
func lastMessages(ctx context.Context, conn connector.Messages, topic string, most int) (*connector.Reading, error) {
	messages, err := conn.Last(ctx, topic, most)
	if err != nil {
		return nil, err
	}
	names := []string{"time", "key", "body", "headers", "topic", "id"}
	columns := make([]table.StreamColumn, len(names))
	for i, name := range names {
		columns[i].Column = table.Column{Name: name, Type: "VARCHAR"}
	}
	columns[0].Type = "TIMESTAMP WITH TIME ZONE"
	return &connector.Reading{Columns: columns, Feed: func(_ context.Context, w io.Writer) error {
		out := rowtext.NewWriter(w, names)
		for _, m := range messages {
			out.Bare([]byte(m.Time.UTC().Format("2006-01-02 15:04:05.000000+00")))
			shown(out, m.Key)
			shown(out, m.Body)
			headers := []byte(nil)
			if len(m.Headers) > 0 {
				if headers, err = json.Marshal(plain(m.Headers)); err != nil {
					return fmt.Errorf("write headers: %w", err)
				}
			}
			shown(out, headers)
			out.Text([]byte(m.Topic))
			out.Text([]byte(m.ID))
			if err := out.End(); err != nil {
				return err
			}
		}
		return out.Close()
	}}, nil
}

// plain gives the value of each header, or a list where there are several.
func plain(h connector.Headers) map[string]any {
	out := make(map[string]any, len(h))
	for name, values := range h {
		if out[name] = values; len(values) == 1 {
			out[name] = values[0]
		}
	}
	return out
}

// shown writes a text, or bytes as base64, and leaves out the end of what is long.
func shown(out *rowtext.Writer, data []byte) {
	if data == nil {
		out.Null()
		return
	}
	cut := data[:min(len(data), shownBytes)]
	text := strings.TrimRightFunc(string(cut), func(r rune) bool { return r == utf8.RuneError && len(cut) < len(data) })
	if !utf8.ValidString(text) || strings.Contains(text, "\x00") {
		text = "base64:" + base64.StdEncoding.EncodeToString(cut)
	}
	if len(cut) < len(data) {
		text += " …"
	}
	out.Text([]byte(text))
}
