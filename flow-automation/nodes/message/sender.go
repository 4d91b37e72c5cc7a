package message

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table/rowtext"
	"dataflow/ide-go-lib/words"
)

// togetherBytes bounds what is in memory at a time.
const togetherBytes = 8 << 20

// sender sends rows as they come.
type sender struct {
	call  *node.Call
	conn  connector.Messages
	to    Send
	total int64

	row, sent int64
	batch     []connector.Message
	size      int
}

func (s *sender) drain(ctx context.Context, r io.Reader) error {
	for in := rowtext.NewReader(r); ; {
		fields, err := in.Next()
		if errors.Is(err, io.EOF) {
			return s.flush(ctx)
		}
		if err != nil {
			return err
		}
		if err := s.take(fields); err != nil {
			return err
		}
		if len(s.batch) == together || s.size > togetherBytes {
			if err := s.flush(ctx); err != nil {
				return err
			}
		}
	}
}

// take makes a message of a row: its body, its key where it has one, and its headers.
func (s *sender) take(fields []rowtext.Field) error {
	s.row++
	m := connector.Message{ID: fmt.Sprintf("%s:%d", s.call.IdempotencyKey, s.row)}
	data, err := unhex(fields[0])
	if err != nil {
		return err
	}
	m.Body, fields = data, fields[1:]
	if s.to.Key != "" {
		if m.Key, err = unhex(fields[0]); err != nil {
			return err
		}
		fields = fields[1:]
	}
	for i, name := range s.to.Headers {
		if !fields[i].Null {
			if m.Headers == nil {
				m.Headers = connector.Headers{}
			}
			m.Headers.Add(name, string(fields[i].Text))
		}
	}
	s.batch = append(s.batch, m)
	s.size += len(m.Body)
	return nil
}

func unhex(f rowtext.Field) ([]byte, error) {
	if f.Null {
		return nil, nil
	}
	out := make([]byte, hex.DecodedLen(len(f.Text)))
	if _, err := hex.Decode(out, f.Text); err != nil {
		return nil, errs.Internal(err)
	}
	return out, nil
}

func (s *sender) flush(ctx context.Context) error {
	if len(s.batch) == 0 {
		return nil
	}
	n, err := s.conn.Publish(ctx, s.to.Topic, s.batch)
	s.sent += int64(n)
	s.batch, s.size = s.batch[:0], 0
	s.call.Progress(s.sent, s.total, "messages")
	return err
}

// partly says in an error what was sent before it.
func (s *sender) partly(err error) error {
	var e *errs.Error
	if s.sent == 0 || !errors.As(err, &e) {
		return err
	}
	out := *e
	out.Hint = strings.TrimSpace(out.Hint + " " + words.Number(s.sent, "message is", "messages are") + " sent.")
	return &out
}
