package imap

import (
	"errors"
	"io"
	"strings"

	"github.com/emersion/go-message"
	"github.com/emersion/go-message/mail"

	"dataflow/ide-go-lib/errs"
)

// Mails are written by anybody, so that each of these is bounded.
const (
	mostText  = 4 << 20 // bytes of a mail's text
	mostParts = 1000
)

// parse reads a mail as it comes: the first texts, and all else as attachments. What is not written as it should be is
// taken as it is, as far as anything can be made of it.
func parse(r io.Reader, attached func(name, mediaType string, content io.Reader) error) (text, html string, err error) {
	entity, err := message.Read(r)
	if entity == nil || err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
		return "", "", broken(err)
	}
	reader := mail.NewReader(entity)
	hasText, hasHTML := false, false
	for n := 0; ; n++ {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) || n == mostParts {
			return text, html, nil
		}
		if part == nil || err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
			if hasText || hasHTML {
				return text, html, nil // the rest is cut off or no mail at all
			}
			return "", "", broken(err)
		}
		switch header := part.Header.(type) {
		case *mail.InlineHeader:
			media, params, _ := header.ContentType()
			media = strings.ToLower(media)
			switch {
			case media == "text/plain" && !hasText:
				hasText = true
				text = readText(part.Body)
				continue
			case media == "text/html" && !hasHTML:
				hasHTML = true
				html = readText(part.Body)
				continue
			}
			if err := attached(params["name"], media, lenient{part.Body}); err != nil {
				return "", "", err
			}
		case *mail.AttachmentHeader:
			name, _ := header.Filename()
			media, _, _ := header.ContentType()
			if err := attached(name, media, lenient{part.Body}); err != nil {
				return "", "", err
			}
		}
	}
}

func broken(err error) error {
	return errs.Invalid("mail_broken", "This is no mail that can be read.").Wrap(err)
}

// readText reads what there is; a text that breaks off is better than none.
func readText(r io.Reader) string {
	data, _ := io.ReadAll(io.LimitReader(r, mostText))
	return clean(string(data))
}

// lenient ends where its content cannot be read on, such as in broken base64. That a connection was lost is found out by
// whoever fetches.
type lenient struct{ r io.Reader }

func (l lenient) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if err != nil {
		err = io.EOF
	}
	return n, err
}

// clean takes out of a text what no table keeps.
func clean(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(strings.ReplaceAll(text, "\r\n", "\n"), "\uFFFD"), "\x00", "\uFFFD")
}
