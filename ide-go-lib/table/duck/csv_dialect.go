package duck

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/words"
)

// dialect is how a CSV file is written.
type dialect struct {
	delim, quote byte
	escape       byte // 0 is the quote
	skip         int  // lines before the first record
	header       bool
	names        []string
}

const sniffRecords = 500

// sniff finds out what the options leave open, from the beginning of the file.
func sniff(sample []byte, whole bool, file string, opts table.ImportOptions) (dialect, error) {
	d := dialect{quote: '"'}
	var err error
	if d.quote, err = table.CSVSign("quote", opts.Quote, '"'); err != nil {
		return d, err
	}
	if d.delim, err = table.CSVSign("delimiter", opts.Delimiter, 0); err != nil {
		return d, err
	}
	if d.escape, err = table.CSVSign("escape", opts.Escape, 0); err != nil {
		return d, err
	}
	if d.skip = opts.Skip; d.skip < 0 {
		return d, errs.Invalid("option_invalid", "The number of lines to skip cannot be %d.", d.skip)
	}
	if len(bytes.TrimSpace(bytes.TrimPrefix(sample, []byte("\xef\xbb\xbf")))) == 0 {
		return d, errs.Invalid("csv_invalid", "%s is empty: it has no header and no rows.", file).
			WithHint("Check how the file was made, and upload it again.").
			With(errs.Detail{Code: "csv_invalid", Message: "the file is empty", Place: errs.Place{File: file}})
	}
	if said := separatorLine(sample); said != 0 && d.skip == 0 && (d.delim == 0 || d.delim == said) {
		d.delim, d.skip = said, 1
	}
	if d.delim == 0 {
		d.delim = bestDelimiter(sample, d, file)
		if tellsNothing(file, opts) {
			if err := splitAlike(sample, whole, d, file); err != nil {
				return d, err
			}
		}
	}
	if d.quote == d.delim || d.quote == 0 {
		return d, errs.Invalid("option_invalid", "The quote must be a character that is not the delimiter.").
			WithHint("Leave the quote empty for \", or take a character that does not come in the file.")
	}
	s := newCSVScanner(bytes.NewReader(sample), d)
	first, line, err := s.next()
	var p *csvProblem
	if errors.Is(err, io.EOF) {
		p = &csvProblem{line: s.line, message: "there is nothing beyond the lines that are skipped"}
		return d, csvError(file, false, nil, p, "Skip fewer lines.")
	}
	if errors.As(err, &p) {
		if !whole && strings.Contains(p.message, "never closed") {
			p.message = "the quote that opens here is not closed within the first megabytes"
		}
		return d, csvError(file, false, nil, p, "Close the quote in the file, or set the quote character that it uses.")
	}
	if err != nil {
		return d, errs.Internal(err)
	}
	cells := make([]string, len(first))
	for i, f := range first {
		cells[i] = strings.TrimSpace(string(f))
	}
	if opts.Header != nil {
		d.header = *opts.Header
	} else {
		d.header = looksLikeHeader(cells)
	}
	if d.header { // DuckDB would take it for a row where empty lines come before it
		d.skip = line - 1
	}
	d.names, err = columnNames(cells, d.header, file, line)
	return d, err
}

// separatorLine gives the delimiter that a first line such as sep=; says, which Excel writes and reads; 0 is none.
func separatorLine(sample []byte) byte {
	line, _, found := bytes.Cut(bytes.TrimPrefix(sample, []byte("\xef\xbb\xbf")), []byte{'\n'})
	line = bytes.TrimSuffix(line, []byte{'\r'})
	if text, ok := bytes.CutPrefix(line, []byte("sep=")); found && ok && len(text) == 1 && text[0] < utf8.RuneSelf {
		return text[0]
	}
	return 0
}

