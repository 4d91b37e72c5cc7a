package duck

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"dataflow/ide-go-lib/table/exact"
	"dataflow/ide-go-lib/table/sqltext"
)

// Texts are read as wide decimals in a way of our own, which gives what the engine's own cast does.
func TestWideDecimalsAreWhatTheEngineMakesOfTexts(t *testing.T) {
	e := newEngine(t)
	random := rand.New(rand.NewPCG(1, 2))
	texts := []string{
		"", "0", "-0", "-", ".", "-.5", ".5", "5.", "-5.", "0.0", "-0.1", "+5", " 5", "5 ", "1e3", "1E-3", "1_000", "007", "--1", "1-", "1.2.3", "1,5", "x", "NaN", "inf", "٣",
		strings.Repeat("9", 18), strings.Repeat("9", 19), strings.Repeat("9", 36), strings.Repeat("9", 38), strings.Repeat("9", 39), "-" + strings.Repeat("9", 38), "1" + strings.Repeat("0", 18),
		"0." + strings.Repeat("9", 38), "0." + strings.Repeat("0", 17) + "5", strings.Repeat("0", 50) + "1", "1." + strings.Repeat("0", 50),
	}
	for range 400 {
		text := ""
		for range 1 + random.IntN(24) {
			text += string(rune('0' + random.IntN(10)))
		}
		if random.IntN(2) == 0 {
			at := random.IntN(len(text) + 1)
			text = text[:at] + "." + text[at:]
		}
		if random.IntN(3) == 0 {
			text = "-" + text
		}
		texts = append(texts, text)
	}
	rows := make([]string, len(texts))
	for i, text := range texts {
		rows[i] = "(" + sqltext.Literal(text) + ")"
	}
	s, err := e.session(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	for _, typ := range []string{"DECIMAL(18,2)", "DECIMAL(19,0)", "DECIMAL(20,10)", "DECIMAL(38,0)", "DECIMAL(38,2)", "DECIMAL(38,6)", "DECIMAL(38,18)", "DECIMAL(38,20)", "DECIMAL(38,35)", "DECIMAL(38,36)", "DECIMAL(38,38)", "DOUBLE"} {
		tried := exact.Tried("t", typ)
		if fast := strings.Contains(tried, "HUGEINT"); fast == (typ == "DECIMAL(18,2)" || typ == "DECIMAL(38,36)" || typ == "DECIMAL(38,38)" || typ == "DOUBLE") {
			t.Errorf("%s: %s", typ, tried)
		}
		var wrong string
		query := fmt.Sprintf("SELECT coalesce(string_agg(concat_ws(' ', t, a, b), '; '), '') FROM (SELECT t, %s AS a, TRY_CAST(t AS %s) AS b FROM (VALUES %s) v(t)) WHERE a IS DISTINCT FROM b OR typeof(a) <> '%s'", tried, typ, strings.Join(rows, ", "), typ)
		if err := s.one(t.Context(), query, nil, &wrong); err != nil || wrong != "" {
			t.Errorf("%s: %s %v", typ, wrong, err)
		}
	}
}
