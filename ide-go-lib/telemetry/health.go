package telemetry

import (
	"context"
	"sync"
	"time"
)

// Status is how a part of the system is.
type Status string

// The statuses, from the best to the worst.
const (
	OK       Status = "ok"
	Starting Status = "starting"
	Degraded Status = "degraded"
	Failed   Status = "failed"
)

// Check finds out how a part is; detail says in a few words why, and is shown to everybody.
type Check func(ctx context.Context) (status Status, detail string)

// CheckReport is the answer of one check.
type CheckReport struct {
	Name   string `json:"name"`
	Status Status `json:"status" enum:"ok,starting,degraded,failed"`
	Detail string `json:"detail,omitempty"`
	// Gates says that the service is not ready while this check fails or starts.
	Gates bool `json:"gates" doc:"Whether readiness depends on it"`
}

// Report is the answer of all checks.
type Report struct {
	Ready  bool          `json:"ready"`
	Checks []CheckReport `json:"checks"`
}

// Health is a list of named checks. The zero value is ready for use and ready as a service.
type Health struct {
	mu     sync.Mutex
	checks []namedCheck
}

type namedCheck struct {
	name  string
	gates bool
	check Check
}

// checkTimeout is how long one check may take before it counts as failed.
const checkTimeout = 2 * time.Second

// Add registers a check. With gates the service is not ready unless the check is ok or degraded.
func (h *Health) Add(name string, gates bool, check Check) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if name == "" || check == nil {
		panic("telemetry: a health check needs a name and a function")
	}
	for _, c := range h.checks {
		if c.name == name {
			panic("telemetry: health check " + name + " is there already")
		}
	}
	h.checks = append(h.checks, namedCheck{name, gates, check})
}

// Report asks all checks at once, in the order in which they were added. One that does not answer in time has failed.
func (h *Health) Report(ctx context.Context) Report {
	h.mu.Lock()
	checks := h.checks[:len(h.checks):len(h.checks)]
	h.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	answers := make([]chan CheckReport, len(checks))
	for i, c := range checks {
		answers[i] = make(chan CheckReport, 1)
		go func() {
			status, detail := c.check(ctx)
			answers[i] <- CheckReport{Name: c.name, Status: status, Detail: detail, Gates: c.gates}
		}()
	}
	report := Report{Ready: true, Checks: make([]CheckReport, len(checks))}
	for i, c := range checks {
		select {
		case report.Checks[i] = <-answers[i]:
		case <-ctx.Done():
			report.Checks[i] = CheckReport{Name: c.name, Status: Failed, Detail: "does not answer", Gates: c.gates}
		}
		if s := report.Checks[i].Status; c.gates && s != OK && s != Degraded {
			report.Ready = false
		}
	}
	return report
}

// CheckError makes a check of a function that fails or not; the cause is not shown, only detail.
func CheckError(detail string, f func(ctx context.Context) error) Check {
	return func(ctx context.Context) (Status, string) {
		if err := f(ctx); err != nil {
			return Failed, detail
		}
		return OK, ""
	}
}
