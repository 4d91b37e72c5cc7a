package duck

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// workbookOf makes a workbook whose first sheet has the given cells.
func workbookOf(t *testing.T, cells map[string]any, formats map[string]string) string {
	t.Helper()
	f := excelize.NewFile()
	for ref, v := range cells {
		if err := f.SetCellValue("Sheet1", ref, v); err != nil {
			t.Fatal(err)
		}
	}
	for ref, format := range formats {
		style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
		if err != nil {
			t.Fatal(err)
		}
		if err := f.SetCellStyle("Sheet1", ref, ref, style); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.NewSheet("Other"); err != nil {
		t.Fatal(err)
	}
	if err := f.SetCellValue("Other", "A1", "x"); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "book.xlsx")
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestExcelCellsKeepTheirTypes(t *testing.T) {
	e := newEngine(t)
	path := workbookOf(t, map[string]any{
		"A1": "id", "B1": "zip", "C1": "price", "D1": "day", "E1": "at", "F1": "ok", "G1": "clock", "H1": "mixed", "I1": "text",
		"A2": 1, "B2": "01012", "C2": 1234.5, "D2": 45351, "E2": 45351.5, "F2": true, "G2": 0.75, "H2": 5, "I2": "a \"q\",\nb",
		"A4": 2, "B4": "90210", "D4": 1, "E4": 45352, "F4": false, "H4": "n/a", "C4": 3,
	}, map[string]string{"C2": `#,##0.00 "days"`, "D2": "dd/mm/yyyy", "D4": "yyyy-mm-dd", "E2": "yyyy-mm-dd hh:mm", "E4": "yyyy-mm-dd hh:mm", "G2": "[h]:mm"})
	got, err := e.Import(t.Context(), tenant, path, table.ImportOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s, want := types(got.Meta.Columns), "id BIGINT, zip VARCHAR, price DOUBLE, day DATE, at TIMESTAMP, ok BOOLEAN, clock TIME, mixed VARCHAR, text VARCHAR"; s != want {
		t.Errorf("%s\nwant %s", s, want)
	}
	want := `[1,"01012",1234.5,"2024-02-29","2024-02-29T12:00:00",true,"18:00:00","5","a \"q\",\nb"]` + "\n" +
		`[2,"90210",3.0,"1900-01-01","2024-03-01T00:00:00",false,null,"n/a",null]` + "\n"
	if rows := lines(t, e, got); rows != want {
		t.Errorf("%s\nwant %s", rows, want)
	}
}

func TestExcelSheetsAndErrors(t *testing.T) {
	e := newEngine(t)
	path := workbookOf(t, map[string]any{"A1": 1, "B1": 2, "A2": 3, "C5": 9}, nil)
	got, err := e.Import(t.Context(), tenant, path, table.ImportOptions{Sheet: "Other", Header: no()}, nil)
	if err != nil || lines(t, e, got) != "[\"x\"]\n" {
		t.Errorf("the other sheet: %v", err)
	}
	for _, c := range []struct {
		path          string
		opts          table.ImportOptions
		code, message string
	}{
		{path, table.ImportOptions{Sheet: "Othr"}, "sheet_unknown", `no sheet "Othr"`},
		{path, table.ImportOptions{}, "xlsx_invalid", "row 5 has a value in column 3 while the header has 2 columns"},
		{workbookOf(t, map[string]any{"A1": "a", "B1": "A", "A2": 1}, nil), table.ImportOptions{}, "xlsx_invalid", "both called"},
		{workbookOf(t, nil, nil), table.ImportOptions{}, "xlsx_invalid", "is empty"},
	} {
		_, err := e.Import(t.Context(), tenant, c.path, c.opts, nil)
		if codeOf(err) != c.code || !strings.Contains(errs.From(err).Message, c.message) {
			t.Errorf("%v", err)
		}
	}
}

// TestExcelKeepsEmptyRows: what was written comes back, also where a row has no value; errors are counted.
func TestExcelKeepsEmptyRows(t *testing.T) {
	e := newEngine(t)
	for _, c := range []struct{ sql, rows string }{
		{"SELECT * FROM (VALUES (NULL), (1), (NULL), (3), (NULL)) AS t(a)", "[null]\n[1]\n[null]\n[3]\n[null]\n"},
		{"SELECT * FROM (VALUES (1, 'x'), (NULL, NULL), (3, NULL)) AS t(a, b)", "[1,\"x\"]\n[null,null]\n[3,null]\n"},
		{"SELECT * FROM (VALUES ('x'), (''), ('y')) AS t(a)", "[\"x\"]\n[null]\n[\"y\"]\n"},
	} {
		path := filepath.Join(t.TempDir(), "out.xlsx")
		if err := e.Export(t.Context(), tenant, run(t, e, sqlPlan(c.sql)).Artifact, path, table.ExportOptions{}); err != nil {
			t.Fatal(err)
		}
		got, err := e.Import(t.Context(), tenant, path, table.ImportOptions{}, nil)
		if err != nil || lines(t, e, got) != c.rows {
			t.Errorf("%s: %v\n%swant\n%s", c.sql, err, lines(t, e, got), c.rows)
		}
	}
	f := excelize.NewFile()
	for ref, v := range map[string]any{"A1": "a", "A2": 1, "A4": 3} {
		if err := f.SetCellValue("Sheet1", ref, v); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "errors.xlsx")
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	edit(t, path, "xl/worksheets/sheet1.xml", `<row r="4">`, `<row r="3"><c r="A3" t="e"><v>#N/A</v></c></row><row r="4">`)
	got, err := e.Import(t.Context(), tenant, path, table.ImportOptions{}, nil)
	if err != nil || lines(t, e, got) != "[1]\n[null]\n[3]\n" || got.ErrorCells != 1 {
		t.Errorf("%v, %s, %d errors", err, lines(t, e, got), got.ErrorCells)
	}
}

// edit replaces a text in a part of a workbook.
func edit(t *testing.T, path, part, old, by string) {
	t.Helper()
	in, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close() })
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	for _, f := range in.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name == part {
			if !bytes.Contains(content, []byte(old)) {
				t.Fatalf("%s has no %s: %s", part, old, content)
			}
			content = bytes.Replace(content, []byte(old), []byte(by), 1)
		}
		w, err := out.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestExcelHasLimits(t *testing.T) {
	e := newEngine(t)
	long := run(t, e, sqlPlan("SELECT repeat('x', 40000) AS t"))
	out := filepath.Join(t.TempDir(), "x.xlsx")
	if err := e.Export(t.Context(), tenant, long.Artifact, out, table.ExportOptions{}); codeOf(err) != "xlsx_limit" {
		t.Errorf("%v", err)
	}
	many := run(t, e, sqlPlan("SELECT range AS i FROM range(1048576)"))
	if err := e.Export(t.Context(), tenant, many.Artifact, out, table.ExportOptions{}); codeOf(err) != "xlsx_limit" {
		t.Errorf("%v", err)
	}
}

// repeated gives a text again and again, without having it in memory.
type repeated struct {
	text       string
	left, from int
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.text[r.from:])
	if r.from += n; r.from == len(r.text) {
		r.from = 0
		r.left--
	}
	return n, nil
}

