package duck

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/duck/fields"
)

// formsHidden says whether a column that the beginning of the file takes for one of numbers has, behind it, what is none as it is
// written: 007 or +49, of which DuckDB would make a number without a word. It also says so where it cannot tell, for then all
// of the file is looked at, which takes far longer. What is in the sample is known.
func (r *reading) formsHidden(sample []byte, d dialect, types []csvType) (bool, error) {
	w := &formWatch{d: d, columns: make([]csvForms, len(types)), known: bytes.LastIndexByte(sample, '\n') + 1}
	w.parts = &formWatch{d: d, columns: w.columns, known: w.known}
	watched := false
	for i, t := range types {
		if !r.typeSet(d.names[i]) {
			w.columns[i] = t.forms
			watched = watched || t.forms != csvForms{}
		}
	}
	if !watched {
		return false, nil
	}
	f, err := os.Open(r.path)
	if err != nil {
		return false, errs.Internal(fmt.Errorf("read %s: %w", r.file, err))
	}
	defer f.Close()
	hidden, err := w.file(f)
	if err != nil {
		return false, errs.Internal(fmt.Errorf("read %s: %w", r.file, err))
	}
	return hidden, nil
}

// typeSet says whether the type of a column is set.
func (r *reading) typeSet(column string) bool {
	for name := range r.opts.Types {
		if _, err := find([]table.Column{{Name: column}}, name); err == nil {
			return true
		}
	}
	return slices.ContainsFunc(r.opts.Texts, func(text string) bool { return strings.EqualFold(text, column) })
}

// csvForms are the forms that tell of a column that it is none of numbers.
type csvForms struct {
	zero  bool // zeros before: 007
	plus  bool // a + before whole numbers: +49
	parts bool // a _ between digits: 1_000
}

// formWatch looks for forms in blocks of whole lines, at the speed at which they are read.
type formWatch struct {
	d       dialect
	columns []csvForms
	known   int        // bytes at the beginning of the file that need no look
	parts   *formWatch // the same for what is not at the beginning of a field

	block  []byte // lines, behind a line end
	line   int    // where in it the line begins that was looked at last
	quoted bool   // whether that line begins within quotes
	low    [1024]uint32
}

const formBlock = 256 << 10

// file reads on where a block ends with its last line.
func (w *formWatch) file(r io.Reader) (bool, error) {
	buffer := make([]byte, 1+formBlock)
	buffer[0] = '\n'
	have := 1
	for {
		n, err := io.ReadFull(r, buffer[have:])
		have += n
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return false, err
		}
		end := have
		if !last {
			if end = bytes.LastIndexByte(buffer[1:have], '\n') + 2; end == 1 {
				return true, nil // lines as long as that, or such as end otherwise
			}
		}
		if w.lines(buffer[:end]) || w.parts != nil && w.parts.between(buffer[:end]) {
			return true, nil
		}
		if last {
			return false, nil
		}
		have = 1 + copy(buffer[1:], buffer[end:have])
	}
}

func (w *formWatch) lines(block []byte) bool {
	w.block, w.line = block, 1
	i := min(1+w.known, len(block))
	w.known = max(0, w.known-(len(block)-1))
	quote := w.d.delim
	if w.d.quote != 0 {
		quote = w.d.quote
	}
	for i < len(block) {
		var n int
		n, i = fields.Low(block, i, w.d.delim, quote, w.low[:])
		for _, at := range w.low[:n] {
			if w.at(int(at)) {
				return true
			}
		}
	}
	w.to(len(block))
	return false
}

// at says whether a form is at a place, of a column in which it tells.
func (w *formWatch) at(i int) bool {
	b := w.block
	if !w.begins(i) {
		return false
	}
	from := i
	for i < len(b) && w.blank(b[i]) {
		i++
	}
	plus := i < len(b) && b[i] == '+'
	if plus || i < len(b) && b[i] == '-' {
		i++
	}
	if i == len(b) || !isDigit(b[i]) {
		return false
	}
	zero := b[i] == '0' && i+1 < len(b) && isDigit(b[i+1])
	for ; i < len(b) && isDigit(b[i]); i++ {
	}
	plus = plus && w.ends(i)
	return (zero || plus) && w.tells(from, func(f csvForms) bool { return zero && f.zero || plus && f.plus })
}

// between is for the forms that may be anywhere within a number.
func (w *formWatch) between(block []byte) bool {
	w.block, w.line = block, 1
	i := min(1+w.known, len(block))
	w.known = max(0, w.known-(len(block)-1))
	for ; i < len(block); i++ {
		n := bytes.IndexByte(block[i:], '_')
		if n < 0 {
			break
		}
		i += n
		if isDigit(block[i-1]) && i+1 < len(block) && isDigit(block[i+1]) && w.tells(i, func(f csvForms) bool { return f.parts }) {
			return true
		}
	}
	w.to(len(block))
	return false
}

// blank says whether a byte is one that DuckDB does not mind around numbers.
func (w *formWatch) blank(c byte) bool {
	return c == ' ' || c != w.d.delim && (c == '\t' || c == '\v' || c == '\f')
}

// begins says whether a field may begin at a place, but for spaces.
func (w *formWatch) begins(i int) bool {
	for w.blank(w.block[i-1]) {
		i--
	}
	c := w.block[i-1]
	return c == w.d.delim || c == '\n' || c == '\r' || c == w.d.quote
}

// ends says whether a field may end at a place.
func (w *formWatch) ends(i int) bool {
	return i >= len(w.block) || slices.Contains([]byte{w.d.delim, '\n', '\r', ' ', w.d.quote}, w.block[i])
}

// tells says whether the column of a field that begins at a place is one in which a form tells, or cannot be known.
func (w *formWatch) tells(i int, form func(csvForms) bool) bool {
	w.to(i)
	before := w.block[w.line:i]
	column := 0
	switch {
	case w.d.quote == 0 || bytes.IndexByte(before, w.d.quote) < 0:
		// A record that began on a line before would have had to close its quotes on this one.
		column = bytes.Count(before, []byte{w.d.delim})
	case w.quoted || w.d.escape != 0 && w.d.escape != w.d.quote:
		return true
	default:
		within := false
		for _, c := range before {
			switch {
			case c == w.d.quote:
				within = !within
			case c == w.d.delim && !within:
				column++
			}
		}
	}
	return column < len(w.columns) && form(w.columns[column])
}

// to goes on to the line of a place, which is no less than the one before.
func (w *formWatch) to(i int) {
	next := w.line + bytes.LastIndexByte(w.block[w.line:i], '\n') + 1
	if w.d.quote != 0 && bytes.Count(w.block[w.line:next], []byte{w.d.quote})%2 == 1 {
		w.quoted = !w.quoted
	}
	w.line = next
}