// bestDelimiter is the one that splits most records into the same number of fields.
func bestDelimiter(sample []byte, d dialect, file string) byte {
	candidates := []byte{',', ';', '\t', '|'}
	if strings.HasSuffix(strings.ToLower(file), ".tsv") {
		candidates = []byte{'\t', ',', ';', '|'}
	}
	best, bestScore := candidates[0], 0.0
	for _, c := range candidates {
		counts := map[int]int{}
		d.delim = c
		s := newCSVScanner(bytes.NewReader(sample), d)
		total, first := 0, 0
		for total < sniffRecords {
			fields, _, err := s.next()
			if err != nil {
				break
			}
			if total == 0 {
				first = len(fields)
			}
			counts[len(fields)]++
			total++
		}
		mode, most := 0, 0
		for n, k := range counts {
			if k > most || k == most && n > mode {
				mode, most = n, k
			}
		}
		if mode < 2 {
			if first < 2 {
				continue
			}
			mode, most = first, 1
		}
		share := float64(most) / float64(total)
		score := share * share * math.Log2(float64(1+mode))
		if first == mode {
			score *= 1.5
		}
		if score > bestScore {
			best, bestScore = c, score
		}
	}
	return best
}

// looksLikeHeader: names are there, differ, and none is a number, a date or a truth value.
func looksLikeHeader(cells []string) bool {
	seen := map[string]bool{}
	given := 0
	for _, c := range cells {
		if c == "" {
			continue
		}
		given++
		if t, _ := classify([]byte(c)); t != isText {
			return false
		}
		seen[c] = true
	}
	return given > 0
}

// columnNames gives the names, made up where the file has none.
func columnNames(cells []string, header bool, file string, line int) ([]string, error) {
	names := make([]string, len(cells))
	seen := map[string]int{}
	for i, c := range cells {
		if strings.ContainsRune(c, 0) {
			p := &csvProblem{line: line, row: 1, column: i + 1, message: "there are bytes here that no text has, so it is probably no CSV file"}
			return nil, csvError(file, true, nil, p, "Look what kind of file it is; a workbook of Excel must end in .xlsx.")
		}
		if c = strings.ToValidUTF8(c, "�"); !header || c == "" {
			c = fmt.Sprintf("column%d", i+1)
		}
		if first, double := seen[strings.ToLower(c)]; double && header {
			p := &csvProblem{line: line, row: 1, column: i + 1, message: fmt.Sprintf("the columns %d and %d are both called %q", first, i+1, c)}
			return nil, csvError(file, true, nil, p, "Rename one of them in the file's header, or set header to no: the columns are then called column1, column2 and so on.")
		}
		seen[strings.ToLower(c)] = i + 1
		names[i] = c
	}
	return names, nil
}

// diagnose reads the file until the first mistake that the options do not allow for; nil when there is none.
func diagnose(r io.Reader, d dialect, file string) *errs.Error {
	s := newCSVScanner(r, d)
	for {
		fields, line, err := s.next()
		var p *csvProblem
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &p):
			hint := `Correct the file, set another quote or escape character, or set bad rows to "skip".`
			if strings.Contains(p.message, "never closed") { // such a row may hold others and cannot be left out
				hint = "Close the quote there, or set another quote or escape character."
			}
			return csvError(file, d.header, d.names, p, hint)
		case err != nil:
			return errs.Internal(err)
		case len(fields) != len(d.names):
			p := &csvProblem{line: line, row: s.row, message: fmt.Sprintf("the row has %s where %s expected", words.Number(len(fields), "field", "fields"), wereExpected(len(d.names)))}
			hint := fmt.Sprintf(`Correct the row, check the delimiter (%q was used), or set bad rows to "skip".`, string(d.delim))
			if d.skip == 0 && len(d.names) == 1 {
				hint = fmt.Sprintf("If the file begins with other lines than the header, set how many lines to skip, such as %d. ", line-1) + hint
			}
			return csvError(file, d.header, d.names, p, hint)
		}
	}
}

func wereExpected(n int) string {
	if n == 1 {
		return "1 was"
	}
	return fmt.Sprintf("%d were", n)
}