// readWorkbook goes through the first sheet.
func readWorkbook(ctx context.Context, path string, limits bookLimits) error {
	b, err := openWorkbook(ctx, path, limits)
	if err != nil {
		return err
	}
	defer b.close()
	return b.rows(ctx, b.sheets[0], func(int, []sheetCell) error { return nil })
}

const (
	firstSheet = "xl/worksheets/sheet1.xml"
	bookIndex  = "xl/workbook.xml"
)

// writeBomb writes a workbook of one sheet in which one part is what is given.
func writeBomb(t *testing.T, part string, content io.Reader) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bomb.xlsx")
	f, err := os.Create(path) // #nosec G304 -- a test's own
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	parts := map[string]io.Reader{
		bookIndex:                    strings.NewReader(`<workbook><sheets><sheet name="a" id="r1"/></sheets></workbook>`),
		"xl/_rels/workbook.xml.rels": strings.NewReader(`<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>`),
		firstSheet:                   strings.NewReader(`<worksheet><sheetData><row><c><v>1</v></c></row></sheetData></worksheet>`),
	}
	parts[part] = content
	for name, content := range parts {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.Copy(w, content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// Rows without anything give nothing, and end with whoever waits for them all the same.
func TestEmptyExcelRowsEnd(t *testing.T) {
	rows := &repeated{text: "<row/>", left: 3_000_000}
	path := writeBomb(t, firstSheet, io.MultiReader(strings.NewReader("<worksheet><sheetData>"), bufio.NewReaderSize(rows, 1<<16), strings.NewReader("</sheetData></worksheet>")))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := readWorkbook(ctx, path, usualLimits()); codeOf(err) != "timeout" {
		t.Errorf("%v", err)
	}
}

// A small file may hold any number of elements, each of which takes more memory than its text.
func TestExcelBombs(t *testing.T) {
	const (
		sheet  = firstSheet
		strs   = "xl/sharedStrings.xml"
		styles = "xl/styles.xml"
		book   = bookIndex
	)
	long := strings.Repeat("x", 1<<10)
	small := bookLimits{index: 1 << 20, element: 1 << 20, strings: 4 << 20, rows: 30_000}
	e := newEngine(t)
	for name, c := range map[string]struct {
		part, before, text, after string
		times                     int
	}{
		"cells of a row":       {sheet, "<worksheet><sheetData><row>", "<c/>", "</row></sheetData></worksheet>", 20_000},
		"rows":                 {sheet, "<worksheet><sheetData>", "<row/>", "</sheetData></worksheet>", 30_001},
		"one text":             {sheet, "<worksheet><sheetData><row><c t=\"inlineStr\"><is><t>", long, "</t></is></c></row></sheetData></worksheet>", 2_000},
		"shared strings":       {strs, "<sst>", "<si><t>" + strings.Repeat("x", 1<<14) + "</t></si>", "</sst>", 300},
		"runs of one string":   {strs, "<sst><si>", "<r><x>" + long + "</x></r>", "</si></sst>", 2_000},
		"styles":               {styles, "<styleSheet><cellXfs>", "<xf x=\"" + long + "\"/>", "</cellXfs></styleSheet>", 2_000},
		"sheets":               {book, "<workbook><sheets>", "<sheet x=\"" + long + "\"/>", "</sheets></workbook>", 2_000},
		"between the elements": {strs, "<sst>", "<!-- " + long + " -->", "</sst>", 2_000},
	} {
		t.Run(name, func(t *testing.T) {
			path := writeBomb(t, c.part, io.MultiReader(strings.NewReader(c.before), bufio.NewReaderSize(&repeated{text: c.text, left: c.times}, 1<<16), strings.NewReader(c.after)))
			err := readWorkbook(t.Context(), path, small)
			if !errors.Is(err, errTooLarge) {
				t.Errorf("%v", err)
			}
			if name == "cells of a row" { // what a person is told
				if _, err := e.Import(t.Context(), tenant, path, table.ImportOptions{}, nil); codeOf(err) != "xlsx_limit" {
					t.Errorf("%v", err)
				}
			}
		})
	}
}
