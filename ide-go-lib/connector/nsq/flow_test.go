package nsq

import (
	"bufio"
	"encoding/binary"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A heartbeat that lies behind more than anybody has asked for is answered all the same, and what comes is bounded.
func TestHeartbeatsAreAnsweredHoweverMuchWaits(t *testing.T) {
	here, there := net.Pipe()
	l := &link{net: here, in: inflow(), says: make(chan reply, 16), done: make(chan struct{}), out: bufio.NewWriter(here)}
	said := bufio.NewReader(there)
	line := func() string {
		t.Helper()
		text, err := said.ReadString('\n')
		require.NoError(t, err)
		return strings.TrimSpace(text)
	}
	begun := make(chan error, 1)
	go func() { begun <- l.receive(ready) }()
	require.Equal(t, "RDY 2500", line())
	require.NoError(t, <-begun)
	go l.read(bufio.NewReader(here))

	sent := make(chan error, 1)
	go func() {
		send := func(kind uint32, data []byte) error {
			var head [8]byte
			binary.BigEndian.PutUint32(head[:4], uint32(len(data)+4))
			binary.BigEndian.PutUint32(head[4:], kind)
			_, err := there.Write(append(head[:], data...))
			return err
		}
		body := make([]byte, 26+8<<10)
		var err error
		for range ready {
			err = errors.Join(err, send(frameMessage, body))
		}
		sent <- errors.Join(err, send(frameResponse, []byte(heartbeat)))
	}()
	require.Equal(t, "RDY 0", line(), "so many bytes wait")
	require.Equal(t, "NOP", line(), "nobody has asked for any of them")
	require.NoError(t, <-sent)

	resumed := make(chan int, 1)
	go func() {
		n := 0
		for n < ready {
			got, err := l.next(t.Context(), ready)
			if err != nil {
				break
			}
			n += len(got)
		}
		resumed <- n
	}()
	require.Equal(t, "RDY 2500", line(), "there is room again")
	require.Equal(t, ready, <-resumed)
	go func() { begun <- l.rest() }()
	require.Equal(t, "RDY 0", line())
	require.NoError(t, <-begun)
	require.NoError(t, there.Close())
	require.NoError(t, l.close())
}
