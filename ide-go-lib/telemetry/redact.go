package telemetry

import (
	"cmp"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// Redacted stands where a secret was.
const Redacted = "[redacted]"

// minSecret is the length below which a value is too ordinary to be cut out of texts.
const minSecret = 4

// Redactor cuts registered secrets out of texts. The zero value is ready for use and safe for concurrent use.
type Redactor struct {
	mu       sync.Mutex
	secrets  map[string]int
	replacer atomic.Pointer[strings.Replacer]
}

// Add registers a secret until forget is called. Values of fewer than four characters are ignored.
func (r *Redactor) Add(secret string) (forget func()) {
	if len(secret) < minSecret {
		return func() {}
	}
	r.change(secret, 1)
	return sync.OnceFunc(func() { r.change(secret, -1) })
}

func (r *Redactor) change(secret string, by int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.secrets == nil {
		r.secrets = map[string]int{}
	}
	r.secrets[secret] += by
	if r.secrets[secret] == 0 {
		delete(r.secrets, secret)
	}
	if len(r.secrets) == 0 {
		r.replacer.Store(nil)
		return
	}
	var all []string
	for s := range r.secrets {
		all = append(all, forms(s)...)
	}
	// The longest first: one secret may be the beginning of another.
	slices.SortFunc(all, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	var pairs []string
	for _, form := range slices.Compact(all) {
		pairs = append(pairs, form, Redacted)
	}
	r.replacer.Store(strings.NewReplacer(pairs...))
}

// forms gives the ways in which a secret may be spelt within a log line.
func forms(secret string) []string {
	quoted := strconv.Quote(secret)
	out := []string{secret, quoted[1 : len(quoted)-1]}
	if data, err := json.Marshal(secret); err == nil {
		out = append(out, string(data[1:len(data)-1]))
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(secret) == nil {
		out = append(out, strings.Trim(b.String(), "\"\n"))
	}
	return out
}

// Redact gives text without the secrets.
func (r *Redactor) Redact(text string) string {
	if replacer := r.replacer.Load(); replacer != nil {
		return replacer.Replace(text)
	}
	return text
}

// Writer cuts secrets out of what is written to w, which must come in whole lines, as a log handler gives it.
func (r *Redactor) Writer(w io.Writer) io.Writer { return &redactingWriter{r, w} }

type redactingWriter struct {
	redactor *Redactor
	to       io.Writer
}

func (w *redactingWriter) Write(line []byte) (int, error) {
	replacer := w.redactor.replacer.Load()
	if replacer == nil {
		return w.to.Write(line)
	}
	if _, err := replacer.WriteString(w.to, string(line)); err != nil {
		return 0, err
	}
	return len(line), nil
}
