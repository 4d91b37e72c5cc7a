package expr

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// shape reads a text of JSON onwards and finds what comes from outside and would be more than a value to a document database:
// a name that begins with $ is an operator, a string that begins with it is a field where something is computed, and code is run.
type shape struct {
	filter bool // the text asks for documents: strings are only values in it
	levels []level
	quoted bool
	escape bool
	text   []byte // the string that is read, as it is written
	first  bool   // its first byte comes from outside
	any    bool   // any of it does
}

// level is an object or a list that has not ended.
type level struct {
	object bool
	value  bool   // of an object: the name has been read
	name   string // of the object's value
}

// read goes on by some bytes and says what is wrong with them, or "".
func (s *shape) read(more []byte, outside bool) string {
	if outside && s.code() {
		return "would become code here"
	}
	for _, c := range more {
		if s.quoted {
			if wrong := s.within(c, outside); wrong != "" {
				return wrong
			}
			continue
		}
		switch last := len(s.levels) - 1; c {
		case '"':
			s.quoted, s.text, s.first, s.any = true, s.text[:0], false, false
		case '{', '[':
			s.levels = append(s.levels, level{object: c == '{'})
		case '}', ']':
			if last >= 0 {
				s.levels = s.levels[:last]
			}
		case ':', ',':
			if last >= 0 {
				s.levels[last].value = c == ':'
			}
		}
	}
	return ""
}

func (s *shape) within(c byte, outside bool) string {
	if c == '"' && !s.escape {
		s.quoted = false
		return s.ended()
	}
	s.escape = c == '\\' && !s.escape
	s.first = s.first || outside && len(s.text) == 0
	s.any = s.any || outside
	s.text = append(s.text, c)
	return ""
}

// ended looks at a string as a whole, for it may be put together of pieces.
func (s *shape) ended() string {
	var text string
	if json.Unmarshal(slices.Concat([]byte{'"'}, s.text, []byte{'"'}), &text) != nil {
		text = string(s.text) // whoever reads the text finds out
	}
	dollar := strings.HasPrefix(text, "$")
	if last := len(s.levels) - 1; last >= 0 && s.levels[last].object && !s.levels[last].value {
		s.levels[last].name = text
		if dollar && s.any {
			return fmt.Sprintf("makes the name %q, which would be an operator here", text)
		}
		return ""
	}
	if dollar && s.any && (s.first || !bytes.HasPrefix(s.text, []byte("$"))) && s.computed() {
		return fmt.Sprintf("makes the text %q, which would be a field here", brief(text))
	}
	return ""
}

// computed says whether a string that begins with $ is a field at this place.
func (s *shape) computed() bool {
	computed := !s.filter
	for _, l := range s.levels {
		switch l.name {
		case "$expr":
			computed = true
		case "$match":
			computed = false
		case "$literal":
			return false
		}
	}
	return computed
}

// code says whether what stands at this place is run.
func (s *shape) code() bool {
	for i, l := range s.levels {
		switch l.name {
		case "$where", "$code":
			return true
		case "$function", "$accumulator":
			arguments := i+1 < len(s.levels) && slices.Contains([]string{"args", "initArgs", "accumulateArgs"}, s.levels[i+1].name)
			return !arguments
		}
	}
	return false
}
