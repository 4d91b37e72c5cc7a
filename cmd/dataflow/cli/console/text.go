package console

import (
	"fmt"
	"strings"
	"time"

	"github.com/rivo/uniseg"

	"dataflow/ide-go-lib/words"
)

// The styles that Paint knows.
const (
	Bold  = "1"
	Dim   = "2"
	Red   = "31"
	Green = "32"
	Amber = "33"
	Blue  = "34"
	Grey  = "90"
)

// Paint gives a text its style, when there are colours.
func Paint(color bool, style, text string) string {
	if !color || style == "" {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}

// Count writes a number with a comma between thousands.
func Count(n int64) string { return words.Count(n) }

// Number writes a count with its word: 1 run, 2 runs.
func Number[N int | int64](n N, one, many string) string { return words.Number(n, one, many) }

// Duration writes how long something took, as precisely as a person wants to know.
func Duration(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}

// Bytes writes a size.
func Bytes(n int64) string { return words.Bytes(n) }

// Pad fills a text up to a width in columns of a terminal, of which a Chinese character takes two.
func Pad(s string, width int) string {
	if n := width - Width(s); n > 0 {
		return s + strings.Repeat(" ", n)
	}
	return s
}

// Width is how many columns of a terminal a text takes.
func Width(s string) int { return uniseg.StringWidth(s) }

// Shorten cuts a text that takes more than most columns.
func Shorten(s string, most int) string {
	if Width(s) <= most {
		return s
	}
	var b strings.Builder
	width := 0
	for g := uniseg.NewGraphemes(s); g.Next(); {
		if width += g.Width(); width > most-1 {
			break
		}
		b.WriteString(g.Str())
	}
	return b.String() + "…"
}

// Lines takes a text of several lines apart, each harmless to the terminal.
func Lines(s string) []string {
	lines := strings.Split(strings.TrimRight(s, "\n"), "\n")
	for i, l := range lines {
		lines[i] = Printable(strings.ReplaceAll(strings.TrimSuffix(l, "\r"), "\t", "    "))
	}
	return lines
}

// Printable keeps data from steering the terminal.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) {
			return ' '
		}
		return r
	}, s)
}
