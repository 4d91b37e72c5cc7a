package duck

import (
	"bytes"
	"io"
	"net/http"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/words"
)

// mostRecord is how many bytes of text a row may have. DuckDB refuses larger ones with their text in the error, or takes them for the
// end of all.
const mostRecord = maxLine - 1<<20

// records counts the rows that pass, so that whoever takes them can be asked for as many, and lets none pass that is too large to be
// taken.
type records struct {
	w        io.Writer
	columns  []table.StreamColumn
	progress table.Progress

	ended, told int64
	quoted      bool // within a text; a quote that is written twice ends and opens it
	size        int  // of the row so far
	field       int
	fieldSize   int
	largest     int // the field of it that has the most, and how much
	largestSize int
	refused     error
}

func (r *records) Write(p []byte) (n int, err error) {
	for len(p) > 0 {
		piece := p[:min(len(p), aheadChunk)]
		if err := r.see(piece); err != nil {
			return n, err
		}
		done, err := r.w.Write(piece)
		if n += done; err != nil {
			return n, err
		}
		p = p[len(piece):]
	}
	if r.progress != nil && r.ended-r.told >= tellEvery {
		r.told = r.ended
		r.progress(r.ended, 0, -1)
	}
	return n, nil
}

// see follows a piece, which is so short that the rows within it cannot be too large.
func (r *records) see(piece []byte) error {
	for len(piece) > 0 {
		i := bytes.IndexByte(piece, '"')
		part := piece
		if i >= 0 {
			part = piece[:i]
		}
		if !r.quoted {
			if last := bytes.LastIndexByte(part, '\n'); last >= 0 {
				if r.size+bytes.IndexByte(part, '\n') > mostRecord {
					return r.tooLarge()
				}
				r.ended += int64(bytes.Count(part, []byte{'\n'}))
				r.size, r.field, r.fieldSize, r.largest, r.largestSize = 0, 0, 0, 0, 0
				part = part[last+1:]
			}
			for {
				comma := bytes.IndexByte(part, ',')
				if comma < 0 {
					break
				}
				r.grow(comma)
				r.size, r.field, r.fieldSize = r.size+1, r.field+1, 0
				part = part[comma+1:]
			}
		}
		r.grow(len(part))
		if i < 0 {
			break
		}
		r.grow(1)
		r.quoted = !r.quoted
		piece = piece[i+1:]
	}
	if r.size > mostRecord {
		return r.tooLarge()
	}
	return nil
}

// grow adds bytes to the field.
func (r *records) grow(n int) {
	r.size += n
	if r.fieldSize += n; r.fieldSize > r.largestSize {
		r.largest, r.largestSize = r.field, r.fieldSize
	}
}

// rows says how many there were.
func (r *records) rows() int64 {
	if r.size > 0 { // without an end
		return r.ended + 1
	}
	return r.ended
}

func (r *records) tooLarge() error {
	row, name := r.ended+1, r.columns[min(r.largest, len(r.columns)-1)].Name
	e := errs.Invalid(table.CodeLargeRow, "Row %d has more than the %s of text that a row may have here; most of it is in the column %q.", row, words.Bytes(mostRecord), name).
		WithHint("Leave the column %q out, or cut its values short with a query of your own.", name)
	r.refused = e.With(e.At(errs.Place{Row: row}))
	return r.refused
}

// all makes sure that every row was taken.
func (r *records) all(taken int64) error {
	if given := r.rows(); given != taken {
		return errs.New(http.StatusBadGateway, "rows_mismatch", "Of %d rows that were read only %d could be kept; nothing was kept.", given, taken).
			WithHint("Read less at a time, and leave out columns with large values.")
	}
	return nil
}
