package errs_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/errs"
)

func TestForms(t *testing.T) {
	for format, want := range map[string]string{
		"There is no table %q.":            "There is no table {0}.",
		"%s on port %d cannot be: %v":      "{0} on port {1} cannot be: {2}",
		"%[2]s of %[1]d, %.3f%% of %+v":    "{1} of {0}, {1}% of {2}",
		"%.100q %s.":                       "{0} {1}.",
		"The expression {{ %s }} is empty": "The expression {{ {0} }} is empty",
		"Nothing.":                         "",
		"100%%":                            "",
		"%s":                               "", // another message as it is
		"%*d of %s":                        "", // a width is no part of the message
	} {
		require.Equal(t, want, errs.Form(format), format)
	}
}

// The parts are written as they stand in the message, so that both give it.
func TestMessagesKeepTheirParts(t *testing.T) {
	e := errs.Invalid("x", "%[2]q has %[1]d rows, %[3]s.", 7, "a\tb", "all")
	require.Equal(t, `"a\tb" has 7 rows, all.`, e.Message)
	require.Equal(t, []string{"7", `"a\tb"`, "all"}, e.Args)
	require.Equal(t, "{1} has {0} rows, {2}.", e.Form)

	d := errs.At(errs.Place{Node: "n"}, "y", "There is no column %q. %s", "b", errs.Textf("Did you mean %q?", "a"))
	require.Equal(t, `There is no column "b". Did you mean "a"?`, d.Message)
	require.Equal(t, errs.Said{Form: "There is no column {0}. {1}", Args: []string{`"b"`, `Did you mean "a"?`}}, d.Said)
	require.Equal(t, errs.Place{Node: "n"}, d.Place)

	// A text that is the whole of a message is it with its parts.
	hinted := errs.Invalid("x", "No.").WithHint("%s", errs.Textf("Did you mean %q?", "a"))
	require.Equal(t, `Did you mean "a"?`, hinted.Hint)
	require.Equal(t, "Did you mean {0}?", hinted.HintForm)
	require.Empty(t, hinted.Form)
	require.Empty(t, errs.Invalid("x", "%s", "100% sure").Form)
	require.Equal(t, errs.Detail{Code: "x", Message: "No 3.", Said: errs.Said{Form: "No {0}.", Args: []string{"3"}}, Place: errs.Place{Row: 2}},
		errs.Invalid("x", "No %d.", 3).At(errs.Place{Row: 2}))
}

// A label is in the message as it is in English, and goes along in Chinese.
func TestLabelsOfMessages(t *testing.T) {
	e := errs.Invalid("x", "%s must be filled in, not %q.", errs.Label{EN: "File", ZH: "文件"}, errs.Label{EN: "Sheet"})
	require.Equal(t, `File must be filled in, not "Sheet".`, e.Message)
	require.Equal(t, map[string]string{"File": "文件"}, e.Labels)
	e.Message = "Another one."
	data, err := json.Marshal(e)
	require.NoError(t, err)
	require.NotContains(t, string(data), "文件")
}

// What was taken out of a message does not go out by its parts.
func TestPartsOfAChangedMessageStay(t *testing.T) {
	e := errs.Invalid("x", "The server says: %s.", "hunter2 is wrong").WithHint("Not %s.", "hunter2").
		With(errs.At(errs.Place{}, "x", "Said %s.", "hunter2"), errs.At(errs.Place{}, "x", "Row %d.", 3))
	e.Message, e.Hint = "The server says: *** is wrong.", "Not ***."
	e.Details[0].Message = "Said ***."
	data, err := json.Marshal(e)
	require.NoError(t, err)
	require.JSONEq(t, `{"code":"x","status":422,"message":"The server says: *** is wrong.","hint":"Not ***.","details":[
		{"code":"x","message":"Said ***."},{"code":"x","message":"Row 3.","form":"Row {0}.","args":["3"]}]}`, string(data))
	message, hint := e.Told()
	require.Empty(t, message)
	require.Empty(t, hint)

	var back errs.Error
	require.NoError(t, json.Unmarshal(data, &back))
	require.Equal(t, "Row {0}.", back.Details[1].Form)
}
