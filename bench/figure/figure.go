// Package figure is what benches have in common: a name, figures with their targets, and one way to print them.
package figure

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"
)

// Bench is one benchmark.
type Bench struct {
	Name, About string
	Run         func(ctx context.Context, args []string, r *Report) error
}

// Figure is one number that was measured. Of AtMost and AtLeast one may be set as its target.
type Figure struct {
	Name            string
	Value           float64
	Unit, Note      string
	AtMost, AtLeast float64
	Zero            bool // the target is 0
}

// Report gathers figures.
type Report struct {
	bench   string
	figures []Figure
}

// NewReport makes an empty report.
func NewReport(bench string) *Report { return &Report{bench: bench} }

// Add keeps a figure.
func (r *Report) Add(f Figure) { r.figures = append(r.figures, f) }

// Print writes the table and the RESULT line.
func (r *Report) Print(w io.Writer) error {
	table := tabwriter.NewWriter(w, 2, 8, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "figure\tmeasured\ttarget\t\tnote")
	result := map[string]any{"bench": r.bench}
	for _, f := range r.figures {
		target, verdict := "", ""
		switch {
		case f.Zero:
			target, verdict = "0", judge(f.Value == 0)
		case f.AtMost > 0:
			target, verdict = fmt.Sprintf("≤ %s", number(f.AtMost)), judge(f.Value <= f.AtMost)
		case f.AtLeast > 0:
			target, verdict = fmt.Sprintf("≥ %s", number(f.AtLeast)), judge(f.Value >= f.AtLeast)
		}
		_, _ = fmt.Fprintf(table, "%s\t%s %s\t%s\t%s\t%s\n", f.Name, number(f.Value), f.Unit, target, verdict, f.Note)
		result[f.Name] = round(f.Value)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	line, err := json.Marshal(result)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "RESULT %s\n", line)
	return err
}

func judge(ok bool) string {
	if ok {
		return "reached"
	}
	return "MISSED"
}

// round keeps three digits after the point of small numbers and none of large ones.
func round(v float64) float64 {
	if math.Abs(v) >= 1000 {
		return math.Round(v)
	}
	return math.Round(v*1000) / 1000
}

func number(v float64) string { return fmt.Sprint(round(v)) }

// Median is the middle of several measurements.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
