package duck

import (
	"archive/zip"
	"bufio"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"time"
)

// Limits of what is read from one workbook, uncompressed. What is in memory at a time is bounded by small ones: a few
// kilobytes of zip can hold gigabytes of empty elements, each of which takes more memory than text.
const (
	maxSheet   = 16 << 30
	maxColumns = 16_384
)

type bookLimits struct {
	index   int64 // the list of sheets, and that of styles
	element int64 // one row, one shared string
	strings int   // the shared strings in memory
	rows    int   // of one sheet, with those that are empty; Excel's own are 16 times fewer than usual
}

func usualLimits() bookLimits {
	return bookLimits{index: 16 << 20, element: 32 << 20, strings: 256 << 20, rows: 1 << 24}
}

var excelEpoch = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)

// workbook reads the rows of an .xlsx file as a stream; only the shared strings are in memory. A cell keeps its type:
// the number format says whether a number is a date.
type workbook struct {
	limits   bookLimits
	zip      *zip.ReadCloser
	parts    map[string]*zip.File
	sheets   []sheetPart
	strings  []string
	formats  []dateFormat // by style
	date1904 bool
}

type sheetPart struct{ name, path string }

type sheetCell struct {
	text  string
	kind  cellKinds // 0 is empty
	there bool      // though it is empty: its row is one all the same
	wrong bool      // an error stands in it, such as #N/A
}

// dateFormat is what a number format makes of a number.
type dateFormat uint8

const (
	plainNumber dateFormat = iota
	dateAndTime
	timeOnly
)

func openWorkbook(ctx context.Context, path string, limits bookLimits) (*workbook, error) {
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, err
	}
	b := &workbook{limits: limits, zip: z, parts: map[string]*zip.File{}}
	for _, f := range z.File {
		b.parts[strings.ToLower(f.Name)] = f
	}
	if err := errors.Join(b.readSheets(ctx), b.readStyles(ctx), b.readStrings(ctx)); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *workbook) close() { _ = b.zip.Close() }

// part gives the content of a part, or an empty one where it is missing. Whoever waits for it may stop: a few kilobytes of
// zip may hold gigabytes of elements that give nothing.
func (b *workbook) part(ctx context.Context, name string, limit int64) (io.ReadCloser, error) {
	f := b.parts[strings.ToLower(name)]
	if f == nil {
		return io.NopCloser(strings.NewReader("<none/>")), nil
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{&limited{r: bufio.NewReaderSize(&stoppable{ctx, r}, 1<<16), left: limit}, r}, nil
}

// stoppable is a reader that ends with its context.
type stoppable struct {
	ctx context.Context
	r   io.Reader
}

func (s *stoppable) Read(p []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, contextError(s.ctx)
	}
	return s.r.Read(p)
}

// element bounds what is read of a part until the next element begins. The decoder reads ahead by a few kilobytes.
type element struct {
	limited
	most int64
}

func (b *workbook) elements(part io.Reader) *element {
	return &element{limited{r: part, left: b.limits.element}, b.limits.element}
}

func (e *element) next() { e.left = e.most }

func (b *workbook) decode(ctx context.Context, name string, into any) error {
	r, err := b.part(ctx, name, b.limits.index)
	if err != nil {
		return err
	}
	defer r.Close()
	return xml.NewDecoder(r).Decode(into)
}

