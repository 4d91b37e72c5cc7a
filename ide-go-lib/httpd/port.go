package httpd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
)

// Port is an address that is listened on for longer than one server lives: servers come and go, and whoever connects in
// between waits a moment in place of being refused.
type Port struct {
	l      net.Listener
	calls  chan passed
	closed chan struct{}
	once   sync.Once
}

type passed struct {
	conn net.Conn
	err  error
}

// Listen listens on addr: host:port, with port 0 for any free one, or unix:/path.
func Listen(ctx context.Context, addr string) (*Port, error) {
	l, err := listen(ctx, addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	p := &Port{l: l, calls: make(chan passed), closed: make(chan struct{})}
	go p.accept()
	return p, nil
}

// Addr gives the address, as host:port or the path of a Unix socket.
func (p *Port) Addr() string { return p.l.Addr().String() }

// Close ends the listening. Closing twice does nothing.
func (p *Port) Close() error {
	var err error
	p.once.Do(func() {
		close(p.closed)
		err = p.l.Close()
	})
	return err
}

func (p *Port) accept() {
	for {
		conn, err := p.l.Accept()
		if p.pass(passed{conn, err}); errors.Is(err, net.ErrClosed) {
			return
		}
	}
}

// pass hands a connection to the server of the time.
func (p *Port) pass(c passed) {
	select {
	case p.calls <- c:
	case <-p.closed:
		if c.err == nil {
			_ = c.conn.Close() // nobody will ever answer it
		}
	}
}

// berth is one server's time at the port.
type berth struct {
	p    *Port
	left chan struct{}
	once sync.Once
}

func (p *Port) berth() net.Listener { return &berth{p: p, left: make(chan struct{})} }

// Accept waits for the next connection.
func (b *berth) Accept() (net.Conn, error) {
	select {
	case <-b.left: // first: whoever has left takes none of the next one's
		return nil, net.ErrClosed
	default:
	}
	select {
	case c := <-b.p.calls:
		select {
		case <-b.left:
			go b.p.pass(c)
			return nil, net.ErrClosed
		default:
		}
		return c.conn, c.err
	case <-b.left:
	case <-b.p.closed:
	}
	return nil, net.ErrClosed
}

// Close leaves the port to the next server.
func (b *berth) Close() error {
	b.once.Do(func() { close(b.left) })
	return nil
}

// Addr is that of the port.
func (b *berth) Addr() net.Addr { return b.p.l.Addr() }
