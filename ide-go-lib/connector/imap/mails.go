package imap

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/mail"
	"slices"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/internal/mailway"
	"dataflow/ide-go-lib/errs"
)

// batch is of how many mails at most something is asked at once.
const batch = 100

// Mails implements connector.Inbox.
func (c *conn) Mails(ctx context.Context, req connector.MailRequest, each func(connector.ReceivedMail) error) (connector.MailPlace, error) {
	if out := connector.Ended(ctx); out != nil {
		return connector.MailPlace{}, out
	}
	defer c.line.Until(ctx)()
	place, err := c.mails(ctx, req, each)
	return place, mailway.Ended(ctx, err)
}

func (c *conn) mails(ctx context.Context, req connector.MailRequest, each func(connector.ReceivedMail) error) (place connector.MailPlace, err error) {
	folder, err := c.enter(ctx, req.Folder, true)
	if err != nil {
		return place, err
	}
	place = connector.MailPlace{Validity: folder.UIDValidity}
	if req.After.Validity == folder.UIDValidity {
		place.UID = req.After.UID
	}
	uids, err := c.search(ctx, req, place.UID)
	if err != nil {
		return place, err
	}
	given := 0
	for chunk := range slices.Chunk(uids, batch) {
		sized, err := c.sizes(ctx, folder.UIDValidity, chunk)
		if err != nil {
			return place, err
		}
		sized = slices.DeleteFunc(sized, func(m connector.ReceivedMail) bool { return m.Received.Before(req.Since) }) // the server goes by whole days
		for len(sized) > 0 {
			n := together(sized)
			if req.Limit > 0 {
				n = min(n, req.Limit-given)
			}
			described, err := c.describe(ctx, sized[:n])
			if err != nil {
				return place, err
			}
			for _, m := range described {
				if req.Largest == 0 || m.Size <= req.Largest {
					m.Content = c.content(ctx, m.UID)
				}
				if err := each(m); err != nil {
					return place, err
				}
				place.UID = max(place.UID, m.UID)
				if given++; given == req.Limit {
					return place, nil
				}
			}
			sized = sized[n:]
		}
	}
	return place, nil
}

// mostHeads is about how many bytes the descriptions of mails that are asked for at once may have. Each has at most those of
// its mail: whoever writes a mail can make its headers as long as all of it.
const mostHeads = 16 << 20

// together says how many of the mails are described at once.
func together(mails []connector.ReceivedMail) int {
	bytes := int64(0)
	for i, m := range mails {
		if bytes += m.Size; bytes > mostHeads && i > 0 {
			return i
		}
	}
	return len(mails)
}

// search gives the numbers of the mails that are asked for, in their order.
func (c *conn) search(ctx context.Context, req connector.MailRequest, after uint32) ([]imap.UID, error) {
	want := &imap.SearchCriteria{}
	if req.Unseen {
		want.NotFlag = append(want.NotFlag, imap.FlagSeen)
	}
	if !req.Since.IsZero() {
		want.Since = req.Since.AddDate(0, 0, -1) // a day begins when the server's clock says so
	}
	for header, text := range map[string]string{"From": req.From, "Subject": req.Subject} {
		if text != "" {
			want.Header = append(want.Header, imap.SearchCriteriaHeaderField{Key: header, Value: text})
		}
	}
	if after > 0 {
		var beyond imap.UIDSet
		beyond.AddRange(imap.UID(after+1), 0)
		want.UID = append(want.UID, beyond)
	}
	found, err := c.client.UIDSearch(want, nil).Wait()
	if err != nil {
		return nil, c.failed(ctx, err)
	}
	uids := slices.DeleteFunc(found.AllUIDs(), func(u imap.UID) bool { return uint32(u) <= after }) // the last one always fits a range without end
	slices.Sort(uids)
	return uids, nil
}