func (b *workbook) readSheets(ctx context.Context) error {
	if b.parts["xl/workbook.xml"] == nil {
		return errors.New("there is no xl/workbook.xml")
	}
	var book struct {
		Properties struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name string `xml:"name,attr"`
			ID   string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
			Any  string `xml:"id,attr"` // of the strict variant, whose name space differs
		} `xml:"sheets>sheet"`
	}
	var rels struct {
		Relations []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if err := errors.Join(b.decode(ctx, "xl/workbook.xml", &book), b.decode(ctx, "xl/_rels/workbook.xml.rels", &rels)); err != nil {
		return err
	}
	b.date1904 = book.Properties.Date1904 == "1" || book.Properties.Date1904 == "true"
	for _, s := range book.Sheets {
		for _, r := range rels.Relations {
			if r.ID != s.ID && r.ID != s.Any {
				continue
			}
			target := path.Join("xl", r.Target)
			if strings.HasPrefix(r.Target, "/") {
				target = r.Target[1:]
			}
			if strings.Contains(strings.ToLower(target), "worksheets/") { // not a sheet that is a chart
				b.sheets = append(b.sheets, sheetPart{s.Name, target})
			}
		}
	}
	return nil
}

func (b *workbook) readStyles(ctx context.Context) error {
	var styles struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := b.decode(ctx, "xl/styles.xml", &styles); err != nil {
		return err
	}
	custom := map[int]dateFormat{}
	for _, f := range styles.Formats {
		custom[f.ID] = formatOfCode(f.Code)
	}
	for _, c := range styles.Cells {
		kind, ok := custom[c.Format]
		if !ok {
			kind = builtinFormat(c.Format)
		}
		b.formats = append(b.formats, kind)
	}
	return nil
}

func builtinFormat(id int) dateFormat {
	switch {
	case id >= 18 && id <= 21, id >= 45 && id <= 47, id == 32, id == 33, id == 55, id == 56:
		return timeOnly
	case id >= 14 && id <= 22, id >= 27 && id <= 36, id >= 50 && id <= 58:
		return dateAndTime
	}
	return plainNumber
}

// formatOfCode looks for letters of dates outside of quotes, escapes and brackets.
func formatOfCode(code string) dateFormat {
	code, _, _ = strings.Cut(code, ";")
	found := plainNumber
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case '"':
			if end := strings.IndexByte(code[i+1:], '"'); end >= 0 {
				i += end + 1
			}
		case '\\', '_', '*':
			i++
		case '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				return found
			}
			if inside := strings.ToLower(code[i+1 : i+end]); inside != "" && strings.Trim(inside, "hms") == "" {
				found = max(found, timeOnly)
			}
			i += end
		case 'y', 'Y', 'd', 'D':
			return dateAndTime
		case 'h', 'H', 's', 'S':
			found = timeOnly
		case 'm', 'M':
			if found == plainNumber && !strings.ContainsAny(code, "hHsS") {
				return dateAndTime // a month
			}
		}
	}
	return found
}

// richText is a text with or without runs of formatting; phonetic hints are left out.
type richText struct {
	Text string `xml:"t"`
	Runs []struct {
		Text string `xml:"t"`
	} `xml:"r"`
}

func (t richText) String() string {
	if len(t.Runs) == 0 {
		return t.Text
	}
	var b strings.Builder
	b.WriteString(t.Text)
	for _, r := range t.Runs {
		b.WriteString(r.Text)
	}
	return b.String()
}

func (b *workbook) readStrings(ctx context.Context) error {
	r, err := b.part(ctx, "xl/sharedStrings.xml", maxSheet)
	if err != nil {
		return err
	}
	defer r.Close()
	bounded := b.elements(r)
	d := xml.NewDecoder(bounded)
	const header = 16 // of a string in memory
	kept := 0
	return each(d, "si", func(start xml.StartElement) error {
		bounded.next()
		var t richText
		if err := d.DecodeElement(&t, &start); err != nil {
			return err
		}
		text := t.String()
		if kept += len(text) + header; kept > b.limits.strings {
			return errTooLarge
		}
		b.strings = append(b.strings, text)
		return nil
	})
}

// each calls do for every element of that name.
func each(d *xml.Decoder, name string, do func(xml.StartElement) error) error {
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if start, ok := tok.(xml.StartElement); ok && start.Name.Local == name {
			if err := do(start); err != nil {
				return err
			}
		}
	}
}

