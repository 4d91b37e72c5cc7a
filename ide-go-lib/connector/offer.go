package connector

import (
	"slices"

	"dataflow/ide-go-lib/errs"
)

// Offer names what can be done with the connections of a type: each is an interface that extends Conn.
type Offer string

// The offers.
const (
	OffersSQL       Offer = "sql"       // Tables that are asked in SQL
	OffersDocuments Offer = "documents" // Collections
	OffersKeys      Offer = "keys"      // Tables of keys and values
	OffersObjects   Offer = "objects"   // Objects
	OffersMessages  Offer = "messages"  // Messages
	OffersHTTP      Offer = "http"      // Requests
	OffersOutbox    Offer = "outbox"    // Outbox
	OffersInbox     Offer = "inbox"     // Inbox
)

// CodeUnfit is the code of a connection that leads to a system which cannot do what is asked of it.
const CodeUnfit = "connection_unfit"

// Offered says whether connections of the type can do it.
func (t *Type) Offered(offer Offer) bool { return slices.Contains(t.Offers, offer) }

// Wrapper is a Conn that stands before another one, and has the methods of all interfaces, whatever the other one has.
type Wrapper interface{ Within() Conn }

// Use gives what a connection can do beyond Conn, such as Tables.
func Use[T Conn](conn Conn) (T, error) {
	inner := conn
	if w, ok := conn.(Wrapper); ok {
		inner = w.Within()
	}
	_, can := inner.(T)
	if out, ok := conn.(T); ok && can {
		return out, nil
	}
	var none T
	return none, Unfit()
}

// Offered is a Conn that knows what its type offers: systems of several kinds have the same methods, such as databases and
// those of keys.
type Offered interface{ Offered(offer Offer) bool }

// Unfit is the error of a connection to a system that cannot do what is asked of it.
func Unfit() error {
	return errs.Invalid(CodeUnfit, "The connection leads to a system that cannot do this.").
		WithHint("Choose a connection of another kind; each step lists those that it can use.")
}
