package openlineage

import (
	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the figures; nil keeps none.
type metrics struct {
	sent    *prometheus.CounterVec
	dropped *prometheus.CounterVec
}

func newMetrics(to prometheus.Registerer, waiting func() (int64, error)) *metrics {
	if to == nil {
		return nil
	}
	m := &metrics{
		sent:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "dataflow_openlineage_sent_total", Help: "OpenLineage events that were received, by type."}, []string{"type"}),
		dropped: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "dataflow_openlineage_dropped_total", Help: "OpenLineage events that were given up: refused by the receiver, or the oldest of too many."}, []string{"reason"}),
	}
	to.MustRegister(m.sent, m.dropped, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "dataflow_openlineage_waiting", Help: "OpenLineage events that have not been received yet.",
	}, func() float64 {
		n, err := waiting()
		if err != nil {
			return -1
		}
		return float64(n)
	}))
	return m
}

func (m *metrics) delivered(kind string) {
	if m != nil {
		m.sent.WithLabelValues(kind).Inc()
	}
}

func (m *metrics) lost(reason string, n int64) {
	if m != nil && n > 0 {
		m.dropped.WithLabelValues(reason).Add(float64(n))
	}
}
