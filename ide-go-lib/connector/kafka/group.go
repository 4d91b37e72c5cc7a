package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"dataflow/ide-go-lib/connector"
)

// prepare keeps the end of each partition for a group that begins now and has not read it yet: it then begins there, whenever
// it is asked. What was removed before the group was given it is told, and passed over.
func (c *conn) prepare(ctx context.Context, req connector.SubscribeRequest) (notes []string, err error) {
	// In this order: a group that goes on meanwhile is not past the end that is asked for later.
	have, err := c.offsets(ctx, req)
	if err != nil {
		return nil, err
	}
	first, next, err := c.bounds(ctx, req.Topic)
	if err != nil {
		return nil, err
	}
	fresh, passed := kadm.Offsets{}, kadm.Offsets{}
	for _, p := range slices.Sorted(maps.Keys(next)) {
		at, ok := have.Lookup(req.Topic, p)
		switch {
		case !ok || at.At < 0:
			if req.Start == connector.FromNow {
				fresh.AddOffset(req.Topic, p, next[p], -1)
			}
			continue
		case at.At < first[p]:
			notes = append(notes, fmt.Sprintf("%d offsets of partition %d were removed before the group %s was given them.", first[p]-at.At, p, req.Group))
		case at.At > next[p]:
			notes = append(notes, fmt.Sprintf("Partition %d ends at %d, before the %d to which the group %s had come, so it is read from its beginning.", p, next[p], at.At, req.Group))
		default:
			continue
		}
		passed.AddOffset(req.Topic, p, first[p], -1)
	}
	if err := c.keep(ctx, req.Group, fresh); err != nil {
		return nil, c.failed(ctx, err)
	}
	if len(passed) > 0 { // what has moved meanwhile is in the hands of others
		now, err := c.offsets(ctx, req)
		if err != nil {
			return nil, err
		}
		passed.KeepFunc(func(o kadm.Offset) bool {
			at, ok := now.Lookup(o.Topic, o.Partition)
			was, had := have.Lookup(o.Topic, o.Partition)
			return ok && had && at.At == was.At
		})
	}
	err = c.keep(ctx, req.Group, passed)
	if errors.Is(err, kerr.UnknownMemberID) { // others are reading, to whom the brokers give what there is; it is told again, then
		err = nil
	}
	return notes, c.failed(ctx, err)
}

// offsets gives how far a group has come.
func (c *conn) offsets(ctx context.Context, req connector.SubscribeRequest) (have kadm.OffsetResponses, err error) {
	err = again(ctx, func() error {
		have, err = c.admin.FetchOffsetsForTopics(ctx, req.Group, req.Topic)
		return err
	})
	return have, c.failed(ctx, err)
}

// keep makes offsets those of a group.
func (c *conn) keep(ctx context.Context, group string, at kadm.Offsets) error {
	if len(at) == 0 {
		return nil
	}
	return again(ctx, func() error {
		done, err := c.admin.CommitOffsets(ctx, group, at)
		if err == nil {
			err = done.Error()
		}
		return err
	})
}

// again asks until the brokers know who looks after the group: for the first of a cluster that takes a while.
func again(ctx context.Context, ask func() error) error {
	const pause, times = 250 * time.Millisecond, 40
	wait := time.NewTicker(pause)
	defer wait.Stop()
	for i := 0; ; i++ {
		err := ask()
		if i == times || !errors.Is(err, kerr.CoordinatorNotAvailable) && !errors.Is(err, kerr.CoordinatorLoadInProgress) && !errors.Is(err, kerr.NotCoordinator) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-wait.C:
		}
	}
}