// sizes gives what is known of mails without reading them, in their order.
func (c *conn) sizes(ctx context.Context, validity uint32, uids []imap.UID) ([]connector.ReceivedMail, error) {
	fetched, err := c.client.Fetch(imap.UIDSetNum(uids...), &imap.FetchOptions{Flags: true, InternalDate: true, RFC822Size: true, UID: true}).Collect()
	if err != nil {
		return nil, c.failed(ctx, err)
	}
	out := make([]connector.ReceivedMail, 0, len(fetched))
	for _, f := range fetched {
		out = append(out, connector.ReceivedMail{Validity: validity, UID: uint32(f.UID), Received: f.InternalDate, Seen: slices.Contains(f.Flags, imap.FlagSeen), Size: f.RFC822Size})
	}
	slices.SortFunc(out, func(a, b connector.ReceivedMail) int { return cmp.Compare(a.UID, b.UID) })
	return out, nil
}

// describe adds what the headers of mails say; those that were removed meanwhile are left out.
func (c *conn) describe(ctx context.Context, mails []connector.ReceivedMail) ([]connector.ReceivedMail, error) {
	var uids imap.UIDSet
	for _, m := range mails {
		uids.AddNum(imap.UID(m.UID))
	}
	fetched, err := c.client.Fetch(uids, &imap.FetchOptions{Envelope: true, UID: true}).Collect()
	if err != nil {
		return nil, c.failed(ctx, err)
	}
	envelopes := make(map[uint32]*imap.Envelope, len(fetched))
	for _, f := range fetched {
		envelopes[uint32(f.UID)] = f.Envelope
	}
	out := make([]connector.ReceivedMail, 0, len(mails))
	for _, m := range mails {
		e, there := envelopes[m.UID]
		if !there {
			continue
		}
		if e != nil {
			m.MessageID, m.Sent, m.Subject = e.MessageID, e.Date, e.Subject
			m.From, m.To, m.Cc, m.ReplyTo = addresses(e.From), addresses(e.To), addresses(e.Cc), addresses(e.ReplyTo)
		}
		out = append(out, m)
	}
	return out, nil
}

func addresses(list []imap.Address) []mail.Address {
	out := make([]mail.Address, 0, len(list))
	for _, a := range list {
		if address := a.Addr(); address != "" {
			out = append(out, mail.Address{Name: a.Name, Address: address})
		}
	}
	return out
}

// content reads a mail while it comes.
func (c *conn) content(ctx context.Context, uid uint32) func(func(string, string, io.Reader) error) (string, string, error) {
	return func(attached func(name, mediaType string, content io.Reader) error) (text, html string, err error) {
		whole := &imap.FetchItemBodySection{Peek: true}
		fetch := c.client.Fetch(imap.UIDSetNum(imap.UID(uid)), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{whole}})
		found := false
		for message := fetch.Next(); message != nil; message = fetch.Next() {
			for item := message.Next(); item != nil; item = message.Next() {
				body, ok := item.(imapclient.FetchItemDataBodySection)
				if !ok || body.Literal == nil {
					continue
				}
				found = true
				if err == nil {
					text, html, err = parse(body.Literal, attached)
				}
				if _, rest := io.Copy(io.Discard, body.Literal); rest != nil {
					err = errors.Join(err, rest)
				}
			}
		}
		if closed := fetch.Close(); closed != nil {
			return "", "", c.failed(ctx, closed)
		}
		if err != nil {
			return text, html, mailway.Ended(ctx, err)
		}
		if !found {
			return "", "", errs.NotFound("mail_gone", "The mail %d was removed while the folder was read.", uid).WithHint("Run again.")
		}
		return text, html, nil
	}
}

// Mark implements connector.Inbox.
func (c *conn) Mark(ctx context.Context, folder string, validity uint32, uids []uint32, how connector.MailMark) (int, error) {
	if out := connector.Ended(ctx); out != nil {
		return 0, out
	}
	defer c.line.Until(ctx)()
	n, err := c.mark(ctx, folder, validity, uids, how)
	return n, mailway.Ended(ctx, err)
}

