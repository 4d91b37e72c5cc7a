// Package rowtext writes and reads the text in which rows travel through a table.Streamer.
package rowtext

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"dataflow/ide-go-lib/errs"
)

const bufferSize = 256 << 10

// Writer writes records. Close must be called.
type Writer struct {
	w      *bufio.Writer
	names  []string
	fields int
	row    int64
	err    error
}

// NewWriter makes a writer; names are those of the columns, for errors.
func NewWriter(w io.Writer, names []string) *Writer {
	return &Writer{w: bufio.NewWriterSize(w, bufferSize), names: names, row: 1}
}

// Null writes a field without a value.
func (w *Writer) Null() { w.next() }

// Text writes any text. A NUL character is refused: hardly any system keeps one in a text.
func (w *Writer) Text(text []byte) {
	if bytes.IndexByte(text, 0) >= 0 && w.err == nil {
		name := w.names[min(w.fields, len(w.names)-1)]
		message := fmt.Sprintf("The text in the column %q of row %d holds a NUL character.", name, w.row)
		w.err = errs.Invalid("nul_character", "%s", message).WithHint("Read the column as bytes, or take the characters out with a query of your own.").
			With(errs.Detail{Code: "nul_character", Message: message, Place: errs.Place{Row: w.row}})
	}
	w.next()
	w.put('"')
	for {
		i := bytes.IndexByte(text, '"')
		if i < 0 {
			break
		}
		w.write(text[:i+1])
		w.put('"')
		text = text[i+1:]
	}
	w.write(text)
	w.put('"')
}

// Bare writes a value that needs no quotes, such as a number, a time or hexadecimal digits.
func (w *Writer) Bare(value []byte) {
	w.next()
	w.write(value)
}

// Hex writes bytes as hexadecimal digits.
func (w *Writer) Hex(data []byte) {
	const digits = "0123456789ABCDEF"
	w.next()
	if len(data) == 0 { // nothing at all would be null
		w.write([]byte(`""`))
		return
	}
	for _, b := range data {
		w.put(digits[b>>4])
		w.put(digits[b&15])
	}
}

// Int writes a whole number.
func (w *Writer) Int(n int64) {
	var room [20]byte
	w.Bare(strconv.AppendInt(room[:0], n, 10))
}

// Mismatch writes nothing more, for the value that is next is not of its column's type.
func (w *Writer) Mismatch(value, typ string) {
	if w.err == nil {
		name := w.names[min(w.fields, len(w.names)-1)]
		message := fmt.Sprintf("%s in the column %q of row %d is not of the type %s.", value, name, w.row, typ)
		w.err = errs.Invalid("type_mismatch", "%s", message).WithHint("Convert or leave out the column %q with a query of your own.", name).
			With(errs.Detail{Code: "type_mismatch", Message: message, Place: errs.Place{Row: w.row}})
	}
	w.next()
}

// End ends the record.
func (w *Writer) End() error {
	w.put('\n')
	w.fields = 0
	w.row++
	return w.err
}

// Rows says how many records have ended.
func (w *Writer) Rows() int64 { return w.row - 1 }

// Close writes what is left; whoever lies below stays open.
func (w *Writer) Close() error {
	if w.err != nil {
		return w.err
	}
	return w.w.Flush()
}

func (w *Writer) next() {
	if w.fields > 0 {
		w.put(',')
	}
	w.fields++
}

func (w *Writer) put(c byte) {
	if w.err == nil {
		w.err = w.w.WriteByte(c)
	}
}

func (w *Writer) write(p []byte) {
	if w.err == nil {
		_, w.err = w.w.Write(p)
	}
}

// Field is one field of a record; its text is good until the next record.
type Field struct {
	Text []byte
	Null bool
}

// Reader reads records.
type Reader struct {
	r      *bufio.Reader
	fields []Field
	spans  []span
	buf    []byte
}

type span struct {
	start, end int
	null       bool
}

// NewReader makes a reader.
func NewReader(r io.Reader) *Reader { return &Reader{r: bufio.NewReaderSize(r, bufferSize)} }

var errCut = errors.New("the rows end within a record")

// Next gives the next record, or io.EOF. It is good until the next call.
func (r *Reader) Next() ([]Field, error) {
	r.buf, r.spans = r.buf[:0], r.spans[:0]
	c, err := r.r.ReadByte()
	if err != nil {
		return nil, err
	}
	for {
		start := len(r.buf)
		null := true
		if c == '"' {
			null = false
			if c, err = r.quoted(); err != nil {
				return nil, err
			}
		}
		for c != ',' && c != '\n' {
			null = false
			r.buf = append(r.buf, c)
			if c, err = r.byte(); err != nil {
				return nil, err
			}
		}
		r.spans = append(r.spans, span{start, len(r.buf), null})
		if c == '\n' {
			break
		}
		if c, err = r.byte(); err != nil {
			return nil, err
		}
	}
	r.fields = r.fields[:0]
	for _, s := range r.spans {
		r.fields = append(r.fields, Field{r.buf[s.start:s.end], s.null})
	}
	return r.fields, nil
}

// quoted reads what is left of a text in quotes and gives the character behind it.
func (r *Reader) quoted() (byte, error) {
	for {
		chunk, err := r.r.ReadSlice('"')
		r.buf = append(r.buf, chunk...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			return 0, cut(err)
		}
		c, err := r.byte()
		if err != nil {
			return 0, err
		}
		if c != '"' {
			r.buf = r.buf[:len(r.buf)-1]
			return c, nil
		}
	}
}

func (r *Reader) byte() (byte, error) {
	c, err := r.r.ReadByte()
	return c, cut(err)
}

func cut(err error) error {
	if errors.Is(err, io.EOF) {
		return errCut
	}
	return err
}
