// Package charset turns texts into the bytes of a character set and back, and loses nothing silently.
package charset

import (
	"context"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/incoming"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// Check finds a character set that is not known.
func Check(field, name string) []errs.Detail {
	if strings.Contains(name, "{{") {
		return nil
	}
	if _, err := Get(field, name); err != nil {
		return errs.From(err).Details
	}
	return nil
}

// Set is a character set.
type Set struct {
	field, name string
	encoding    encoding.Encoding // nil is UTF-8
}

// Get finds a character set by any of the names that web pages use.
func Get(field, name string) (Set, error) {
	if name == "" || strings.EqualFold(name, "utf-8") || strings.EqualFold(name, "utf8") {
		return Set{field: field, name: "utf-8"}, nil
	}
	e, err := htmlindex.Get(name)
	if err != nil || e == encoding.Replacement {
		return Set{}, node.FieldError("unknown_charset", field, "There is no character set %q; there are utf-8, gb18030, big5, shift_jis, euc-kr, windows-1252, iso-8859-2, utf-16le and the others that web pages use", name)
	}
	return Set{field, name, e}, nil
}

// Each applies f to the text that comes in, or to every one of a list, with the set of the field with.charset.
func Each(ctx context.Context, call *node.Call, name string, f func(in incoming.Taken, set Set, text string) (any, error)) (value.Outputs, error) {
	set, err := Get("with.charset", name)
	if err != nil {
		return nil, err
	}
	in, err := incoming.Take(ctx, call)
	if err != nil {
		return nil, err
	}
	return in.EachText(ctx, func(text string) (any, error) { return f(in, set, text) })
}

// Bytes gives the bytes of a text.
func (s Set) Bytes(text string) ([]byte, error) {
	if s.encoding == nil {
		return []byte(text), nil
	}
	data, err := s.encoding.NewEncoder().Bytes([]byte(text))
	if err != nil {
		return nil, node.FieldError("charset_mismatch", s.field, "The text has a character that %s does not have", s.name)
	}
	return data, nil
}

// Text gives the text of bytes. Bytes that mean nothing in the set are an error.
func (s Set) Text(data []byte) (string, error) {
	if s.encoding == nil {
		if at := invalid(data); at >= 0 {
			return "", node.FieldError("charset_mismatch", s.field, "The bytes are not UTF-8 text, from byte %d on; set the character set that they are in", at+1)
		}
		return string(data), nil
	}
	text, err := s.encoding.NewDecoder().Bytes(data)
	if err != nil || strings.ContainsRune(string(text), utf8.RuneError) {
		return "", node.FieldError("charset_mismatch", s.field, "The bytes are not text in %s", s.name)
	}
	return string(text), nil
}

// invalid gives the first byte that belongs to no character; -1 for none.
func invalid(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}
