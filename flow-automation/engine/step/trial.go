package step

import (
	"context"
	"time"

	"dataflow/flow-automation/node"
)

// trial says that what the attempt reads does not count as read; a preview is no run at all.
func (w *work) trial() bool { return w.preview || w.task.Trial || w.task.Test }

// unmoved are marks that stay where they are: what a trial has read goes through again in the next whole run.
type unmoved struct {
	node.Marks
	log func(level, text string)
}

// Mark implements node.Marks: a mark of the former subject stays one of that.
func (u unmoved) Mark(ctx context.Context, tenant, flow, step, subject, formerly string) (*string, error) {
	mark, err := u.Marks.Mark(ctx, tenant, flow, step, subject, "")
	if err == nil && mark == nil && formerly != "" {
		return u.Marks.Mark(ctx, tenant, flow, step, formerly, "")
	}
	return mark, err
}

// Propose implements node.Marks.
func (u unmoved) Propose(context.Context, string, string, string, string, string, string, time.Time) error {
	if u.log != nil {
		u.log("info", "A test, a run for some nodes only, or one of a backfill: how far it has come is not remembered.")
	}
	return nil
}
