package nsq

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"dataflow/ide-go-lib/connector"
)

// Kinds of frames.
const (
	frameResponse = 0
	frameError    = 1
	frameMessage  = 2
)

const (
	// beat is how often the server shows that it is alive.
	beat = 15 * time.Second
	// held is how long the server waits for a message to be confirmed before it gives it to somebody else.
	held = connector.Held
	// largest is how many bytes a frame may have.
	largest   = 256 << 20
	heartbeat = "_heartbeat_"
)

// link is a connection to one nsqd.
type link struct {
	cfg   Config
	host  string
	port  int
	net   net.Conn
	about about
	in    *connector.Inflow[message]
	says  chan reply
	done  chan struct{}
	flow  flow
	late  atomic.Int64 // messages that nsqd had given to others when they were confirmed

	mu  sync.Mutex // of out
	out *bufio.Writer
}

// about is what nsqd says of itself.
type about struct {
	Version  string `json:"version"`
	MaxReady int    `json:"max_rdy_count"`
	TLS      bool   `json:"tls_v1"`
	Auth     bool   `json:"auth_required"`
}

// message is one as it came.
type message struct {
	at   time.Time
	id   string
	body []byte
	by   *link
}

type reply struct {
	text string
	bad  bool
}

// said is an error that nsqd answers with.
type said string

// Error implements error.
func (s said) Error() string { return string(s) }

// dial connects to an nsqd and says hello.
func dial(ctx context.Context, world connector.World, c Config, host string, port int) (*link, error) {
	limited, stop := context.WithTimeout(ctx, c.ConnectTime())
	defer stop()
	n, err := world.Dial(limited, host, port, connector.TLS{Mode: "off"}) // TLS begins later
	if err != nil {
		return nil, outer(ctx, err)
	}
	l := &link{cfg: c, host: host, port: port, net: n, in: inflow(), says: make(chan reply, 16), done: make(chan struct{})}
	l.out = bufio.NewWriterSize(n, 64<<10)
	r := bufio.NewReaderSize(n, 64<<10)
	ended := context.AfterFunc(limited, func() { _ = n.SetDeadline(time.Unix(1, 0)) })
	r, err = l.hello(limited, r, held)
	if err != nil {
		ended()
		_ = l.net.Close() // nothing was said on it
		return nil, l.connectFailed(ctx, err)
	}
	if !ended() {
		_ = l.net.Close() // it took too long
		return nil, l.connectFailed(ctx, context.DeadlineExceeded)
	}
	go l.read(r)
	return l, nil
}

// inflow has room for all that nsqd may send; flow sees to the bytes.
func inflow() *connector.Inflow[message] {
	return connector.NewInflow(2*ready, func(message) int { return 0 })
}

func outer(ctx context.Context, err error) error {
	if ended := connector.Ended(ctx); ended != nil {
		return ended
	}
	return err
}

