package duck

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/pattern"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

const (
	streamSlots  = 8
	streamMemory = 256 // MiB of one stream, at least: a row group of wide rows and the buffers of the text
)

// streaming gives the limits of streams.
func streaming(cfg Config) Config {
	total := cfg.MemoryMiB
	if total <= 0 {
		total = machineMiB() * memoryShare / 100
	}
	cfg.Slots, cfg.Time = streamSlots, 0
	cfg.MemoryMiB = max(streamSlots*streamMemory, total/2)
	return cfg
}

// pipe makes a named pipe in a tenant's scratch directory: the one kind of file that DuckDB reads and writes as it comes.
func pipe(dir string) (string, error) {
	path := filepath.Join(dir, "stream.csv")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		return "", errs.Internal(fmt.Errorf("make a pipe: %w", err))
	}
	return path, nil
}

// openPipe opens one end; without O_NONBLOCK it waits until somebody has opened the other.
func openPipe(path string, flag int) (*os.File, error) {
	f, err := os.OpenFile(path, flag, 0) //nolint:gosec // our own scratch directory
	if err != nil {
		return nil, errs.Internal(fmt.Errorf("open a pipe: %w", err))
	}
	return f, nil
}

// Take implements table.Streamer.
func (e *Engine) Take(ctx context.Context, tenant string, columns []table.StreamColumn, feed func(context.Context, io.Writer) error, progress table.Progress) (table.Table, error) {
	plain := make([]table.Column, len(columns))
	for i, c := range columns {
		plain[i] = c.Column
	}
	if err := distinctNames(plain); err != nil {
		return table.Table{}, err
	}
	dir, remove, err := e.store.Scratch(ctx, tenant)
	if err != nil {
		return table.Table{}, err
	}
	defer remove()
	s, err := e.sessionOf(ctx, e.streams.one(), tenant, access{})
	if err != nil {
		return table.Table{}, err
	}
	defer s.close()
	s.waits = true
	path, err := pipe(dir)
	if err != nil {
		return table.Table{}, err
	}
	feeding, stop := context.WithCancel(ctx)
	defer stop()
	seen := &records{columns: columns, progress: progress}
	fed := make(chan error, 1)
	go func() {
		in, err := openPipe(path, os.O_WRONLY) // waits for DuckDB
		if err == nil {
			end := context.AfterFunc(feeding, func() { _ = in.Close() })
			ahead := newAhead(in)
			seen.w = ahead
			err = feed(feeding, seen)
			err = errors.Join(err, ahead.Close())
			end()
			_ = in.Close() // DuckDB sees the end
		}
		fed <- err
	}()
	out := filepath.Join(dir, "table.parquet")
	rows, err := s.exec(ctx, "COPY (\n"+takeSQL(path, columns)+"\n) TO "+sqltext.Literal(out)+copyOptions, nil)
	stop()
	if release, _ := openPipe(path, os.O_RDONLY|syscall.O_NONBLOCK); release != nil {
		defer release.Close() // the feed still waits for a reader when DuckDB has never come to open the pipe
	}
	wrong := <-fed
	if ctx.Err() != nil {
		return table.Table{}, contextError(ctx)
	}
	if seen.refused != nil {
		return table.Table{}, seen.refused
	}
	ours := errors.Is(wrong, os.ErrClosed) || errors.Is(wrong, syscall.EPIPE) || errors.Is(wrong, context.Canceled)
	if wrong != nil && (err == nil || !ours) {
		return table.Table{}, wrong
	}
	if err != nil {
		return table.Table{}, takeFailed(err, columns)
	}
	if err := seen.all(rows); err != nil {
		return table.Table{}, err
	}
	if progress != nil {
		progress(rows, rows, 100)
	}
	return e.adopt(ctx, tenant, out, table.Meta{Columns: plain, Rows: rows})
}

