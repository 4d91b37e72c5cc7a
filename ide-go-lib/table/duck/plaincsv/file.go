package plaincsv

// #include <stdlib.h>
// #include "function.h"
// #include "sample.h"
import "C"

import (
	"bytes"
	"strconv"
	"strings"
	"unsafe"

	"dataflow/ide-go-lib/table/sqltext"
)

// Function is the name of the table function.
const Function = "__dataflow_plain_csv"

// File is how a file is written.
type File struct {
	Delimiter, Quote byte // a quote that is the delimiter is none
	Header           bool
	Columns          []Column
	Nulls            []string // texts that mean null
}

// Call is the table function for a file that has about so many rows, as SQL.
func (f File) Call(path string, rows int64) string {
	names, types := make([]string, len(f.Columns)), make([]string, len(f.Columns))
	for i, c := range f.Columns {
		names[i], types[i] = c.Name, c.Type
	}
	return Function + "(" + strings.Join([]string{
		sqltext.Literal(path), sqltext.Literal(string(rune(f.Delimiter))), sqltext.Literal(string(rune(f.Quote))), strconv.FormatBool(f.Header),
		strconv.FormatInt(rows, 10), list(names), list(types), list(f.Nulls),
	}, ", ") + ")"
}

func list(items []string) string {
	if len(items) == 0 {
		return "[]::VARCHAR[]"
	}
	out := make([]string, len(items))
	for i, s := range items {
		out[i] = sqltext.Literal(s)
	}
	return "[" + strings.Join(out, ", ") + "]"
}

// Plain says whether the beginning of a file is plain; sure, also that none of its values could make another type of its
// column, as a number may of more digits than DOUBLE keeps.
func (f File) Plain(sample []byte, whole, sure bool) bool {
	records := bytes.TrimPrefix(sample, []byte("\xef\xbb\xbf"))
	if len(records) == 0 {
		return true
	}
	columns, known := f.columns()
	defer C.free(unsafe.Pointer(columns))
	if !known {
		return false
	}
	l := C.struct_layout{delim: C.uint8_t(f.Delimiter), quote: C.uint8_t(f.Quote), sure: C.bool(sure), columns: C.size_t(len(f.Columns)), column: columns}
	var nulls []string
	for _, s := range f.Nulls {
		if s == "" {
			l.empty_is_null = true
		} else {
			nulls = append(nulls, s)
		}
	}
	l.null, l.nulls = texts(nulls), C.size_t(len(nulls))
	l.null_length = (*C.size_t)(C.calloc(C.size_t(len(nulls)+1), C.sizeof_size_t))
	defer func() {
		for _, s := range unsafe.Slice(l.null, len(nulls)) {
			C.free(unsafe.Pointer(s))
		}
		C.free(unsafe.Pointer(l.null))
		C.free(unsafe.Pointer(l.null_length))
	}()
	for i, s := range nulls {
		unsafe.Slice(l.null_length, len(nulls))[i] = C.size_t(len(s))
	}
	return C.sample_convert(&l, (*C.char)(unsafe.Pointer(unsafe.SliceData(records))), C.size_t(len(records)), C.bool(f.Header), C.bool(whole)) == nil
}

// columns gives the columns as C has them, for the caller to free, and whether all are of types that are read here.
func (f File) columns() (columns *C.struct_column, known bool) {
	columns = (*C.struct_column)(C.calloc(C.size_t(len(f.Columns)+1), C.sizeof_struct_column))
	known = len(f.Columns) > 0
	for i, c := range f.Columns {
		name := C.CString(c.Type)
		known = bool(C.kind_of(name, &unsafe.Slice(columns, len(f.Columns))[i])) && known
		C.free(unsafe.Pointer(name))
	}
	return columns, known
}
