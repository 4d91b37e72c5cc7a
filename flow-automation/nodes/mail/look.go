package mail

import (
	"context"
	"errors"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/beginning"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/table"
)

// How much is looked at before a run.
const (
	mostLooked  = 10      // mails
	largestSeen = 1 << 20 // of a mail whose content is read
)

// fixed are the columns as they are without rows.
func fixed() []table.Column {
	list := make([]table.Column, len(columns))
	for i, col := range columns {
		list[i] = col.Column
	}
	return list
}

// look reads the first mails, also those that were read before, and keeps no attachments. They stay unread.
func look(ctx context.Context, call *node.Call, c Read) (value.Outputs, node.Looked, error) {
	looked := node.Looked{Unit: node.LookedRows, Source: c.Folder, Connection: c.Connection}
	req, err := c.request()
	if err != nil {
		return nil, looked, err
	}
	req.Limit, req.Largest = min(c.Limit, mostLooked), min(req.Largest, largestSeen)
	c.Attachments = ""
	conn, err := node.Connect[connector.Inbox](ctx, call, c.Connection)
	if err != nil {
		return nil, looked, err
	}
	defer func() { _ = conn.Close() }() // it has only read
	var place connector.MailPlace
	out, n, err := beginning.Take(ctx, call, &connector.Reading{Columns: columns, Feed: c.feed(call, conn, req, &place)})
	looked.More = n == mostLooked
	if errors.Is(err, beginning.ErrLarge) {
		out, err = beginning.Columns(ctx, call, columns)
		n, looked.More = 0, true
	}
	looked.Objects, looked.Of = n, n
	return out, looked, node.Placed(err, folderField)
}
