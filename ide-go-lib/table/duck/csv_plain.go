package duck

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/pattern"
	"dataflow/ide-go-lib/table"
)

// tellsNothing says whether a file is one that people write tables and anything else into, so that its name tells nothing.
func tellsNothing(file string, opts table.ImportOptions) bool {
	return opts.Format == "" && opts.Delimiter == "" && strings.EqualFold(path.Ext(file), ".txt")
}

// logged is what stands around the comma of a time in a log, such as 08:15:30,125.
var logged = pattern.Of(`\d\d:\d\d:\d\d,\d{3}\b`)

// splitAlike refuses a text that is no table: at least nine of ten records, and the first, are to have as many fields, and more
// than one.
func splitAlike(sample []byte, whole bool, d dialect, file string) error {
	refuse := func(format string, args ...any) error {
		message := fmt.Sprintf(format, args...)
		return errs.Invalid("format_unknown", "Whether %s is a table cannot be told: %s.", file, message).
			WithHint("Set the format: csv, with the delimiter if there is one, when each line is a row; else json, ndjson, parquet or xlsx.").
			With(errs.Detail{Code: "format_unknown", Message: message, Place: errs.Place{File: file}})
	}
	if !whole { // the last record is cut
		if end := bytes.LastIndexByte(sample, '\n'); end > 0 {
			sample = sample[:end+1]
		}
	}
	s := newCSVScanner(bytes.NewReader(sample), d)
	total, alike, fields, differs := 0, 0, 0, 0
	times := true // the delimiter stands within times alone
	for total < sniffRecords {
		record, line, err := s.next()
		var p *csvProblem
		if errors.As(err, &p) && (whole || !strings.Contains(p.message, "never closed")) {
			total++
			differs = max(differs, p.line)
		}
		if err != nil {
			break
		}
		if total++; total == 1 {
			fields = len(record)
			switch text := bytes.TrimSpace(bytes.Join(record, []byte{d.delim})); {
			case len(text) > 0 && (text[0] == '{' || text[0] == '[') && json.Valid(text):
				return refuse("it begins with JSON")
			case fields < 2:
				return refuse("no delimiter is in its first line")
			}
		}
		if len(record) == fields {
			alike++
		} else if differs == 0 {
			differs = line
		}
		times = times && logged.Regexp().Match(bytes.Join(record[:min(2, len(record))], []byte{d.delim}))
	}
	switch {
	case total*9 > alike*10:
		return refuse("the delimiter %q splits its lines into different numbers of fields, as line %d and the first", string(d.delim), differs)
	case times && d.delim == ',':
		return refuse("the commas in it stand within times, as in a log")
	case total == 1 && whole && d.delim == ',' && bytes.Contains(sample, []byte(", ")):
		return refuse("it has one line, whose commas are followed by spaces, as in a sentence")
	}
	return nil
}
