// Package coding knows the encodings of texts by their usual names. It is pure.
package coding

import (
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"

	"dataflow/ide-go-lib/errs"
)

// Named finds an encoding by any of its usual names, and gives its one name with it; of UTF-8 it is nil.
func Named(name string) (string, encoding.Encoding, error) {
	n := strings.ToLower(strings.TrimSpace(name))
	switch n {
	case "utf-8", "utf8", "utf-8-sig":
		return "utf-8", nil, nil
	case "utf-16", "utf16":
		return "utf-16", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), nil
	case "utf-16le":
		return n, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), nil
	case "utf-16be":
		return n, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), nil
	case "latin-1", "latin1", "iso-8859-1":
		n = "windows-1252" // the same but for control characters that no text has
	case "cp1252":
		n = "windows-1252"
	case "gb2312", "gbk", "gb-18030":
		n = "gb18030"
	}
	enc, err := htmlindex.Get(n)
	if err != nil {
		return "", nil, errs.Invalid("encoding_unknown", "There is no encoding %q; use utf-8, utf-16, windows-1252, latin-1, gb18030, big5, shift_jis, euc-kr or another of the WHATWG's names.", name)
	}
	return n, enc, nil
}
