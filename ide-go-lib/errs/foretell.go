package errs

import "context"

type listener struct{}

// Listen gives the context of work of which somebody wants to know as soon as it has failed. Hear is called on the work's goroutine,
// perhaps several times; the last error is the most exact one.
func Listen(ctx context.Context, hear func(*Error)) context.Context {
	return context.WithValue(ctx, listener{}, hear)
}

// Foretell says that the work has failed with this error and left nothing, before what takes a while is found out about it: should
// the work's time run out meanwhile, this is why it has failed.
func Foretell(ctx context.Context, e *Error) {
	if hear, ok := ctx.Value(listener{}).(func(*Error)); ok {
		hear(e)
	}
}
