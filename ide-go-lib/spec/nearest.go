package spec

import "dataflow/ide-go-lib/near"

// Nearest gives the candidate that name most probably means, or "" when none is close, for messages of the kind
// "did you mean".
func Nearest(name string, candidates []string) string {
	if len(name) < 2 {
		return "" // one letter resembles every other
	}
	if found := near.Names(name, candidates, 1); len(found) > 0 {
		return found[0]
	}
	return ""
}
