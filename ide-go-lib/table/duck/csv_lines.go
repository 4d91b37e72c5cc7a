package duck

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// endsDiffer says whether lines end in different ways. DuckDB takes the first line's for that of all when lines are skipped,
// and then finds none.
func endsDiffer(sample []byte) bool {
	both := bytes.Count(sample, []byte("\r\n"))
	feeds, returns := bytes.Count(sample, []byte{'\n'})-both, bytes.Count(bytes.TrimSuffix(sample, []byte{'\r'}), []byte{'\r'})-both
	kinds := 0
	for _, n := range []int{both, feeds, returns} {
		if n > 0 {
			kinds++
		}
	}
	return kinds > 1
}

// evenLines writes a CSV file with the same lines, each of which ends in \n; those within quotes stay as they are.
func evenLines(ctx context.Context, src, dst string, d dialect) (err error) {
	in, err := os.Open(src) // #nosec G304 -- the file to import
	if err != nil {
		return fmt.Errorf("read a file with different ends of lines: %w", err)
	}
	defer in.Close()
	out, err := os.OpenFile(dst, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600) // #nosec G304 -- our own scratch directory
	if err != nil {
		return fmt.Errorf("write a file with even ends of lines: %w", err)
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	r, w := bufio.NewReaderSize(in, 1<<18), bufio.NewWriterSize(out, 1<<18)
	if err := (&lineEvener{r: r, w: w, d: d}).all(ctx); err != nil {
		return fmt.Errorf("write a file with even ends of lines: %w", err)
	}
	return w.Flush()
}

type lineEvener struct {
	r *bufio.Reader
	w *bufio.Writer
	d dialect
}

func (l *lineEvener) all(ctx context.Context) error {
	if b, err := l.r.Peek(3); err == nil && string(b) == "\xef\xbb\xbf" {
		_, _ = l.r.Discard(3)
	}
	begins, quoted := true, false // a field begins here; within quotes
	skip := l.d.skip
	for n := 0; ; n++ {
		if n%(1<<20) == 0 && ctx.Err() != nil {
			return contextError(ctx)
		}
		c, err := l.r.ReadByte()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch {
		case quoted && l.d.escape != 0 && l.d.escape != l.d.quote && c == l.d.escape:
			if err := l.w.WriteByte(c); err != nil {
				return err
			}
			if c, err = l.r.ReadByte(); err != nil {
				return err
			}
		case quoted:
			quoted = c != l.d.quote // one that is written twice ends the quotes and opens them again
			begins = !quoted
		case c == '\r' || c == '\n':
			if next, err := l.r.Peek(1); c == '\r' && err == nil && next[0] == '\n' {
				continue
			}
			c, begins, skip = '\n', true, max(0, skip-1)
		case begins && c == l.d.quote && skip == 0:
			quoted = true
		default:
			begins = c == l.d.delim
		}
		if err := l.w.WriteByte(c); err != nil {
			return err
		}
	}
}
