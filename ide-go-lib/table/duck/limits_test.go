package duck

import (
	"strings"
	"testing"
)

// What only whoever runs the server can change names the option.
func TestLimitsNameTheirOptions(t *testing.T) {
	for message, options := range map[string][]string{
		"could not allocate block of size 256.0 KiB":                         {"--table-memory", "--table-queries"},
		"failed to offload data block, max temp directory size was exceeded": {"--table-disk"},
	} {
		e := (&failure{kind: "Out of Memory", message: message}).public(nil)
		for _, option := range options {
			if !strings.Contains(e.Hint, option) || strings.Contains(e.Message, "aggregate") {
				t.Errorf("%s: %s %s", message, e.Message, e.Hint)
			}
		}
	}
}