type xmlRow struct {
	Number int      `xml:"r,attr"`
	Cells  xmlCells `xml:"c"`
}

// xmlCells are no more than a row can have.
type xmlCells []xmlCell

// UnmarshalXML adds one cell.
func (c *xmlCells) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	if len(*c) == maxColumns {
		return errTooLarge
	}
	var cell xmlCell
	if err := d.DecodeElement(&cell, &start); err != nil {
		return err
	}
	*c = append(*c, cell)
	return nil
}

type xmlCell struct {
	Ref    string   `xml:"r,attr"`
	Style  int      `xml:"s,attr"`
	Type   string   `xml:"t,attr"`
	Value  *string  `xml:"v"`
	Inline richText `xml:"is"`
}

// rows calls do for each row that has a value, with its number in the sheet.
func (b *workbook) rows(ctx context.Context, sheet sheetPart, do func(row int, cells []sheetCell) error) error {
	r, err := b.part(ctx, sheet.path, maxSheet)
	if err != nil {
		return err
	}
	defer r.Close()
	bounded := b.elements(r)
	d := xml.NewDecoder(bounded)
	number, seen := 0, 0
	var cells []sheetCell
	return each(d, "row", func(start xml.StartElement) error {
		if seen++; seen > b.limits.rows {
			return errTooLarge
		}
		bounded.next()
		var row xmlRow
		if err := d.DecodeElement(&row, &start); err != nil {
			return err
		}
		number++
		if row.Number > 0 {
			number = row.Number
		}
		cells = cells[:0]
		filled := false
		for _, c := range row.Cells {
			column := len(cells)
			if n, ok := columnOf(c.Ref); ok {
				column = n
			}
			if column >= maxColumns {
				return fmt.Errorf("cell %s is beyond the last column", c.Ref)
			}
			for len(cells) <= column {
				cells = append(cells, sheetCell{})
			}
			cells[column] = b.cell(c)
			filled = filled || cells[column].kind != 0 || cells[column].there || cells[column].wrong
		}
		if !filled {
			return nil
		}
		return do(number, cells)
	})
}

// columnOf reads the letters of a reference such as AB12.
func columnOf(ref string) (int, bool) {
	n := 0
	for i := range len(ref) {
		c := ref[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			return n - 1, i > 0
		}
		if n = n*26 + int(c-'A') + 1; n > 1<<20 {
			return n, true
		}
	}
	return 0, false
}

func (b *workbook) cell(c xmlCell) sheetCell {
	text := c.Inline.String()
	if c.Value != nil {
		text = *c.Value
	}
	switch {
	case c.Type == "e":
		return sheetCell{wrong: true}
	case text == "": // programs write such texts, Excel itself does not
		return sheetCell{there: c.Type == "inlineStr"}
	case c.Type == "s":
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n < 0 || n >= len(b.strings) || b.strings[n] == "" {
			return sheetCell{}
		}
		return sheetCell{text: b.strings[n], kind: sawText}
	case c.Type == "b":
		return sheetCell{text: strconv.FormatBool(text == "1" || text == "true"), kind: sawBool}
	case c.Type == "d":
		return sheetCell{text: strings.Replace(text, "T", " ", 1), kind: sawDateTime}
	case c.Type != "" && c.Type != "n":
		return sheetCell{text: text, kind: sawText}
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil {
		return sheetCell{text: text, kind: sawText}
	}
	if c.Style > 0 && c.Style < len(b.formats) && b.formats[c.Style] != plainNumber {
		t, kind := excelTime(f, b.date1904, b.formats[c.Style] == timeOnly)
		return sheetCell{text: t, kind: kind}
	}
	if f == float64(int64(f)) && f > -1e15 && f < 1e15 {
		return sheetCell{text: strconv.FormatInt(int64(f), 10), kind: sawInt}
	}
	return sheetCell{text: strconv.FormatFloat(f, 'g', -1, 64), kind: sawFloat}
}
