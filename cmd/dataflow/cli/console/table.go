package console

import (
	"io"
	"strings"
)

// Cell is one field of a table for people.
type Cell struct {
	Text  string
	Style string // of Paint; "" is plain
}

// Text is a plain cell.
func Text(s string) Cell { return Cell{Text: s} }

// Table is rows under a header.
type Table struct {
	Header []string
	Rows   [][]Cell
}

// Add appends a row of plain and styled cells.
func (t *Table) Add(cells ...Cell) { t.Rows = append(t.Rows, cells) }

// Facts prints names with their values below each other. Values that are empty are left out.
func Facts(w io.Writer, color bool, facts [][2]string) {
	width := 0
	for _, f := range facts {
		if f[1] != "" {
			width = max(width, Width(f[0]))
		}
	}
	for _, f := range facts {
		if f[1] != "" {
			Say(w, "%s  %s\n", Paint(color, Dim, Pad(f[0], width)), Printable(f[1]))
		}
	}
}

// Write prints the table in columns. Texts are made harmless; the last column is not filled up.
func (t *Table) Write(w io.Writer, color bool) {
	widths := make([]int, len(t.Header))
	for i, h := range t.Header {
		widths[i] = Width(h)
	}
	for _, row := range t.Rows {
		for i := range row {
			row[i].Text = Printable(row[i].Text)
			widths[i] = max(widths[i], Width(row[i].Text))
		}
	}
	header := make([]Cell, len(t.Header))
	for i, h := range t.Header {
		header[i] = Cell{h, Dim}
	}
	for _, row := range append([][]Cell{header}, t.Rows...) {
		var b strings.Builder
		for i, c := range row {
			if i > 0 {
				b.WriteString("  ")
			}
			b.WriteString(Paint(color && c.Text != "", c.Style, c.Text))
			if i < len(row)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-Width(c.Text)))
			}
		}
		Say(w, "%s\n", strings.TrimRight(b.String(), " "))
	}
}