func takeSQL(path string, columns []table.StreamColumn) string {
	types, list := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		text, expr := c.Type, "c"+strconv.Itoa(i)
		types[i] = expr + ": "
		switch c.Coding {
		case table.Hex:
			text, expr = "VARCHAR", "unhex("+expr+")"
		case table.JSON:
			text = "VARCHAR"
			if expr = "CAST(" + expr + " AS JSON)"; c.Type != "JSON" {
				expr = "CAST(" + expr + " AS " + c.Type + ")"
			}
		}
		types[i] += sqltext.Literal(text)
		list[i] = expr + " AS " + sqltext.Quote(c.Name)
	}
	return "SELECT " + strings.Join(list, ", ") + " FROM read_csv(" + strings.Join([]string{
		sqltext.Literal(path), noParts, "auto_detect = false", "header = false", "strict_mode = true", "delim = ','", `quote = '"'`, `escape = '"'`,
		"new_line = '\\n'", "nullstr = ''", "allow_quoted_nulls = false", fmt.Sprintf("max_line_size = %d, buffer_size = %d", maxLine, maxLine),
		"columns = {" + strings.Join(types, ", ") + "}",
	}, ", ") + ")"
}

var streamColumn = pattern.Of(`column "c(\d+)"`)

// mostMessage is how long an error may be: the line that it shows may have millions of characters.
const mostMessage = 1000

// takeFailed says in which row and column a value is not of its type.
func takeFailed(err error, columns []table.StreamColumn) error {
	var f *failure
	if !errors.As(err, &f) || f.ended != nil || f.fatal() {
		return place(err, "", nil, nil)
	}
	at := streamColumn.FindStringSubmatch(f.message)
	line := csvLine.FindStringSubmatch(f.message)
	if at == nil || line == nil {
		if len(f.message) > mostMessage {
			f.message, _, _ = strings.Cut(f.message, "Original Line:")
		}
		return f.public(nil)
	}
	column := ""
	if i, err := strconv.Atoi(at[1]); err == nil && i < len(columns) {
		column = columns[i].Name
	}
	row, err := strconv.ParseInt(line[1], 10, 64)
	if err != nil {
		row = 0
	}
	value, typ := "A value", "its type"
	if m := csvConvert.FindStringSubmatch(f.message); m != nil {
		value, typ = strconv.Quote(short(m[1])), m[2]
	}
	f.message = strings.ToValidUTF8(f.message[:min(len(f.message), mostMessage)], "")
	message := fmt.Sprintf("%s in the column %q of row %d is not of the type %s.", value, column, row, typ)
	return errs.Invalid("type_mismatch", "%s", message).WithHint("Convert or leave out the column %q with a query of your own.", column).
		With(errs.Detail{Code: "type_mismatch", Message: message, Place: errs.Place{Row: row}}).Wrap(f)
}

// ahead takes what is written while the one who reads is busy: DuckDB reads a pipe in pieces of its buffer's size, and
// takes no more until it has worked through the piece.
type ahead struct {
	full   chan []byte
	empty  chan []byte
	now    []byte
	done   chan struct{}
	err    error // of the writing below; set before failed is closed
	failed chan struct{}
}

const (
	aheadChunk = 256 << 10
	aheadMost  = maxLine / aheadChunk // chunks: one piece is under way while the next one is gathered
)

func newAhead(w io.Writer) *ahead {
	a := &ahead{full: make(chan []byte, aheadMost), empty: make(chan []byte, aheadMost+2), done: make(chan struct{}), failed: make(chan struct{})}
	go func() {
		defer close(a.done)
		for chunk := range a.full {
			if a.err != nil {
				continue
			}
			if _, err := w.Write(chunk); err != nil {
				a.err = err
				close(a.failed)
				continue
			}
			select {
			case a.empty <- chunk[:0]:
			default:
			}
		}
	}()
	return a
}

