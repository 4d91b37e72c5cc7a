package reading_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/reading"
)

// cuts are how libraries say that a connection was lost in the midst of a content.
func cuts() []error {
	return []error{fmt.Errorf("failed to send packet: %w", io.EOF), io.ErrUnexpectedEOF, errs.Internal(io.EOF), errs.Unavailable("lost", "Lost.").Wrap(io.EOF)}
}

func TestFill(t *testing.T) {
	t.Parallel()
	buffer := make([]byte, 4)
	for _, r := range []io.Reader{strings.NewReader("abcdef"), iotest.OneByteReader(strings.NewReader("abcdef")), iotest.DataErrReader(strings.NewReader("abcdef"))} {
		n, last, err := reading.Fill(r, buffer)
		require.NoError(t, err)
		require.False(t, last)
		require.Equal(t, "abcd", string(buffer[:n]))
		n, last, err = reading.Fill(r, buffer)
		require.NoError(t, err)
		require.True(t, last)
		require.Equal(t, "ef", string(buffer[:n]))
	}
	for _, cut := range cuts() {
		n, last, err := reading.Fill(io.MultiReader(strings.NewReader("ab"), iotest.ErrReader(cut)), buffer)
		require.Equal(t, cut, err)
		require.False(t, last, cut)
		require.Equal(t, 2, n)
	}
}

func TestTelling(t *testing.T) {
	t.Parallel()
	told := errors.New("told")
	for _, cut := range cuts() {
		_, err := io.Copy(io.Discard, reading.Telling(iotest.ErrReader(cut), func(error) error { return told }))
		require.Equal(t, told, err, cut)
	}
	text, err := io.ReadAll(reading.Telling(strings.NewReader("all"), func(error) error { return told }))
	require.NoError(t, err)
	require.Equal(t, "all", string(text))
}
