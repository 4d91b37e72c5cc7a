package connector_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/testkit"
)

// What is large waits outside until there is room for its bytes, though there is room for more in number.
func TestInflowBoundsBytes(t *testing.T) {
	in := connector.NewInflow(1_000, func(b []byte) int { return len(b) })
	const large = 20 << 20
	require.True(t, in.Put(make([]byte, large)), "one is let in however large it is")
	second := make(chan bool, 1)
	go func() { second <- in.Put(make([]byte, large)) }()
	got, err := in.Next(t.Context(), 1_000)
	require.NoError(t, err)
	require.Len(t, got, 1)
	require.True(t, testkit.Receive(t, "there is room again", second))
	third := make(chan bool, 1)
	go func() { third <- in.Put([]byte("x")) }()
	in.Stop()
	require.False(t, testkit.Receive(t, "nobody wants it any more", third))
}
