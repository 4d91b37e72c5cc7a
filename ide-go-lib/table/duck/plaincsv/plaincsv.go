// Package plaincsv reads CSV files that are written plainly, several times as fast as DuckDB's own reader. It takes no value but in
// the form that the beginning of the file has it in, and fails at all else: where quotes stand within fields, a row has other
// fields, or a number is written as a code is. Such files are for DuckDB, or for whoever finds out what is meant.
package plaincsv

// #cgo CFLAGS: -O3
// #cgo CXXFLAGS: -O3 -std=c++17
// #include <stdlib.h>
// #include "function.h"
// #include "sample.h"
import "C"

import (
	"errors"
	"unsafe"
)

// Column is one of a file; its type is one that the beginning of a file can be found to be of.
type Column struct{ Name, Type string }

// Reach is what an instance of DuckDB may read of the file system, and how far it has come with it. It belongs to the instance.
type Reach struct{ r *C.struct_reach }

// Register adds the table function to an instance of DuckDB, by a handle of one of its connections. It reads no files but
// those given and those below the folders.
func Register(connection unsafe.Pointer, folders, files []string) (Reach, error) {
	r := (*C.struct_reach)(C.calloc(1, C.sizeof_struct_reach))
	r.folder, r.folders = texts(folders), C.size_t(len(folders))
	r.file, r.files = texts(files), C.size_t(len(files))
	name := C.CString(Function)
	defer C.free(unsafe.Pointer(name))
	if C.plaincsv_register(connection, name, r) != 0 {
		return Reach{}, errors.New("DuckDB takes no table function " + Function)
	}
	return Reach{r}, nil
}

// texts is a copy that C owns.
func texts(list []string) **C.char {
	if len(list) == 0 {
		return nil
	}
	out := (**C.char)(C.calloc(C.size_t(len(list)), C.size_t(unsafe.Sizeof((*C.char)(nil)))))
	for i, s := range list {
		unsafe.Slice(out, len(list))[i] = C.CString(s)
	}
	return out
}

// Begin forgets how far earlier readings were.
func (r Reach) Begin() { C.reach_begin(r.r) }

// Read gives the bytes that have been read since Begin. It must not be called once the instance is closed.
func (r Reach) Read() int64 { return int64(C.reach_done(r.r)) }
