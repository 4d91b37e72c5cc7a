package near

import (
	"slices"
	"testing"
)

func TestNames(t *testing.T) {
	have := []string{"Cost Repair", "Cost Total $", "Flight Date", "Speed"}
	for want, first := range map[string]string{
		"cost repair": "Cost Repair", "Cost Repiar": "Cost Repair", "spede": "Speed", "date": "Flight Date", "zzz": "",
	} {
		got := Names(want, have, 1)
		if first == "" && len(got) != 0 || first != "" && !slices.Equal(got, []string{first}) {
			t.Errorf("Names(%q) = %v, want %q", want, got, first)
		}
	}
}

func TestHint(t *testing.T) {
	for _, c := range []struct {
		have []string
		want string
	}{
		{[]string{"amount"}, `Did you mean "amount"?`},
		{[]string{"city", "zip"}, `There is "city", "zip".`},
		{nil, ""},
	} {
		if got := Hint("amuont", c.have); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
