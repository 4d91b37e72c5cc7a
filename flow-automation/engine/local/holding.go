package local

import (
	"fmt"
	"strings"
	"time"

	"dataflow/ide-go-lib/words"
)

// mostHolders bounds how many of those that hold something are named.
const mostHolders = 5

// holding is a sentence that names the steps of the run's tenant that hold what is waited for, and counts those of others; or "".
func (r *live) holding(held []holder) string {
	now := r.e.now()
	var named []string
	more, others := 0, 0
	for _, h := range held {
		of := h.of.r
		switch {
		case of.head.Tenant != r.head.Tenant:
			others++
		case len(named) == mostHolders:
			more++
		default:
			lasts := max(0, now.Sub(h.since)).Truncate(time.Second)
			named = append(named, fmt.Sprintf("%s of run %s of %s for %s", h.of.path, of.head.ID, of.head.FlowName, words.Amount(lasts.Seconds(), words.Seconds)))
		}
	}
	if more > 0 {
		named = append(named, words.Number(more, "more step", "more steps"))
	}
	if others > 0 {
		named = append(named, words.Number(others, "step of another tenant", "steps of other tenants"))
	}
	if len(named) == 0 {
		return ""
	}
	return " Busy with: " + strings.Join(named, "; ") + "."
}
