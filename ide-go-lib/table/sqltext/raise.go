package sqltext

import "strings"

// Marks of an error that a relation raises itself. They are no letters of any language, so that no message has them by chance.
const (
	raiseMark  = "\u241e"
	raiseField = "\u241f"
)

// Raise writes an expression that ends the query with an error of that code at a field of the node; message writes the SQL
// of its text. It must stand where the engine cannot leave it out, as in a condition of WHERE.
func (b *Builder) Raise(code, field string, message func()) *Builder {
	b.Text("error(", Literal(raiseMark+code+raiseField+field+raiseMark), " || ")
	message()
	return b.Text(")")
}

// Raising gives the same as text, for what is not written by a Builder; message is the SQL of its text.
func Raising(code, field, message string) string {
	var b Builder
	b.Raise(code, field, func() { b.Text(message) })
	return b.b.String()
}

// Raised takes apart what Raise put together.
func Raised(message string) (code, field, text string, ok bool) {
	_, message, ok = strings.Cut(message, raiseMark)
	if !ok {
		return "", "", "", false
	}
	head, text, ok := strings.Cut(message, raiseMark)
	if !ok {
		return "", "", "", false
	}
	code, field, ok = strings.Cut(head, raiseField)
	return code, field, text, ok
}

// Raises says whether a query's text may raise an error of that code at that field.
func Raises(text, code, field string) bool {
	return strings.Contains(text, raiseMark+code+raiseField+field+raiseMark)
}
