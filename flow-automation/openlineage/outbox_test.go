package openlineage

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/testkit/dbtest"
)

// When more wait than may, the oldest give way, and it is said how many.
func TestOutboxIsBounded(t *testing.T) {
	ctx := t.Context()
	box := &outbox{db: dbtest.Temp(t), most: 3, mostRuns: 5, mostBytes: 100}
	require.NoError(t, Migrate(ctx, box.db))
	lost, err := box.follow(ctx, []int64{1, 2, 3}, 3)
	require.NoError(t, err)
	require.Zero(t, lost)
	for no := range int64(3) {
		dropped, err := box.tell(ctx, no+1, fmt.Sprint(no+1), true, []string{start, complete}, [][]byte{[]byte("s"), []byte("c")})
		require.NoError(t, err)
		lost += dropped
	}
	require.EqualValues(t, 3, lost)
	n, err := box.waiting(ctx)
	require.NoError(t, err)
	require.EqualValues(t, 3, n)
	l, err := box.next(ctx)
	require.NoError(t, err)
	require.Equal(t, "2 COMPLETE", l.run+" "+l.typ)

	// A run that has been told of to its end is followed no more; how far it went stays.
	list, err := box.open(ctx)
	require.NoError(t, err)
	require.Empty(t, list)
	at, there, err := box.position(ctx)
	require.NoError(t, err)
	require.True(t, there)
	require.EqualValues(t, 3, at)
	_, err = box.follow(ctx, nil, 2)
	require.NoError(t, err)
	at, _, err = box.position(ctx)
	require.NoError(t, err)
	require.EqualValues(t, 3, at, "it never goes back")

	lost, err = box.follow(ctx, []int64{4, 5, 6, 7, 8, 9, 10}, 10)
	require.NoError(t, err)
	require.EqualValues(t, 2, lost)
	list, err = box.open(ctx)
	require.NoError(t, err)
	require.Len(t, list, 5)
	require.EqualValues(t, 6, list[0].no)
}

// What waits is bounded in bytes too, counted anew by the next process; the newest event stays whatever its size.
func TestOutboxIsBoundedInBytes(t *testing.T) {
	ctx := t.Context()
	box := &outbox{db: dbtest.Temp(t), most: 100, mostRuns: 5, mostBytes: 10}
	require.NoError(t, Migrate(ctx, box.db))
	tell := func(size int) int64 {
		dropped, err := box.tell(ctx, 1, "1", false, []string{start}, [][]byte{make([]byte, size)})
		require.NoError(t, err)
		return dropped
	}
	require.Zero(t, tell(4))
	require.Zero(t, tell(6))
	l, err := box.next(ctx)
	require.NoError(t, err)
	require.NoError(t, box.remove(ctx, l))
	require.Zero(t, tell(4))
	box = &outbox{db: box.db, most: 100, mostRuns: 5, mostBytes: 10}
	require.EqualValues(t, 1, tell(6))
	require.EqualValues(t, 2, tell(11))
	n, err := box.waiting(ctx)
	require.NoError(t, err)
	require.EqualValues(t, 1, n)

	require.NoError(t, Forget(ctx, box.db))
	n, err = box.waiting(ctx)
	require.NoError(t, err)
	require.Zero(t, n)
}

func TestRunIDs(t *testing.T) {
	require.Equal(t, "01a229b0-e3af-f502-d370-15f6e9a65545", runID("01m8mv1rxfym1d6w0nyvmtcna5"))
	require.Equal(t, runID("another"), runID("another"))
	require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, runID("another"))
}

func TestPauses(t *testing.T) {
	for attempts := range 100 {
		d := pause(attempts)
		require.LessOrEqual(t, d, longestWait)
		require.GreaterOrEqual(t, d, firstWait/2)
	}
}
