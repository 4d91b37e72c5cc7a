package literal_test

import (
	"testing"

	"dataflow/ide-go-lib/table/transform/literal"
)

func TestAbove(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"10", "9", true}, {"9", "10", false}, {"9", "9", false}, {"-1.5", "-2", true}, {"2024-12-31", "2024-01-01", true}, {"2024-01-01", "2024-12-31", false},
		{"b", "a", false}, {"10", "a", false},
	} {
		if got := literal.Of(c.a).Above(literal.Of(c.b)); got != c.want {
			t.Errorf("%s above %s: %v", c.a, c.b, got)
		}
	}
	if literal.Of("1").Above(literal.Value{}) {
		t.Error("nothing has no bound")
	}
}
