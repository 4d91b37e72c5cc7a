package duck

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"

	"dataflow/ide-go-lib/table/coding"
)

// textCoding is how a file's characters are written.
type textCoding struct {
	name string
	enc  encoding.Encoding // nil is UTF-8
}

var (
	utf8Coding  = textCoding{name: "utf-8"}
	replacement = []byte("\uFFFD")
)

// namedCoding finds an encoding by any of its usual names.
func namedCoding(name string) (textCoding, error) {
	n, enc, err := coding.Named(name)
	return textCoding{n, enc}, err
}

// guessCoding looks at the beginning of a file. sure is false where only ASCII was seen.
func guessCoding(sample []byte, whole bool) (textCoding, bool) {
	switch {
	case bytes.HasPrefix(sample, []byte("\xef\xbb\xbf")):
		return utf8Coding, true
	case bytes.HasPrefix(sample, []byte("\xff\xfe")), bytes.HasPrefix(sample, []byte("\xfe\xff")):
		return textCoding{"utf-16", unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM)}, true
	}
	if odd, even := nulsAt(sample, 1), nulsAt(sample, 0); odd+even > len(sample)/5 {
		if odd >= even {
			return textCoding{"utf-16le", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)}, true
		}
		return textCoding{"utf-16be", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)}, true
	}
	if utf8.Valid(sample) || !whole && validPrefix(sample) {
		return utf8Coding, true
	}
	return textCoding{}, false
}

func nulsAt(b []byte, phase int) int {
	n := 0
	for i := phase; i < len(b); i += 2 {
		if b[i] == 0 {
			n++
		}
	}
	return n
}

// validPrefix allows for a character that is cut at the end.
func validPrefix(b []byte) bool {
	for cut := range min(4, len(b)+1) {
		if utf8.Valid(b[:len(b)-cut]) {
			return true
		}
	}
	return false
}

// classifyCoding reads a file that is not UTF-8 throughout and says what it is, or where two encodings are mixed.
func classifyCoding(ctx context.Context, path, file string) (textCoding, error) {
	f, err := os.Open(path) // #nosec G304 -- the file to import
	if err != nil {
		return textCoding{}, fmt.Errorf("read %s: %w", file, err)
	}
	defer f.Close()
	var sample []byte
	var wide, broken, brokenLine, wideLine int
	r := bufio.NewReaderSize(f, 1<<20)
	for line := 1; ; line++ {
		if line%10_000 == 0 && ctx.Err() != nil {
			return textCoding{}, contextError(ctx)
		}
		text, err := longLine(r)
		if bytes.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) {
			if utf8.Valid(text) {
				if wide == 0 {
					wideLine = line
				}
				wide++
			} else {
				if broken == 0 {
					brokenLine = line
				}
				broken++
				if len(sample) < 1<<18 {
					sample = append(sample, text...)
				}
			}
		}
		if err != nil {
			break
		}
	}
	if broken == 0 {
		return utf8Coding, nil
	}
	if looksChinese(sample) && wide <= broken/4 { // one Chinese character of ten happens to be valid UTF-8
		return namedCoding("gb18030")
	}
	if wide > 0 {
		first := fmt.Sprintf("line %d is UTF-8", wideLine)
		p := &csvProblem{line: brokenLine, message: "the line is not UTF-8 while " + first + ", so the file mixes encodings"}
		return textCoding{}, csvError(file, false, nil, p, "Save the file in one encoding, or set the encoding (for example windows-1252) to read it all as that.")
	}
	return namedCoding("windows-1252")
}

// longLine reads a line of any length; all of it is looked at, the tail of very long ones is not kept.
func longLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, err
	}
	line = bytes.Clone(line)
	for errors.Is(err, bufio.ErrBufferFull) {
		var more []byte
		if more, err = r.ReadSlice('\n'); len(line) < 16<<20 {
			line = append(line, more...)
		}
	}
	return line, err
}

// looksChinese says whether nearly all high bytes come in pairs of GB 2312's common characters; in Western text they
// stand alone among ASCII.
func looksChinese(b []byte) bool {
	pairs, alone := 0, 0
	for i := 0; i < len(b); i++ {
		if b[i] < 0x80 {
			continue
		}
		if i+1 < len(b) && b[i] >= 0x81 && b[i] <= 0xfe && b[i+1] >= 0x40 && b[i+1] != 0x7f && b[i+1] != 0xff {
			if b[i] >= 0xa1 && b[i] <= 0xf7 && b[i+1] >= 0xa1 {
				pairs++
			} else {
				alone++
			}
			i++
			continue
		}
		alone++
	}
	return pairs > 0 && pairs >= 9*alone
}

// transcode writes src as UTF-8 to dst and fails, with the line, where a character does not exist in the encoding.
func transcode(ctx context.Context, src, dst, file string, coding textCoding) error {
	in, err := os.Open(src) // #nosec G304 -- the file to import
	if err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	defer in.Close()
	out, err := os.OpenFile(dst, os.O_CREATE|os.O_WRONLY, 0o600) // #nosec G304 -- our own scratch directory
	if err != nil {
		return fmt.Errorf("convert %s: %w", file, err)
	}
	defer out.Close()
	r := coding.enc.NewDecoder().Reader(in)
	buf := make([]byte, 1<<18)
	line := 1
	var tail []byte // of the last piece: a replacement character may be cut
	for {
		if ctx.Err() != nil {
			return contextError(ctx)
		}
		n, err := r.Read(buf)
		piece := buf[:n]
		if i := bytes.Index(append(tail, piece...), replacement); i >= 0 {
			at := line + bytes.Count(piece[:max(0, min(n, i-len(tail)))], []byte("\n"))
			p := &csvProblem{line: at, message: "a character is not valid " + coding.name}
			return csvError(file, false, nil, p, "Set the encoding in which the file was saved, or save it as UTF-8.")
		}
		line += bytes.Count(piece, []byte("\n"))
		tail = bytes.Clone(piece[max(0, n-2):])
		if _, err := out.Write(piece); err != nil {
			return fmt.Errorf("convert %s: %w", file, err)
		}
		if errors.Is(err, io.EOF) {
			return out.Close()
		}
		if err != nil {
			return fmt.Errorf("convert %s: %w", file, err)
		}
	}
}
