package cli

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	automation "dataflow/flow-automation"
	"dataflow/flow-automation/flow"
)

// keepingFlags say what is kept of the past, and how much a tenant may have.
type keepingFlags struct {
	age    string
	runs   int
	mib    int
	quotas []string
}

func (k *keepingFlags) add(fl *pflag.FlagSet) {
	fl.StringVar(&k.age, "retention-age", "", "how long finished runs are kept, such as 30d, of flows that do not say themselves; absent is for ever")
	fl.IntVar(&k.runs, "retention-runs", 0, "how many finished runs of a flow are kept, of flows that do not say themselves; 0 is all")
	fl.IntVar(&k.mib, "retention-mib", 0, "how many MiB of results of a flow are kept, of flows that do not say themselves; 0 is all")
	fl.StringArrayVar(&k.quotas, "quota", nil, "what every tenant may have, or one tenant: `[tenant:]runs=N,stored-runs=N,artifact-mib=N`; may be repeated, or several with ; between")
}

// keeping reads the flags.
func (k *keepingFlags) keeping() (out automation.Keeping, err error) {
	if _, err := flow.Duration(k.age).Parse(); err != nil {
		return out, usagef("--retention-age: %w", err)
	}
	if k.runs < 0 || k.mib < 0 {
		return out, usagef("--retention-runs and --retention-mib cannot be negative")
	}
	out.Retention = flow.Retention{Age: flow.Duration(k.age), Runs: k.runs, MiB: k.mib}
	if len(k.quotas) == 0 {
		return out, nil
	}
	quotas := map[string]automation.Quota{}
	for _, text := range strings.Split(strings.Join(k.quotas, ";"), ";") {
		tenant, quota, err := parseQuota(strings.TrimSpace(text))
		if err != nil {
			return out, usagef("--quota %s: %w; write it as runs=100,stored-runs=10000,artifact-mib=2048, with tenant: in front for one tenant", text, err)
		}
		quotas[tenant] = quota
	}
	out.Quota = func(tenant string) automation.Quota {
		if q, own := quotas[tenant]; own {
			return q
		}
		return quotas[""]
	}
	return out, nil
}

func parseQuota(text string) (tenant string, q automation.Quota, err error) {
	if before, rest, ok := strings.Cut(text, ":"); ok {
		tenant, text = strings.TrimSpace(before), rest
	}
	for _, part := range strings.Split(text, ",") {
		name, number, _ := strings.Cut(strings.TrimSpace(part), "=")
		n, err := strconv.ParseInt(number, 10, 40)
		if err != nil || n < 0 {
			return "", q, fmt.Errorf("%q is not a name, = and a number", part)
		}
		switch name {
		case "runs":
			q.Runs = n
		case "stored-runs":
			q.StoredRuns = n
		case "artifact-mib":
			q.ArtifactBytes = n << 20
		default:
			return "", q, fmt.Errorf("there is no quota %q", name)
		}
	}
	return tenant, q, nil
}
