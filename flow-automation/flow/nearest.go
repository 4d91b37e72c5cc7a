package flow

import "dataflow/ide-go-lib/spec"

// DidYouMean is a hint to put after a message about an unknown name, or "".
func DidYouMean(name string, candidates []string) string {
	if near := spec.Nearest(name, candidates); near != "" {
		return "; did you mean " + near + "?"
	}
	return ""
}
