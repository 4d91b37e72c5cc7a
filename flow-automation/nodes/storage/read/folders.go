package read

import (
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/pattern"
	"dataflow/ide-go-lib/table"
)

// folders are the columns that folders such as day=2026-12-31 make, in the order in which they are met.
type folders struct {
	columns []table.Column
	at      map[string]int
}

// noValue is how an empty value is written as a folder.
const noValue = "__HIVE_DEFAULT_PARTITION__"

// given are the columns and values of an object's folders; a nil value is empty.
func given(name string, each func(column string, value *string)) {
	parts := strings.Split(name, "/")
	for _, part := range parts[:len(parts)-1] {
		column, text, ok := strings.Cut(part, "=")
		if !ok || !utf8.ValidString(part) {
			continue
		}
		if column = unescaped(column); column == "" || strings.ContainsFunc(column, unicode.IsControl) {
			continue // no name of a column: a folder like others
		}
		if text == noValue {
			each(column, nil)
			continue
		}
		text = unescaped(text)
		each(column, &text)
	}
}

// unescaped takes what is not escaped as it is, and so what would be no text.
func unescaped(text string) string {
	if plain, err := url.PathUnescape(text); err == nil && utf8.ValidString(plain) {
		return plain
	}
	return text
}

// mostColumns is how many columns a table of objects has.
const mostColumns = 2000

// tooManyColumns is the error of an object with which there are more.
func tooManyColumns(field, object string) error {
	return node.FieldError("too_many_columns", field, "With %s there are more than %d columns, which is the most that a table of objects has", object, mostColumns).
		WithHint("Begin further down, so that only objects of one kind are read; or make no columns of folders.")
}

// learn takes an object's folders into account.
func (f *folders) learn(name string) {
	given(name, func(column string, value *string) {
		key := strings.ToLower(column)
		i, known := f.at[key]
		if !known {
			if f.at == nil {
				f.at = map[string]int{}
			}
			i = len(f.columns)
			f.at[key] = i
			f.columns = append(f.columns, table.Column{Name: column})
		}
		if value == nil {
			return
		}
		typ := typeOf(*value)
		switch have := &f.columns[i].Type; {
		case *have == "":
			*have = typ
		case *have != typ:
			*have = common(*have, typ)
		}
	})
}

// is says whether a column is made of folders.
func (f *folders) is(column string) bool {
	_, is := f.at[strings.ToLower(column)]
	return is
}

// typed gives the columns with their types.
func (f *folders) typed() []table.Column {
	out := slices.Clone(f.columns)
	for i := range out {
		if out[i].Type == "" { // all are empty
			out[i].Type = "VARCHAR"
		}
	}
	return out
}

// values gives those of an object, in the order of the columns.
func (f *folders) values(name string) []*string {
	out := make([]*string, len(f.columns))
	if len(out) > 0 {
		given(name, func(column string, value *string) { out[f.at[strings.ToLower(column)]] = value })
	}
	return out
}

// whole is a number of at most 18 digits, without zeros in front: those are part of a name.
var whole = pattern.Of(`^-?(0|[1-9][0-9]{0,17})$`)

// typeOf tells the type of one value.
func typeOf(text string) string {
	if whole.MatchString(text) && text != "-0" {
		return "BIGINT"
	}
	if text == "true" || text == "false" {
		return "BOOLEAN"
	}
	if _, err := time.Parse(time.DateOnly, text); err == nil {
		return "DATE"
	}
	if _, err := time.Parse(time.DateTime, text); err == nil {
		return "TIMESTAMP"
	}
	return "VARCHAR"
}