func (c *conn) mark(ctx context.Context, folder string, validity uint32, uids []uint32, how connector.MailMark) (int, error) {
	at, err := c.enter(ctx, folder, false)
	if err != nil {
		return 0, err
	}
	if validity != 0 && at.UIDValidity != validity {
		return 0, errs.Conflict(connector.CodeFolder, "The folder %q is another one than the mails were read from; the same numbers mean other mails there.", folder).WithHint("Read the mails again.")
	}
	if how.MoveTo != "" {
		names, err := c.folders(ctx)
		if err != nil {
			return 0, err
		}
		if !slices.Contains(names, how.MoveTo) {
			return 0, folderMissing(how.MoveTo, names)
		}
	}
	if err := c.possible(how); err != nil {
		return 0, err
	}
	there, err := c.present(ctx, uids)
	if err != nil || len(there) == 0 {
		return 0, err
	}
	for chunk := range slices.Chunk(there, batch) {
		if err := c.change(ctx, imap.UIDSetNum(chunk...), how); err != nil {
			return 0, err
		}
	}
	return len(there), nil
}

// present leaves of the numbers those that are still there.
func (c *conn) present(ctx context.Context, uids []uint32) ([]imap.UID, error) {
	var there []imap.UID
	const some = 500 // a line of a command has its limits
	for chunk := range slices.Chunk(uids, some) {
		var set imap.UIDSet
		for _, u := range chunk {
			set.AddNum(imap.UID(u))
		}
		found, err := c.client.UIDSearch(&imap.SearchCriteria{UID: []imap.UIDSet{set}}, nil).Wait()
		if err != nil {
			return nil, c.failed(ctx, err)
		}
		there = append(there, found.AllUIDs()...)
	}
	return there, nil
}

func (c *conn) change(ctx context.Context, uids imap.UIDSet, how connector.MailMark) error {
	for flag, wanted := range map[imap.Flag]*bool{imap.FlagSeen: how.Seen, imap.FlagFlagged: how.Flagged} {
		if wanted == nil {
			continue
		}
		op := imap.StoreFlagsDel
		if *wanted {
			op = imap.StoreFlagsAdd
		}
		if err := c.client.Store(uids, &imap.StoreFlags{Op: op, Silent: true, Flags: []imap.Flag{flag}}, nil).Close(); err != nil {
			return c.failed(ctx, err)
		}
	}
	switch {
	case how.MoveTo != "" && c.client.Caps().Has(imap.CapMove):
		_, err := c.client.Move(uids, how.MoveTo).Wait()
		return c.failed(ctx, err)
	case how.MoveTo != "":
		// The library's own way around a missing MOVE removes the mails without waiting for whether they were copied.
		if _, err := c.client.Copy(uids, how.MoveTo).Wait(); err != nil {
			return c.failed(ctx, err)
		}
		return c.remove(ctx, uids)
	case how.Delete:
		return c.remove(ctx, uids)
	}
	return nil
}

// possible refuses what the server cannot do before anything is changed. A plain EXPUNGE would remove what others have marked.
func (c *conn) possible(how connector.MailMark) error {
	caps := c.client.Caps()
	if caps.Has(imap.CapUIDPlus) || how.MoveTo != "" && caps.Has(imap.CapMove) {
		return nil
	}
	switch {
	case how.MoveTo != "":
		return errs.Invalid(connector.CodeMail, "The server cannot move mails, and cannot remove single mails after they were copied.").WithHint("Mark them as read or flagged instead; the server would need the extension MOVE or UIDPLUS.")
	case how.Delete:
		refused := errs.Invalid(connector.CodeMail, "The server cannot remove single mails, only all that anybody has marked for it.")
		if caps.Has(imap.CapMove) {
			return refused.WithHint("Move them to a folder for the trash.")
		}
		return refused.WithHint("Mark them as read or flagged instead; the server would need the extension UIDPLUS.")
	}
	return nil
}

// remove takes mails out of the folder, and none but these.
func (c *conn) remove(ctx context.Context, uids imap.UIDSet) error {
	if err := c.client.Store(uids, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close(); err != nil {
		return c.failed(ctx, err)
	}
	return c.failed(ctx, c.client.UIDExpunge(uids).Close())
}
