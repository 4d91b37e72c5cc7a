// Package lifecycle is the one contract of everything that has a life.
package lifecycle

import "context"

// Service starts and stops. Start returns when the service is ready to be used or has failed; its ctx bounds only the
// start. Stop ends all work in an orderly way until its ctx ends, then ends it anyway; a second Stop, and a Stop before
// Start, do nothing.
type Service interface {
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
}
