package plaincsv

// #include <stdlib.h>
// #include "function.h"
// #include "sample.h"
import "C"

import (
	"bytes"
	"errors"
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

// Known says whether all columns are of types that are read here.
func (f File) Known() bool {
	var c C.struct_column
	for _, column := range f.Columns {
		name := C.CString(column.Type)
		known := bool(C.kind_of(name, &c))
		C.free(unsafe.Pointer(name))
		if !known {
			return false
		}
	}
	return len(f.Columns) > 0
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

// Check says why the beginning of a file is not plain, or whole would make others of the types: a number of more digits than
// DOUBLE keeps of any is not sure.
func (f File) Check(sample []byte, whole bool) error {
	records := bytes.TrimPrefix(sample, []byte("\xef\xbb\xbf"))
	if len(records) == 0 {
		return nil
	}
	l := C.struct_layout{delim: C.uint8_t(f.Delimiter), quote: C.uint8_t(f.Quote), sure: true, columns: C.size_t(len(f.Columns))}
	columns := (*C.struct_column)(C.calloc(C.size_t(len(f.Columns)), C.sizeof_struct_column))
	defer C.free(unsafe.Pointer(columns))
	for i, c := range f.Columns {
		name := C.CString(c.Type)
		known := bool(C.kind_of(name, &unsafe.Slice(columns, len(f.Columns))[i]))
		C.free(unsafe.Pointer(name))
		if !known {
			return errors.New("a column is of a type that is not read here: " + c.Type)
		}
	}
	l.column = columns
	var nulls []string
	for _, s := range f.Nulls {
		if s == "" {
			l.empty_is_null = true
		} else {
			nulls = append(nulls, s)
		}
	}
	l.null, l.nulls = texts(nulls), C.size_t(len(nulls))
	lengths := (*C.size_t)(C.calloc(C.size_t(len(nulls)+1), C.sizeof_size_t))
	defer func() {
		for _, s := range unsafe.Slice(l.null, len(nulls)) {
			C.free(unsafe.Pointer(s))
		}
		C.free(unsafe.Pointer(l.null))
		C.free(unsafe.Pointer(lengths))
	}()
	for i, s := range nulls {
		unsafe.Slice(lengths, len(nulls))[i] = C.size_t(len(s))
	}
	l.null_length = lengths
	if why := C.sample_convert(&l, (*C.char)(unsafe.Pointer(unsafe.SliceData(records))), C.size_t(len(records)), C.bool(f.Header), C.bool(whole)); why != nil {
		return errors.New(C.GoString(why))
	}
	return nil
}
