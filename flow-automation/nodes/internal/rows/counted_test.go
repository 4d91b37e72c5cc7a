package rows

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

func TestCountedRows(t *testing.T) {
	const text = "1,\"two\nlines\"\n2,\"a \"\"quote\"\"\n\"\n3,x\n"
	for _, r := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text))} {
		var last int64
		got, err := io.ReadAll(&counted{r: r, told: func(rows int64) { last = rows }})
		require.NoError(t, err)
		require.Equal(t, text, string(got))
		require.Equal(t, int64(3), last)
	}
}
