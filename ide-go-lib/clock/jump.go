package clock

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Jumper is a clock that somebody can set. Timers go on by the time that really passes; what was meant for a moment has to
// be set anew.
type Jumper interface {
	Clock
	// OnJump calls f after each time that the clock was set, with how far: forward is positive. stop ends that.
	OnJump(f func(by time.Duration)) (stop func(), err error)
}

var _ Jumper = System{}

// OnJump waits in the kernel, which tells when the machine's clock was set; nothing is asked again and again.
func (System) OnJump(f func(by time.Duration)) (stop func(), err error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_REALTIME, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("watch the clock: %w", err)
	}
	file := os.NewFile(uintptr(fd), "clock")
	if err := arm(fd); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	go func() {
		last := time.Now()
		for buffer := make([]byte, 8); ; {
			_, err := file.Read(buffer)
			if err != nil && !errors.Is(err, unix.ECANCELED) {
				return // closed
			}
			now := time.Now()
			// The one difference is between what the clock showed, the other what has really passed.
			by := now.Round(0).Sub(last.Round(0)) - now.Sub(last)
			last = now
			if err := arm(fd); err != nil {
				return
			}
			f(by)
		}
	}()
	return func() { _ = file.Close() }, nil
}

// arm asks to be told when the clock is set. The moment itself is so far away that it never comes.
func arm(fd int) error {
	const never = 1 << 40 // seconds since 1970
	err := unix.TimerfdSettime(fd, unix.TFD_TIMER_ABSTIME|unix.TFD_TIMER_CANCEL_ON_SET, &unix.ItimerSpec{Value: unix.Timespec{Sec: never}}, nil)
	if err != nil {
		return fmt.Errorf("watch the clock: %w", err)
	}
	return nil
}
