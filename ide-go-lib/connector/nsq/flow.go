package nsq

import (
	"errors"
	"strconv"
	"sync"
)

// waits is how many bytes may wait for somebody who asks for them, before nsqd is told to send no more.
const waits = 16 << 20

// flow keeps what nsqd sends within bounds, so that a link is read all the time: heartbeats lie behind the messages, and nsqd
// hangs up on who does not answer them, or lets what it sends pile up.
type flow struct {
	mu    sync.Mutex
	ready int // how many messages nsqd sends before they are confirmed
	bytes int // that wait
	full  bool
	over  bool // no more are wanted
}

// receive lets nsqd send so many messages.
func (l *link) receive(ready int) error {
	l.flow.mu.Lock()
	defer l.flow.mu.Unlock()
	l.flow.ready = ready
	return l.allow(ready)
}

// rest lets it send no more.
func (l *link) rest() error {
	l.flow.mu.Lock()
	defer l.flow.mu.Unlock()
	l.flow.over = true
	return l.allow(0)
}

func (l *link) allow(n int) error {
	return errors.Join(l.write("RDY "+strconv.Itoa(n), nil), l.flush())
}

// came counts a message that waits from now on.
func (l *link) came(m message) error {
	l.flow.mu.Lock()
	defer l.flow.mu.Unlock()
	if l.flow.bytes += len(m.body); l.flow.bytes <= waits || l.flow.full || l.flow.over {
		return nil
	}
	l.flow.full = true
	return l.allow(0)
}

// took counts messages that somebody has asked for.
func (l *link) took(all ...message) error {
	l.flow.mu.Lock()
	defer l.flow.mu.Unlock()
	for _, m := range all {
		l.flow.bytes -= len(m.body)
	}
	if !l.flow.full || l.flow.over || l.flow.bytes > waits/2 {
		return nil
	}
	l.flow.full = false
	return l.allow(l.flow.ready)
}
