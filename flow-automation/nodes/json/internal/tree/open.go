package tree

import (
	"bytes"
	"encoding/json"
)

// open takes an object or a list apart, one level deep. Of a name that is there twice the last value counts, as everywhere.
func (n *Node) open() {
	if n.opened || len(n.raw) == 0 || n.raw[0] != '{' && n.raw[0] != '[' {
		return
	}
	s := scanner{n.raw, 1}
	n.object = n.raw[0] == '{'
	n.opened = true
	for {
		switch s.next() {
		case '}', ']', 0:
			n.raw = nil
			return
		case ',':
			s.at++
			continue
		}
		if !n.object {
			n.kids = append(n.kids, &Node{raw: s.value()})
			continue
		}
		name := unquote(s.value())
		s.next()
		s.at++ // the colon
		s.next()
		n.Put(name, &Node{raw: s.value()})
	}
}

// scanner walks over JSON that is known to be valid.
type scanner struct {
	data []byte
	at   int
}

// next skips white space and gives the character that follows; 0 at the end.
func (s *scanner) next() byte {
	for ; s.at < len(s.data); s.at++ {
		switch c := s.data[s.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// value gives the value that begins here.
func (s *scanner) value() json.RawMessage {
	start, depth := s.at, 0
	for s.at < len(s.data) {
		switch s.data[s.at] {
		case '"':
			s.text()
			if depth == 0 {
				return s.data[start:s.at]
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return s.data[start:s.at] // a number or word, at the end of what holds it
			}
			if depth--; depth == 0 {
				s.at++
				return s.data[start:s.at]
			}
		case ',', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return s.data[start:s.at]
			}
		}
		s.at++
	}
	return s.data[start:s.at]
}

// text skips a text with its quotes.
func (s *scanner) text() {
	for s.at++; s.at < len(s.data); s.at++ {
		switch s.data[s.at] {
		case '\\':
			s.at++
		case '"':
			s.at++
			return
		}
	}
}

func unquote(raw json.RawMessage) string {
	if len(raw) >= 2 && bytes.IndexByte(raw, '\\') < 0 {
		return string(bytes.ToValidUTF8(raw[1:len(raw)-1], []byte("\ufffd")))
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return string(raw)
	}
	return s
}

func trim(raw json.RawMessage) json.RawMessage { return bytes.TrimSpace(raw) }