// hello agrees on how to speak: TLS, and who we are.
func (l *link) hello(ctx context.Context, r *bufio.Reader, wait time.Duration) (*bufio.Reader, error) {
	security, err := l.cfg.Client(l.host)
	if err != nil {
		return nil, err
	}
	who, err := json.Marshal(map[string]any{
		"client_id": "dataflow", "user_agent": "dataflow", "feature_negotiation": true, "tls_v1": security != nil,
		"heartbeat_interval": beat.Milliseconds(), "msg_timeout": wait.Milliseconds(),
	})
	if err != nil {
		return nil, err
	}
	if _, err := l.out.WriteString("  V2"); err != nil {
		return nil, err
	}
	answer, err := l.ask(r, "IDENTIFY", who)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(answer), &l.about); err != nil {
		return nil, fmt.Errorf("the answer to IDENTIFY: %w", err)
	}
	if security != nil {
		if !l.about.TLS {
			return nil, connector.TLSMissing(l.host, nil)
		}
		secured, err := connector.Encrypt(ctx, l.net, security, l.host, l.port)
		if err != nil {
			return nil, err
		}
		l.net, l.out, r = secured, bufio.NewWriterSize(secured, 64<<10), bufio.NewReaderSize(secured, 64<<10)
		if _, err := answerOf(r); err != nil {
			return nil, err
		}
	}
	if l.about.Auth {
		if _, err := l.ask(r, "AUTH", []byte(l.cfg.Secret.Reveal())); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// ask sends a command and reads its answer, before there is somebody who reads.
func (l *link) ask(r *bufio.Reader, command string, body []byte) (string, error) {
	if err := l.write(command, body); err != nil {
		return "", err
	}
	if err := l.flush(); err != nil {
		return "", err
	}
	return answerOf(r)
}

func answerOf(r *bufio.Reader) (string, error) {
	for {
		kind, data, err := frame(r)
		switch {
		case err != nil:
			return "", err
		case kind == frameError:
			return "", said(data)
		case kind == frameResponse && string(data) != heartbeat:
			return string(data), nil
		}
	}
}

// frame reads one.
func frame(r *bufio.Reader) (kind uint32, data []byte, err error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	size := binary.BigEndian.Uint32(head[:4])
	if size < 4 || size > largest {
		return 0, nil, errors.New("this is no frame of NSQ")
	}
	data = make([]byte, size-4)
	_, err = io.ReadFull(r, data)
	return binary.BigEndian.Uint32(head[4:]), data, err
}

// read takes what comes until the connection ends.
func (l *link) read(r *bufio.Reader) {
	defer close(l.done)
	for {
		_ = l.net.SetReadDeadline(time.Now().Add(3 * beat)) // a failure shows in the read
		kind, data, err := frame(r)
		if err != nil {
			l.in.End(l.lost(err))
			return
		}
		if kind == frameResponse && string(data) == heartbeat {
			if err := errors.Join(l.write("NOP", nil), l.flush()); err != nil {
				l.in.End(l.lost(err))
				return
			}
			continue
		}
		if kind == frameMessage {
			const head = 8 + 2 + 16
			if len(data) < head {
				l.in.End(l.lost(errors.New("a message is cut off")))
				return
			}
			at := time.Unix(0, int64(binary.BigEndian.Uint64(data))).UTC() //nolint:gosec // a time
			m := message{at, string(data[10:head]), data[head:], l}
			if err := l.came(m); err != nil {
				l.in.End(l.lost(err))
				return
			}
			if !l.in.Put(m) {
				return
			}
			continue
		}
		// What is said of messages that were given to somebody else meanwhile has no question.
		if text := string(data); strings.HasPrefix(text, "E_FIN_FAILED") {
			l.late.Add(1)
			continue
		} else if strings.HasPrefix(text, "E_REQ_FAILED") {
			continue
		}
		select {
		case l.says <- reply{string(data), kind == frameError}:
		case <-l.in.Stopped():
			return
		}
	}
}

// write puts a command into the buffer; a body is nil where there is none.
func (l *link) write(command string, body []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := l.out.WriteString(command + "\n")
	if body != nil {
		var size [4]byte
		binary.BigEndian.PutUint32(size[:], uint32(len(body))) //nolint:gosec // bodies are bounded by the server
		_, errSize := l.out.Write(size[:])
		_, errBody := l.out.Write(body)
		err = errors.Join(err, errSize, errBody)
	}
	return err
}

func (l *link) flush() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Flush()
}

// call sends a command and waits for what nsqd says to it.
func (l *link) call(ctx context.Context, command string, body []byte) error {
	if err := connector.Ended(ctx); err != nil {
		return err
	}
	defer l.guard(ctx)()
	if err := errors.Join(l.write(command, body), l.flush()); err != nil {
		return l.broken(ctx, err)
	}
	return l.answer(ctx)
}

func (l *link) answer(ctx context.Context) error {
	select {
	case r := <-l.says:
		return l.meaning(r)
	case <-ctx.Done():
		_ = l.net.Close() // an answer that comes later would be taken for that of another question
		return connector.Ended(ctx)
	case <-l.done:
		select {
		case r := <-l.says:
			return l.meaning(r)
		default:
			return l.broken(ctx, io.EOF)
		}
	}
}

func (l *link) guard(ctx context.Context) func() bool {
	return context.AfterFunc(ctx, func() { _ = l.net.SetWriteDeadline(time.Unix(1, 0)) })
}

// giveBack ends a link from which messages come: those that are open, and those that nobody has seen, go to others.
func (l *link) giveBack(open []message) error {
	ctx, stop := context.WithTimeout(context.Background(), time.Second)
	defer stop()
	_ = l.net.SetWriteDeadline(time.Now().Add(time.Second)) // a server that is gone is not waited for
	err := errors.Join(l.write("CLS", nil), l.flush())
	for told := false; err == nil && !told; {
		select {
		case <-l.says: // it sends no more
			told = true
		case <-l.done:
			told = true
		case <-ctx.Done():
			told = true
		case m := <-l.in.Come():
			l.in.Took(m)
			open = append(open, m)
		}
	}
	for len(l.in.Come()) > 0 {
		m := <-l.in.Come()
		l.in.Took(m)
		open = append(open, m)
	}
	for _, m := range open {
		err = errors.Join(err, l.write("REQ "+m.id+" 0", nil))
	}
	if err == nil {
		err = l.flush()
	}
	if half, ok := l.net.(interface{ CloseWrite() error }); ok && err == nil && half.CloseWrite() == nil {
		for over := false; !over; { // what is closed while something is unread loses what was written
			select {
			case <-l.done:
				over = true
			case <-ctx.Done():
				over = true
			case m := <-l.in.Come():
				l.in.Took(m)
			case <-l.says:
			}
		}
	}
	return l.close()
}

// close ends the link.
func (l *link) close() error {
	l.in.Stop()
	err := l.net.Close()
	<-l.done
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
