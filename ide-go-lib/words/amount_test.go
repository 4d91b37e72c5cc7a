package words

import "testing"

func TestAmount(t *testing.T) {
	for want, c := range map[string]struct {
		v    float64
		unit string
	}{
		"1 row": {1, Rows}, "12,345 rows": {12_345, Rows}, "90 s": {90, Seconds}, "90 min": {5400, Seconds}, "36.5 h": {131_400, Seconds}, "7 days": {604_800, Seconds},
		"-20 s": {-20, Seconds}, "33.33 %": {100. / 3, Percent}, "1234567.5": {1234567.5, Plain}, "0.3": {0.1 + 0.2, Plain}, "1e-09": {1e-9, Plain}, "0": {0, Plain},
	} {
		if got := Amount(c.v, c.unit); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}
