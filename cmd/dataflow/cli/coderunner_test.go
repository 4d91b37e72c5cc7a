package cli

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhereCoderunnerListens(t *testing.T) {
	require.Equal(t, "http://0.0.0.0:4591", networkName("0.0.0.0", "[::]:4591", false), "what was asked for")
	require.Equal(t, "https://[::1]:4591", networkName("::1", "[::1]:4591", true))
	require.Equal(t, "http://[::]:4591", networkName("", "[::]:4591", false))
}
