package local

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the engine's figures. nil keeps none.
type metrics struct {
	began   prometheus.Counter
	ended   *prometheus.CounterVec
	steps   *prometheus.HistogramVec
	batch   prometheus.Histogram
	commit  prometheus.Histogram
	failed  prometheus.Counter
	observe map[string][2]prometheus.Observer // by pool: failed, succeeded
}

func newMetrics(to prometheus.Registerer, e *Engine) *metrics {
	if to == nil {
		return nil
	}
	m := &metrics{
		began: prometheus.NewCounter(prometheus.CounterOpts{Name: "dataflow_runs_started_total", Help: "Runs made durable."}),
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "dataflow_runs_ended_total", Help: "Runs ended, by status."}, []string{"status"}),
		steps: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "dataflow_step_seconds", Help: "Time that attempts at steps took, by kind of worker.", Buckets: prometheus.ExponentialBuckets(0.0001, 4, 11),
		}, []string{"pool", "outcome"}),
		batch: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "dataflow_journal_batch_records", Help: "Records made durable by one commit.", Buckets: prometheus.ExponentialBuckets(1, 2, 12),
		}),
		commit: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "dataflow_journal_commit_seconds", Help: "Time that a commit of the journal took.", Buckets: prometheus.ExponentialBuckets(0.0001, 2, 15),
		}),
		failed:  prometheus.NewCounter(prometheus.CounterOpts{Name: "dataflow_journal_failures_total", Help: "Commits of the journal that failed and were tried again."}),
		observe: map[string][2]prometheus.Observer{},
	}
	to.MustRegister(m.began, m.ended, m.steps, m.batch, m.commit, m.failed)
	for name, p := range e.pools {
		to.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "dataflow_steps_waiting", Help: "Steps that wait for a worker.", ConstLabels: prometheus.Labels{"pool": name},
		}, func() float64 { return float64(p.depth()) }))
		m.observe[name] = m.observers(name)
	}
	m.observe["inline"] = m.observers("inline")
	to.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "dataflow_runs_active", Help: "Runs being carried out."}, func() float64 {
			e.mu.Lock()
			defer e.mu.Unlock()
			return float64(e.active)
		}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "dataflow_runs_queued", Help: "Runs that wait to be carried out."}, func() float64 {
			e.mu.Lock()
			defer e.mu.Unlock()
			return float64(len(e.adm.queued))
		}),
	)
	return m
}

func (m *metrics) observers(pool string) [2]prometheus.Observer {
	return [2]prometheus.Observer{m.steps.WithLabelValues(pool, "failed"), m.steps.WithLabelValues(pool, "succeeded")}
}

func (m *metrics) runBegan() {
	if m != nil {
		m.began.Inc()
	}
}

func (m *metrics) runEnded(status string) {
	if m != nil {
		m.ended.WithLabelValues(status).Inc()
	}
}

func (m *metrics) stepEnded(pool string, ok bool, took time.Duration) {
	if m == nil {
		return
	}
	both, known := m.observe[pool]
	if !known {
		both = m.observe["go"]
	}
	if ok {
		both[1].Observe(took.Seconds())
	} else {
		both[0].Observe(took.Seconds())
	}
}

func (m *metrics) committed(records int, took time.Duration) {
	if m != nil && records > 0 {
		m.batch.Observe(float64(records))
		m.commit.Observe(took.Seconds())
	}
}

func (m *metrics) commitFailed() {
	if m != nil {
		m.failed.Inc()
	}
}
