package smtp

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/mail"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
)

// compose writes the mail down. Names and texts cannot break out of their headers: line ends become spaces.
func compose(m connector.Mail, from *mail.Address) (*gomail.Msg, error) {
	out := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if m.From != "" {
		var err error
		if from, err = mail.ParseAddress(m.From); err != nil {
			return nil, errs.Invalid(connector.CodeMail, "The sender %q is no address such as Dataflow <robot@example.org>.", m.From)
		}
	}
	if len(m.To)+len(m.Cc)+len(m.Bcc) == 0 {
		return nil, errs.Invalid(connector.CodeRecipient, "The mail has no recipient.")
	}
	out.FromMailAddress(from)
	out.ToMailAddress(m.To...)
	out.CcMailAddress(m.Cc...)
	out.BccMailAddress(m.Bcc...)
	if m.ReplyTo != nil {
		out.ReplyToMailAddress(m.ReplyTo)
	}
	out.Subject(oneLine(m.Subject))
	if m.Date.IsZero() {
		out.SetDate()
	} else {
		out.SetDateWithValue(m.Date)
	}
	_, domain, _ := strings.Cut(from.Address, "@")
	if m.ID != "" {
		sum := sha256.Sum256([]byte(m.ID))
		out.SetMessageIDWithValue(hex.EncodeToString(sum[:16]) + "@" + domain)
	} else {
		out.SetMessageID()
	}
	switch {
	case m.HTML == "":
		out.SetBodyString(gomail.TypeTextPlain, m.Text)
	case m.Text == "":
		out.SetBodyString(gomail.TypeTextHTML, m.HTML)
	default:
		out.SetBodyString(gomail.TypeTextPlain, m.Text)
		out.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	files := make([]*gomail.File, len(m.Attachments))
	for i, a := range m.Attachments {
		mediaType := a.MediaType
		if mediaType == "" {
			mediaType = "application/octet-stream"
		}
		files[i] = &gomail.File{
			Name: oneLine(a.Name), ContentType: gomail.ContentType(mediaType), Enc: gomail.EncodingB64, Header: map[string][]string{},
			Writer: func(w io.Writer) (int64, error) {
				content, err := a.Open()
				if err != nil {
					return 0, err
				}
				defer content.Close()
				return io.Copy(w, content)
			},
		}
	}
	out.SetAttachments(files)
	return out, nil
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