func (a *ahead) Write(p []byte) (n int, err error) {
	for len(p) > 0 {
		if a.now == nil {
			select {
			case a.now = <-a.empty:
			default:
				a.now = make([]byte, 0, aheadChunk)
			}
		}
		take := min(len(p), cap(a.now)-len(a.now))
		a.now = append(a.now, p[:take]...)
		p, n = p[take:], n+take
		if len(a.now) == cap(a.now) {
			if err := a.hand(); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

func (a *ahead) hand() error {
	select {
	case a.full <- a.now:
		a.now = nil
		return nil
	case <-a.failed:
		return a.err
	}
}

// Close waits until all has been written.
func (a *ahead) Close() error {
	if len(a.now) > 0 {
		_ = a.hand() // a failure is told below
	}
	close(a.full)
	<-a.done
	return a.err
}

// tellEvery is after how many rows progress is told.
const tellEvery = 50_000

// Give implements table.Streamer.
func (e *Engine) Give(ctx context.Context, tenant string, ref artifact.Ref, columns []table.StreamColumn, drain func(context.Context, io.Reader) error) (int64, error) {
	from, release, err := e.store.Path(ctx, tenant, ref.ID)
	if err != nil {
		return 0, err
	}
	defer release()
	dir, remove, err := e.store.Scratch(ctx, tenant)
	if err != nil {
		return 0, err
	}
	defer remove()
	s, err := e.sessionOf(ctx, e.streams.one(), tenant, access{})
	if err != nil {
		return 0, err
	}
	defer s.close()
	s.waits = true
	path, err := pipe(dir)
	if err != nil {
		return 0, err
	}
	out, err := openPipe(path, os.O_RDONLY|syscall.O_NONBLOCK)
	if err != nil {
		return 0, err
	}
	defer out.Close()
	also, err := openPipe(path, os.O_WRONLY) // so that the reader sees no end before DuckDB has begun
	if err != nil {
		return 0, err
	}
	defer also.Close()
	giving, stop := context.WithCancel(ctx)
	defer stop()
	drained := make(chan error, 1)
	go func() {
		err := drain(giving, out)
		if err != nil {
			stop() // the query ends, too
		}
		// DuckDB must never find nobody reading: it would be stuck in its write, where no interrupt reaches it.
		if _, rest := io.Copy(io.Discard, out); err == nil && rest != nil {
			err = rest
		}
		drained <- err
	}()
	options := " (FORMAT csv, HEADER false, USE_TMP_FILE false"
	if len(columns) == 1 { // a text \. alone on its line is the end for PostgreSQL
		options += ", FORCE_QUOTE *"
	}
	rows, err := s.exec(giving, "COPY ("+giveSQL(from, columns)+") TO "+sqltext.Literal(path)+options+")", nil)
	if err != nil {
		stop()
	}
	_ = also.Close() // with DuckDB's gone, the last end that writes: the reader sees the end
	wrong := <-drained
	if ctx.Err() != nil {
		return 0, contextError(ctx)
	}
	var f *failure
	if errors.As(err, &f) {
		if misfit := s.misfit(ctx, f, from, columns); misfit != nil {
			return 0, misfit
		}
	}
	if err != nil && (wrong == nil || !errors.As(err, &f) || f.ended == nil) {
		return 0, place(err, "", nil, nil)
	}
	return rows, wrong
}

func giveSQL(from string, columns []table.StreamColumn) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = giveInto(i, c)
	}
	return "SELECT " + strings.Join(list, ", ") + " FROM " + parquet(from)
}

func giveExpr(name string, coding table.Coding) string {
	switch coding {
	case table.Hex:
		return "hex(" + name + ")"
	case table.Bytea:
		return `'\x' || hex(` + name + ")"
	case table.JSON:
		return "CAST(to_json(" + name + ") AS VARCHAR)"
	case table.Bit:
		return "CAST(" + name + " AS TINYINT)"
	case table.UTC:
		return "CAST(" + name + " AS TIMESTAMP)"
	case table.Braces:
		return `'{' || array_to_string(list_transform(` + name + `, lambda x: CASE WHEN x IS NULL THEN 'NULL' ELSE '"' || ` +
			`replace(replace(CAST(x AS VARCHAR), '\', '\\'), '"', '\"') || '"' END), ',') || '}'`
	}
	return name
}
