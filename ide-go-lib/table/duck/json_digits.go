package duck

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// keepDigits sees to it that fractions with more digits than DOUBLE holds are read as they are written: DuckDB reads each number of
// JSON with a point as DOUBLE, whatever the type is. They are put into quotes, in a copy of the file, in columns of which all values are
// numbers that DECIMAL holds, or whose type is set; what comes out is their types by name. Elsewhere, as within lists, the type stays what it
// is, and lost says what that takes.
func (r *reading) keepDigits(ctx context.Context) (types map[string]string, lost []table.Rounded, err error) {
	found := &jsonDigits{columns: map[string]*jsonColumn{}, within: map[string]*table.Rounded{}}
	failed := func(err error) error {
		if ctx.Err() != nil {
			return contextError(ctx)
		}
		return errs.Internal(fmt.Errorf("read %s: %w", r.file, err))
	}
	if err := found.file(ctx, r.path, io.Discard); err != nil {
		return nil, nil, failed(err)
	}
	types = map[string]string{}
	quoted := map[string]bool{}
	for name, c := range found.columns {
		digits := c.whole + c.behind
		switch {
		case c.long.Rows == 0:
			continue
		case c.other:
		case r.typeSet(name):
			types[name] = "VARCHAR"
		case digits > maxDecimal:
			lost = append(lost, c.long)
			continue
		case digits <= fastDecimal:
			types[name] = fmt.Sprintf("DECIMAL(%d,%d)", fastDecimal, c.behind)
		default:
			types[name] = fmt.Sprintf("DECIMAL(%d,%d)", maxDecimal, c.behind)
		}
		quoted[name] = true
	}
	for name, w := range found.within {
		if r.typeSet(name) {
			quoted[name] = true
		} else {
			lost = append(lost, *w)
		}
	}
	slices.SortFunc(lost, func(a, b table.Rounded) int { return cmp.Compare(a.Column, b.Column) })
	if len(quoted) == 0 {
		return types, lost, nil
	}
	path := filepath.Join(r.dir, "digits.json")
	out, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600) // #nosec G304 -- our own scratch directory
	if err != nil {
		return nil, nil, failed(err)
	}
	err = (&jsonDigits{columns: map[string]*jsonColumn{}, within: map[string]*table.Rounded{}, quoted: quoted}).file(ctx, r.path, out)
	if err = errors.Join(err, out.Close()); err != nil {
		return nil, nil, failed(err)
	}
	r.path = path
	return types, lost, nil
}

// withDigits gives columns that hold numbers as texts the types of them.
func (r *reading) withDigits(ctx context.Context, text string, types map[string]string) (string, error) {
	if len(types) == 0 {
		return text, nil
	}
	columns, err := r.s.describe(ctx, text, nil)
	if err != nil {
		return "", err
	}
	var casts []string
	for _, c := range columns {
		name := sqltext.Quote(c.Name)
		switch typ := types[c.Name]; {
		case typ == "", typ == c.Type:
		case c.Type == "VARCHAR":
			casts = append(casts, "CAST("+name+" AS "+typ+") AS "+name)
		case c.Type == "JSON":
			casts = append(casts, "CAST("+name+" ->> '$' AS "+typ+") AS "+name)
		}
	}
	if casts == nil {
		return text, nil
	}
	return "SELECT * REPLACE (" + strings.Join(casts, ", ") + ") FROM (" + text + ")", nil
}

// jsonColumn is what the values of one name in the records have in common.
type jsonColumn struct {
	long          table.Rounded // those with more digits than DOUBLE keeps
	other         bool          // some are no numbers
	whole, behind int           // most digits before and behind the point, without exponents
}

// jsonDigits goes through JSON, however it is laid out, and puts the numbers with a point into quotes of which DOUBLE would not keep
// the digits. It takes mistakes as they come: DuckDB says what is wrong.
type jsonDigits struct {
	columns map[string]*jsonColumn
	within  map[string]*table.Rounded // numbers that DOUBLE would not keep in lists and objects, by their columns
	quoted  map[string]bool           // the columns in which those are put into quotes

	inside []byte // the brackets that are open
	key    []byte // of the value to come, in a record
	isKey  bool   // a name comes next
	token  []byte
}

