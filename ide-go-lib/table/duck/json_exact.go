package duck

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"dataflow/ide-go-lib/table/exact"
	"dataflow/ide-go-lib/table/sqltext"
)

// longNumber is from how many digits on a whole number may be none that DOUBLE holds.
const longNumber = exactDigits + 1

// jsonQuery reads the file with the types that DuckDB finds, but for columns in which DOUBLE would not keep whole numbers.
// Looking for them takes another pass, so it is done only where the file has long numbers at all.
func (r *reading) jsonQuery(ctx context.Context, options string, long bool) (string, error) {
	text := "SELECT * FROM read_json(" + options + ", sample_size = -1)"
	if !long {
		return text, nil
	}
	columns, err := r.s.describe(ctx, text, nil)
	if err != nil {
		return "", err
	}
	var names, raw, questions, whole []string
	for _, c := range columns {
		if !strings.Contains(c.Type, "DOUBLE") && !strings.Contains(c.Type, "FLOAT") {
			continue
		}
		n, as := len(names), sqltext.Quote(fmt.Sprintf("%s_j%d", internalPrefix, len(names)))
		names = append(names, c.Name)
		raw = append(raw, sqltext.Literal(c.Name)+": 'JSON'")
		whole = append(whole, "CAST("+sqltext.Quote(c.Name)+" AS VARCHAR) AS "+as)
		questions = append(questions, fmt.Sprintf("CAST(%s AS VARCHAR) AS q%d", typeOfRaw(as, c.Type == "DOUBLE"), n))
	}
	if names == nil {
		return text, nil
	}
	beside := "SELECT " + strings.Join(whole, ", ") + " FROM read_json(" + options + ", columns = {" + strings.Join(raw, ", ") + "})"
	answers, dest := textCells(len(names))
	if err := r.s.one(ctx, "SELECT "+strings.Join(questions, ", ")+" FROM ("+beside+")", nil, dest...); err != nil {
		return "", err
	}
	var replaced []string
	for i, name := range names {
		if typ := string(answers[i].text); typ != "" {
			replaced = append(replaced, fmt.Sprintf("CAST(%s AS %s) AS %s", sqltext.Quote(fmt.Sprintf("%s_j%d", internalPrefix, i)), typ, sqltext.Quote(name)))
		}
	}
	if replaced == nil {
		return text, nil
	}
	return "SELECT t.* REPLACE (" + strings.Join(replaced, ", ") + ") FROM (" + text + ") AS t POSITIONAL JOIN (" + beside + ") AS r", nil
}

// typeOfRaw writes the name of the type that keeps the numbers of a column, of whose JSON name holds the text; null when DOUBLE
// does.
func typeOfRaw(name string, plain bool) string {
	if !plain { // within others, where texts are left out
		return "CASE WHEN bool_or(regexp_matches(regexp_replace(" + name + `, '"(?:[^"\\]|\\.)*"', '', 'g'), '(^|[^0-9.eE+-])-?[0-9]{` + fmt.Sprint(longNumber) + `,}([^0-9.eE]|$)')) THEN 'JSON' END`
	}
	number := "regexp_full_match(" + name + `, '-?[0-9]+(\.[0-9]+)?')`
	lost := exact.LostInDouble(name)
	before := "max(length(split_part(ltrim(" + name + ", '-'), '.', 1)))"
	behind := "max(length(split_part(" + name + ", '.', 2)))"
	return "CASE WHEN NOT bool_or(" + lost + ") THEN NULL WHEN NOT bool_and(" + number + ") OR " + before + " + " + behind + " > " + fmt.Sprint(maxDecimal) + " THEN 'VARCHAR'" +
		" WHEN " + before + " + " + behind + " <= " + fmt.Sprint(fastDecimal) + " THEN concat('DECIMAL(" + fmt.Sprint(fastDecimal) + ",', " + behind + ", ')')" +
		" ELSE concat('DECIMAL(" + fmt.Sprint(maxDecimal) + ",', " + behind + ", ')') END"
}

// hasLongNumber says whether a file has a number of so many digits. Only every so many bytes are looked at, until there is one.
func hasLongNumber(path string) (bool, error) {
	f, err := os.Open(path) // #nosec G304 -- the file to import
	if err != nil {
		return false, err
	}
	defer f.Close()
	buffer := make([]byte, 1<<20)
	kept := 0 // of the piece before, as digits may go on
	for {
		n, err := io.ReadFull(f, buffer[kept:])
		piece := buffer[:kept+n]
		for i := longNumber - 1; i < len(piece); i += longNumber {
			if ofNumber(piece[i]) && digitsAround(piece, i) >= longNumber {
				return true, nil
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) { // of a file on the disk
			return false, nil
		}
		if err != nil {
			return false, err
		}
		kept = copy(buffer, piece[len(piece)-longNumber-1:])
	}
}

func ofNumber(c byte) bool { return isDigit(c) || c == '.' }

func digitsAround(b []byte, at int) (digits int) {
	for at > 0 && ofNumber(b[at-1]) {
		at--
	}
	for ; at < len(b) && ofNumber(b[at]); at++ {
		if isDigit(b[at]) {
			digits++
		}
	}
	return digits
}
