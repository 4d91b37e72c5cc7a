package when

import (
	"context"
	"encoding/json"
	"time"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/incoming"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// Clocks are the last fields of nodes that go by the calendar and the clocks of a zone.
type Clocks struct {
	Zone string `json:"zone,omitempty" title:"Time zone" zh:"时区" doc:"Whose calendar and clocks count; empty is the offset that the time has" doc_zh:"按哪个时区的日历和时钟；留空则用时间自带的偏移量" example:"Europe/Berlin"`
	incoming.Field
}

// Check finds what the schema cannot.
func (c Clocks) Check() []errs.Detail { return CheckZone("with.zone", c.Zone) }

// Each applies f to the point in time that comes in, or to every one of a list, in the zone of the field with.zone.
func Each(ctx context.Context, call *node.Call, zone string, f func(in incoming.Taken, t time.Time) (any, error)) (value.Outputs, error) {
	place, err := Zone("with.zone", zone)
	if err != nil {
		return nil, err
	}
	in, err := incoming.Take(ctx, call)
	if err != nil {
		return nil, err
	}
	return in.Each(ctx, func(raw json.RawMessage) (any, error) {
		t, err := Read(in.Field, raw, place)
		if err != nil {
			return nil, err
		}
		return f(in, t)
	})
}
