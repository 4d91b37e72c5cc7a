package mqtt

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/eclipse/paho.golang/packets"

	"dataflow/ide-go-lib/connector"
)

const (
	// alive is how often something is heard of the broker at least.
	alive = 30 * time.Second
	// ahead is how many messages the broker may send before they are confirmed; most brokers send fewer.
	ahead = 1_000
	// largest is how many bytes a packet may have that the broker sends.
	largest = 64 << 20
)

// session is a connection on which packets come and go.
type session struct {
	cfg  Config
	net  net.Conn
	in   *connector.Inflow[*packets.Publish]
	acks chan ack
	done chan struct{}
	// flight is how many messages may be on their way to the broker, and most how many bytes a packet may have; 0 is any.
	flight, most int
	// present says that the broker had kept the session, and keeps how long it will; negative is as long as it was asked to.
	present bool
	keeps   time.Duration

	mu   sync.Mutex // of out, and of packets that are written whole
	out  *bufio.Writer
	next uint16

	pings pings
}

// pings counts questions whether the broker is there, and its answers, which come in the order of all that was sent.
type pings struct {
	mu          sync.Mutex
	asked, told int
	come        chan struct{} // closed with the next answer
}

// ack is what the broker says to a packet.
type ack struct {
	id      uint16
	reason  byte
	text    string
	publish bool
}

// begin says hello and waits for the answer.
func begin(ctx context.Context, n net.Conn, hello *packets.Connect, cfg Config) (*session, error) {
	defer context.AfterFunc(ctx, func() { _ = n.SetDeadline(time.Unix(1, 0)) })()
	if _, err := (&packets.ControlPacket{FixedHeader: packets.FixedHeader{Type: packets.CONNECT}, Content: hello}).WriteTo(n); err != nil {
		return nil, err
	}
	r := bufio.NewReaderSize(n, 64<<10)
	p, err := packets.ReadPacket(r)
	if err != nil {
		return nil, err
	}
	answer, ok := p.Content.(*packets.Connack)
	if !ok {
		return nil, errors.New("the answer to CONNECT is a " + p.PacketType())
	}
	if answer.ReasonCode != packets.ConnackSuccess {
		return nil, &refused{answer.ReasonCode, answer.Properties.ReasonString}
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	s := &session{
		cfg: cfg, net: n, in: connector.NewInflow(64, func(p *packets.Publish) int { return len(p.Payload) }), acks: make(chan ack, 64), done: make(chan struct{}), out: bufio.NewWriterSize(n, 64<<10), flight: 256,
		pings: pings{come: make(chan struct{})},
	}
	s.present, s.keeps = answer.SessionPresent, -1
	if m := answer.Properties.SessionExpiryInterval; m != nil {
		s.keeps = time.Duration(*m) * time.Second
	}
	if m := answer.Properties.ReceiveMaximum; m != nil {
		s.flight = max(1, min(s.flight, int(*m)))
	}
	if m := answer.Properties.MaximumPacketSize; m != nil {
		s.most = int(*m)
	}
	go s.read(r)
	go s.ping()
	return s, nil
}

// read takes what comes until the connection ends.
func (s *session) read(r io.Reader) {
	defer close(s.done)
	for {
		_ = s.net.SetReadDeadline(time.Now().Add(alive + alive/2)) // a failure shows in the read
		p, err := packets.ReadPacket(r)
		if err != nil {
			s.in.End(s.cfg.lost(err))
			return
		}
		var a ack
		switch p := p.Content.(type) {
		case *packets.Publish:
			if !s.in.Put(p) {
				return
			}
			continue
		case *packets.Puback:
			a = ack{p.PacketID, p.ReasonCode, reasonText(p.Properties), true}
		case *packets.Suback:
			a = ack{id: p.PacketID, text: reasonText(p.Properties)}
			if len(p.Reasons) > 0 {
				a.reason = p.Reasons[0]
			}
		case *packets.Disconnect:
			s.in.End(s.cfg.meaning(&refused{p.ReasonCode, reasonText(p.Properties)}))
			return
		case *packets.Pingresp:
			s.pings.mu.Lock()
			s.pings.told++
			close(s.pings.come)
			s.pings.come = make(chan struct{})
			s.pings.mu.Unlock()
			continue
		default:
			continue
		}
		select {
		case s.acks <- a:
		case <-s.in.Stopped():
			return
		}
	}
}

func reasonText(p *packets.Properties) string {
	if p == nil {
		return ""
	}
	return p.ReasonString
}

// ping says that we are there.
func (s *session) ping() {
	tick := time.NewTicker(alive / 2)
	defer tick.Stop()
	for {
		select {
		case <-s.done:
			return
		case <-tick.C:
			_, _ = s.ask() // a failure shows in what is read
		}
	}
}

// ask asks whether the broker is there, and gives the number of its answer.
func (s *session) ask() (int, error) {
	s.pings.mu.Lock()
	s.pings.asked++
	number := s.pings.asked
	s.pings.mu.Unlock()
	return number, s.send(packets.PINGREQ, &packets.Pingreq{})
}

// settle waits until the broker has seen all that was sent. What comes meanwhile is given to keep, for until it is taken
// nothing behind it is read.
func (s *session) settle(ctx context.Context, keep func(*packets.Publish)) error {
	number, err := s.ask()
	if err != nil {
		return s.cfg.lost(err)
	}
	for {
		s.pings.mu.Lock()
		over, come := s.pings.told >= number, s.pings.come
		s.pings.mu.Unlock()
		if over {
			return nil
		}
		select {
		case <-come:
		case p := <-s.in.Come():
			s.in.Took(p)
			keep(p)
		case <-s.done:
			return s.in.Reason()
		case <-ctx.Done():
			return connector.Ended(ctx)
		}
	}
}

// queue writes a packet, which goes out at the latest with the next flush.
func (s *session) queue(typ byte, content packets.Packet) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := packets.NewControlPacket(typ)
	p.Content = content
	_, err := p.WriteTo(s.out)
	return err
}

func (s *session) flush() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.Flush()
}

func (s *session) send(typ byte, content packets.Packet) error {
	if err := s.queue(typ, content); err != nil {
		return err
	}
	return s.flush()
}

// id gives the number of the next packet; 0 is none.
func (s *session) id() uint16 {
	if s.next++; s.next == 0 {
		s.next++
	}
	return s.next
}

// answer waits for what the broker says next. Messages that come before it are given to keep, for until they are taken
// nothing behind them is read; nil is for sessions to which none come.
func (s *session) answer(ctx context.Context, keep func(*packets.Publish)) (ack, error) {
	come := s.in.Come()
	if keep == nil {
		come = nil
	}
	for {
		select {
		case a := <-s.acks:
			return a, nil
		case p := <-come:
			s.in.Took(p)
			keep(p)
		case <-ctx.Done():
			return ack{}, connector.Ended(ctx)
		case <-s.done:
			select {
			case a := <-s.acks:
				return a, nil
			default:
				return ack{}, s.in.Reason()
			}
		}
	}
}

// guard ends writing when ctx ends.
func (s *session) guard(ctx context.Context) (done func() bool) {
	return context.AfterFunc(ctx, func() { _ = s.net.SetWriteDeadline(time.Unix(1, 0)) })
}

// close says goodbye.
func (s *session) close() error {
	s.in.Stop()
	_ = s.net.SetDeadline(time.Now().Add(time.Second)) // a broker that is gone hears no goodbye
	_ = s.send(packets.DISCONNECT, &packets.Disconnect{Properties: &packets.Properties{}})
	err := s.net.Close()
	<-s.done
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
