package secret

import (
	"encoding/json"
	"log/slog"
)

// hidden stands where a secret would be printed.
const hidden = "[sealed]"

// Text is a secret in a configuration. It cannot be printed, logged or written as JSON by accident: whoever needs it says
// Reveal. Its field's widget is sealed, see Widget.
type Text string

// Widget is that of fields whose values are kept sealed and given to nobody.
const Widget = "sealed"

// Reveal gives the secret.
func (t Text) Reveal() string { return string(t) }

// JSONSchemaType says that a person writes it as a text.
func (Text) JSONSchemaType() string { return "string" }

// String implements fmt.Stringer.
func (t Text) String() string { return hidden }

// GoString implements fmt.GoStringer.
func (t Text) GoString() string { return hidden }

// LogValue implements slog.LogValuer.
func (t Text) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalJSON hides the secret.
func (t Text) MarshalJSON() ([]byte, error) { return json.Marshal(hidden) }

// UnmarshalJSON takes the secret.
func (t *Text) UnmarshalJSON(data []byte) error { return json.Unmarshal(data, (*string)(t)) }
