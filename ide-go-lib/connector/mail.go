package connector

import (
	"context"
	"io"
	"net/mail"
	"time"
)

// Outbox is a Conn to a system that sends mail.
type Outbox interface {
	Conn
	// Send hands one mail over, to all of its recipients or to none.
	Send(ctx context.Context, m Mail) error
}

// Mail is one to send.
type Mail struct {
	ID          string // a key: the same mail has the same Message-ID, however often it is sent; empty is a new one
	From        string // empty is the connection's own
	To, Cc, Bcc []*mail.Address
	ReplyTo     *mail.Address
	Subject     string
	Text, HTML  string // one of them, or both as alternatives
	Date        time.Time
	Attachments []Attachment
}

// Attachment is a file that goes with a mail.
type Attachment struct {
	Name, MediaType string
	Open            func() (io.ReadCloser, error)
}

// Inbox is a Conn to a system that keeps mail in folders.
type Inbox interface {
	Conn
	// Mails gives those that are asked for, the oldest first; an error of each ends it. They stay as they are: reading one
	// does not mark it as read.
	Mails(ctx context.Context, req MailRequest, each func(ReceivedMail) error) (MailPlace, error)
	// Mark changes mails of a folder; those that are not there any more are no error. It says how many it has changed.
	Mark(ctx context.Context, folder string, validity uint32, uids []uint32, how MailMark) (int, error)
}

// MailRequest says which mails.
type MailRequest struct {
	Folder  string
	Unseen  bool
	Since   time.Time // when they came; zero is any time
	From    string    // a part of the sender
	Subject string    // a part of the subject
	After   MailPlace // only those that came into the folder later; in a folder that was made anew, all
	Limit   int       // of the oldest; 0 is all
	Largest int64     // bytes up to which a mail's content is read; 0 is any
}

// MailPlace is how far a folder was read: the greatest number of a mail, which holds as long as the folder's own number does.
type MailPlace struct {
	Validity uint32
	UID      uint32
}

// ReceivedMail is one that lies in a folder.
type ReceivedMail struct {
	Validity, UID  uint32
	MessageID      string
	Sent, Received time.Time
	From, To, Cc   []mail.Address
	ReplyTo        []mail.Address
	Subject        string
	Seen           bool
	Size           int64
	// Content reads it: the texts, and each attachment as it comes. It is nil for one that is too large, and may be called
	// once, before each returns. With an error of the code CodeBroken come the texts that could be read.
	Content func(attached func(name, mediaType string, content io.Reader) error) (text, html string, err error)
}

// MailMark is what is done with a mail.
type MailMark struct {
	Seen, Flagged *bool  // nil leaves it
	MoveTo        string // a folder; empty leaves it where it is
	Delete        bool   // for good
}

// Codes of what goes wrong with mail, besides CodeFolder.
const (
	CodeRecipient = "recipient_refused"
	CodeMail      = "mail_refused"
	CodeDeferred  = "mail_deferred"
	CodeBroken    = "mail_broken"
)
