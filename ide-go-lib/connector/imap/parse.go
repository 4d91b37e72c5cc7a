package imap

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-message"
	"github.com/emersion/go-message/mail"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
)

// Mails are written by anybody, so that each of these is bounded.
const (
	mostText  = 4 << 20 // bytes of a mail's text
	mostParts = 1000
	mostDepth = 50 // of parts within each other; each of them reads through all around it
)

// parse reads a mail as it comes: the first texts, and all else as attachments. What is not written as it should be is
// taken as it is, as far as anything can be made of it; the error then is CodeBroken.
func parse(r io.Reader, attached func(name, mediaType string, content io.Reader) error) (text, html string, err error) {
	entity, err := message.Read(r)
	if entity == nil || unreadable(err) {
		return "", "", broken(err)
	}
	p := parsing{attached: attached}
	if err := p.part(entity, 0); err != nil {
		return "", "", err
	}
	if p.wrong != nil {
		return p.text, p.html, broken(p.wrong)
	}
	return p.text, p.html, nil
}

// unreadable leaves out that a charset or an encoding is unknown: what has it is taken as it is.
func unreadable(err error) bool {
	return err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err)
}

func broken(err error) error {
	return errs.Invalid(connector.CodeBroken, "This is no mail that can be read as a whole.").Wrap(err)
}

// parsing is a mail that is being read.
type parsing struct {
	attached         func(name, mediaType string, content io.Reader) error
	text, html       string
	hasText, hasHTML bool
	parts            int
	wrong            error // the first thing that could not be read
}

// fault remembers what could not be read. That a connection was lost is found out by whoever fetches.
func (p *parsing) fault(err error) {
	if p.wrong == nil {
		p.wrong = err
	}
}

// part reads a part and those within it; the error is one of attached.
func (p *parsing) part(e *message.Entity, depth int) error {
	inner := e.MultipartReader()
	p.parts++
	switch {
	case p.parts > mostParts:
		p.fault(fmt.Errorf("more than %d parts", mostParts))
		return nil
	case inner == nil:
		return p.leaf(e)
	case depth == mostDepth:
		p.fault(fmt.Errorf("more than %d parts within each other", mostDepth))
		return nil
	}
	for p.parts <= mostParts {
		next, err := inner.NextPart()
		if err == io.EOF { //nolint:errorlint // that of the last boundary; others that hold it are of parts that break off
			return nil
		}
		if next == nil || unreadable(err) {
			p.fault(err)
			return nil
		}
		if err := p.part(next, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (p *parsing) leaf(e *message.Entity) error {
	media, params, _ := e.Header.ContentType()
	media = strings.ToLower(media)
	disposition, _, _ := e.Header.ContentDisposition()
	name := params["name"]
	if inline := disposition == "inline" || disposition != "attachment" && strings.HasPrefix(media, "text/"); inline {
		switch {
		case media == "text/plain" && !p.hasText:
			p.hasText, p.text = true, p.readText(e.Body)
			return nil
		case media == "text/html" && !p.hasHTML:
			p.hasHTML, p.html = true, p.readText(e.Body)
			return nil
		}
	} else {
		name, _ = (&mail.AttachmentHeader{Header: e.Header}).Filename()
	}
	return p.attached(name, media, lenient{e.Body, p})
}

// readText reads what there is; a text that breaks off is better than none.
func (p *parsing) readText(r io.Reader) string {
	data, err := io.ReadAll(io.LimitReader(r, mostText+1))
	if err != nil {
		p.fault(err)
	}
	if len(data) > mostText {
		p.fault(fmt.Errorf("a text of more than %d bytes", mostText))
		end := mostText
		for end > 0 && !utf8.RuneStart(data[end]) { // not in the midst of a character
			end--
		}
		data = data[:end]
	}
	if !utf8.Valid(data) {
		p.fault(errors.New("a text with bytes that are no characters"))
	}
	return clean(string(data))
}

// lenient ends where its content cannot be read on, such as in broken base64.
type lenient struct {
	r io.Reader
	p *parsing
}

func (l lenient) Read(b []byte) (int, error) {
	n, err := l.r.Read(b)
	if err != nil {
		if !errors.Is(err, io.EOF) {
			l.p.fault(err)
		}
		err = io.EOF
	}
	return n, err
}

// clean takes out of a text what no table keeps.
func clean(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(strings.ReplaceAll(text, "\r\n", "\n"), "\uFFFD"), "\x00", "\uFFFD")
}
