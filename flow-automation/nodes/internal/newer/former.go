package newer

import (
	"strings"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltype"
)

// of gives the columns that the digests are of; none where that is not known. Earlier versions wrote them down as one text: where
// the table has the very same, no name or type has to be found in it.
func (k kept) of(have []table.Column) []table.Column {
	switch k.Former {
	case "":
		return k.Columns
	case former(have):
		return have
	}
	return parse(k.Former)
}

// former is how earlier versions wrote columns.
func former(columns []table.Column) string {
	texts := make([]string, len(columns))
	for i, c := range columns {
		texts[i] = c.Name + " " + c.Type
	}
	return strings.Join(texts, comma)
}

const comma = ", "

// parse reads such a text. Types may have commas and spaces, and so may names: each column is as short as it can be, with a type
// as long as it can be.
func parse(text string) (columns []table.Column) {
	for piece := 0; ; piece += len(comma) {
		next := strings.Index(text[piece:], comma)
		if piece += next; next < 0 {
			piece = len(text)
		}
		c, is := column(text[:piece])
		switch {
		case is && next < 0:
			return append(columns, c)
		case next < 0:
			return nil
		case is:
			columns, text, piece = append(columns, c), text[piece+len(comma):], -len(comma)
		}
	}
}

func column(text string) (c table.Column, is bool) {
	for end := range len(text) {
		if text[end] != ' ' || end == 0 || strings.Count(text[:end], "(") != strings.Count(text[:end], ")") { // within a type
			continue
		}
		if _, is := sqltype.Parse(text[end+1:]); is {
			return table.Column{Name: text[:end], Type: text[end+1:]}, true
		}
	}
	return c, false
}
