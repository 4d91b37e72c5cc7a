package local

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"syscall"

	"github.com/prometheus/client_golang/prometheus"

	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/lease"
	"dataflow/ide-go-lib/telemetry"
)

// trouble is what keeps the journal from being written, if anything does. It is said once in the log, for as long as it
// lasts in the health report and in a metric, and once more when it is over.
type trouble struct {
	dialect db.Dialect
	logger  *slog.Logger

	mu     sync.Mutex
	err    error
	begun  chan struct{} // closed while there is an err
	damage error         // what was met of damage to the database's file; it stays until a restart
}

func newTrouble(store *db.DB, logger *slog.Logger, to prometheus.Registerer) *trouble {
	t := &trouble{dialect: store.Dialect, logger: logger, begun: make(chan struct{})}
	if to != nil {
		to.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "dataflow_journal_writable", Help: "1 while the journal of runs can be written, 0 while runs wait until it can.",
		}, func() float64 {
			if t.now() != nil {
				return 0
			}
			return 1
		}), prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "dataflow_journal_damaged", Help: "1 when a part of the journal cannot be read, so that runs wait until it is mended.",
		}, func() float64 {
			if t.met() != nil {
				return 1
			}
			return 0
		}))
	}
	return t
}

// failed takes note of a commit that failed with that many records to write.
func (t *trouble) failed(err error, records int) {
	t.mu.Lock()
	first := t.err == nil
	t.err = err
	if first {
		close(t.begun)
	}
	t.mu.Unlock()
	if first {
		t.logger.Error("the journal cannot be written; runs wait until it can", "error", err, "because", t.reason(err), "records", records)
	}
}

// worked takes note of a commit.
func (t *trouble) worked() {
	t.mu.Lock()
	was := t.err
	if was != nil {
		t.err, t.begun = nil, make(chan struct{})
	}
	t.mu.Unlock()
	if was != nil {
		t.logger.Info("the journal can be written again; runs go on", "was", was)
	}
}

// damaged takes note of a part of the database that cannot be read.
func (t *trouble) damaged(err error) {
	t.mu.Lock()
	first := t.damage == nil
	t.damage = err
	t.mu.Unlock()
	if first {
		t.logger.Error("a part of the journal cannot be read; stop the server and run dataflow doctor --repair, or restore a backup", "error", err)
	}
}

// met gives the damage that was met, if any was.
func (t *trouble) met() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.damage
}

func (t *trouble) now() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

// stuck gives a channel that is closed once the journal cannot be written, at once while it cannot.
func (t *trouble) stuck() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.begun
}

// reason names the trouble in a few words, for people.
func (t *trouble) reason(err error) string {
	switch {
	case errors.Is(err, lease.ErrLost):
		return "another process owns the store now"
	case t.dialect.IsDamaged(err):
		return "the database is damaged; stop the server and run dataflow doctor"
	case t.dialect.IsFull(err), errors.Is(err, syscall.ENOSPC):
		return "the disk is full"
	case t.dialect.IsGuarded(err):
		return "this process cannot be sure that it still owns the store"
	case t.dialect.IsReadOnly(err):
		return "the disk is read-only"
	case t.dialect.IsBusy(err):
		return "another process holds the database"
	}
	return "the disk does not take what is written"
}

// Journal is the journal as a health check: degraded while it cannot be written, failed when it is damaged.
func (e *Engine) Journal(context.Context) (telemetry.Status, string) {
	t := e.writer.trouble
	err := t.now()
	switch {
	case t.met() != nil:
		return telemetry.Failed, "a part of the database is damaged, so runs wait; stop the server and run dataflow doctor --repair, or restore a backup"
	case err == nil:
		return telemetry.OK, ""
	case e.db.Dialect.IsDamaged(err):
		return telemetry.Failed, t.reason(err)
	}
	return telemetry.Degraded, "cannot be written, so runs wait: " + t.reason(err)
}

// unwritable is what those are told who would wait for the journal as long as it cannot be written.
func (e *Engine) unwritable() error {
	t := e.writer.trouble
	return errs.Unavailable(codeUnwritable, "The journal cannot be written now: %s. What was asked for may be done once it can.", t.reason(t.now())).
		WithHint("Put that right, and look at the run again. /readyz says when the journal can be written.")
}

// whyStuck says that no run goes on while the journal cannot be written, or "".
func (e *Engine) whyStuck() string {
	if err := e.writer.trouble.now(); err != nil {
		return "Waits until the journal can be written: " + e.writer.trouble.reason(err) + "."
	}
	return ""
}

// impair leaves the engine in a state in which what can be read is shown, and nothing is carried out or begun: it does not
// know where the journal ends.
func (e *Engine) impair(err error) {
	e.writer.trouble.damaged(err)
	e.writer.start()
}

// closed is why nothing can be begun now.
func (e *Engine) closed() error {
	if e.writer.trouble.met() != nil {
		return errs.Unavailable(codeDamaged, "A part of the database is damaged, so no run can be begun or changed.").
			WithHint("Stop the server and run dataflow doctor --repair, or restore a backup.")
	}
	return errs.Unavailable(codeStopping, "The server is stopping; try again in a moment.")
}
