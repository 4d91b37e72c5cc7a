package console_test

import (
	"context"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/cmd/dataflow/cli/console"
	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/testkit"
)

func TestSignalsAtOnceAreOneRequest(t *testing.T) {
	now := clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	signals, exit := make(chan os.Signal), make(chan int, 1)
	w := &console.World{Clock: now, Signals: signals, Exit: func(code int) { exit <- code }}
	ctx, stop := w.UntilSignal(t.Context())
	defer stop()
	for range 3 { // each is taken when the one before has had its effect
		signals <- syscall.SIGTERM
	}
	require.ErrorIs(t, context.Cause(ctx), console.ErrSignal)
	require.Empty(t, exit)
	now.Advance(time.Second)
	signals <- syscall.SIGTERM
	require.Equal(t, console.ExitCanceled, testkit.Receive(t, "the end of the process", exit))
}

func TestTheAnswerToABeginningIsWaitedFor(t *testing.T) {
	now := clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	w := &console.World{Clock: now}
	ctx, signal := context.WithCancelCause(t.Context())
	answer, done := w.UntilAnswered(ctx)
	defer done()
	signal(console.ErrSignal)
	now.BlockUntil(1)
	require.NoError(t, answer.Err())
	now.Advance(time.Minute)
	require.ErrorIs(t, context.Cause(answer), console.ErrSignal)
}