func (j *jsonDigits) file(ctx context.Context, path string, to io.Writer) (err error) {
	f, err := os.Open(path) // #nosec G304 -- the file to import
	if err != nil {
		return err
	}
	defer f.Close()
	r, w := bufio.NewReaderSize(f, 1<<18), bufio.NewWriterSize(to, 1<<18)
	for n := 0; err == nil; n++ {
		if n%(1<<16) == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		err = j.next(r, w)
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	return w.Flush()
}

// next passes on one token, or what stands between two. Errors of w come with its Flush.
func (j *jsonDigits) next(r *bufio.Reader, w *bufio.Writer) error {
	c, err := r.ReadByte()
	if err != nil {
		return err
	}
	switch {
	case c == '"':
		return j.text(r, w)
	case c == '-' || isDigit(c):
		return j.number(c, r, w)
	case c == '{' || c == '[':
		if col := j.column(); col != nil {
			col.other = true
		}
		j.inside = append(j.inside, c)
		j.isKey = c == '{'
	case c == '}' || c == ']':
		j.inside = j.inside[:max(0, len(j.inside)-1)]
		j.isKey = false
	case c == ',':
		j.isKey = len(j.inside) > 0 && j.inside[len(j.inside)-1] == '{'
	case c == 't' || c == 'f': // true, false; of the others only their beginning tells
		if col := j.column(); col != nil {
			col.other = true
		}
	}
	_ = w.WriteByte(c)
	return nil
}

// inRecord says whether what comes next belongs to a record itself: an object, alone or in the outermost list.
func (j *jsonDigits) inRecord() bool {
	return string(j.inside) == "{" || string(j.inside) == "[{"
}

// column is that of a value which comes next; nil within others.
func (j *jsonDigits) column() *jsonColumn {
	if !j.inRecord() || j.isKey {
		return nil
	}
	c := j.columns[string(j.key)]
	if c == nil {
		c = &jsonColumn{}
		j.columns[string(j.key)] = c
	}
	return c
}

func (j *jsonDigits) text(r *bufio.Reader, w *bufio.Writer) error {
	named := j.isKey && j.inRecord()
	if col := j.column(); col != nil {
		col.other = true
	}
	_ = w.WriteByte('"')
	j.token = append(j.token[:0], '"')
	for {
		c, err := r.ReadByte()
		if err != nil {
			return err
		}
		_ = w.WriteByte(c)
		if named {
			j.token = append(j.token, c)
		}
		switch c {
		case '\\':
			if c, err = r.ReadByte(); err != nil {
				return err
			}
			_ = w.WriteByte(c)
			if named {
				j.token = append(j.token, c)
			}
		case '"':
			if named {
				j.key = j.key[:0]
				if name := ""; bytes.IndexByte(j.token, '\\') < 0 {
					j.key = append(j.key, j.token[1:len(j.token)-1]...)
				} else if json.Unmarshal(j.token, &name) == nil {
					j.key = append(j.key, name...)
				}
			}
			j.isKey = false
			return nil
		}
	}
}

func (j *jsonDigits) number(c byte, r *bufio.Reader, w *bufio.Writer) error {
	j.token = append(j.token[:0], c)
	var next, err error
	for {
		if c, next = r.ReadByte(); next != nil || !isDigit(c) && !bytes.ContainsRune([]byte("+-.eE"), rune(c)) {
			break
		}
		j.token = append(j.token, c)
	}
	if next == nil {
		next = r.UnreadByte()
	}
	mantissa, exponent, power := j.token, 0, bytes.IndexAny(j.token, "eE")
	if power >= 0 {
		mantissa = j.token[:power]
		if exponent, err = strconv.Atoi(string(j.token[power+1:])); err != nil || abs(exponent) > beyondDecimal {
			exponent = beyondDecimal // one that no DECIMAL has
		}
	}
	whole, rest, fraction := bytes.Cut(bytes.TrimPrefix(mantissa, []byte("-")), []byte("."))
	long := (fraction || power >= 0) && len(mantissa) > exactDigits && significantDigits(mantissa) > exactDigits && !comesBack(j.token, mantissa)
	col := j.column()
	if col != nil {
		col.whole, col.behind = max(col.whole, len(whole)+exponent), max(col.behind, len(rest)-exponent)
		if long {
			countIn(&col.long, string(j.key), j.token)
		}
	}
	name := string(j.key)
	if long && col == nil {
		if len(j.inside) == 0 || j.inside[0] == '[' && (len(j.inside) == 1 || j.inside[1] == '[') {
			name = "json" // what DuckDB calls values that are no records
		}
		if j.within[name] == nil {
			j.within[name] = &table.Rounded{}
		}
		countIn(j.within[name], name, j.token)
	}
	if !long || !j.quoted[name] {
		_, _ = w.Write(j.token)
		return next
	}
	_ = w.WriteByte('"')
	_, _ = w.Write(j.token)
	_ = w.WriteByte('"')
	return next
}

// beyondDecimal is an exponent with which a number has more digits than DECIMAL holds.
const beyondDecimal = 1000

func abs(n int) int { return max(n, -n) }

// countIn counts one more number of a column.
func countIn(r *table.Rounded, column string, number []byte) {
	if r.Rows++; r.Rows == 1 {
		r.Column, r.Type, r.Value = column, "DOUBLE", short(string(number))
	}
}

// significantDigits counts the digits of a number but for zeros at either end.
func significantDigits(mantissa []byte) int {
	digits := bytes.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, mantissa)
	return len(bytes.Trim(digits, "0"))
}
