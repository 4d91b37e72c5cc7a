package native

import "testing"

func TestWhatIsTaken(t *testing.T) {
	if r := Resident(); r < 0 || r > 1<<30 {
		t.Errorf("resident: %d", r)
	}
	if used, held := Look(); used <= 0 || held < used || held > 1<<30 {
		t.Errorf("used %d, held %d", used, held)
	}
	Limit(1 << 30)
	Unlimited()
	Tidy()
	if Install() {
		t.Error("without DuckDB there is nothing to bound")
	}
}
