package api

import (
	"bytes"
	"encoding/json"
	"mime"
	"strings"

	"dataflow/flow-automation/flow"
	"dataflow/ide-go-lib/errs"
)

// source is a document in both its forms, with the place of everything in the text.
type source struct {
	doc    *flow.Document
	yaml   string
	places *flow.Places
}

// source reads the body by its content type. JSON changes the text before, so that its comments stay.
func (in *DocumentInput) source(before string) (source, error) {
	if isYAML(in.ContentType) {
		return yamlSource(string(in.RawBody))
	}
	var b struct {
		Document json.RawMessage `json:"document"`
	}
	if err := strictJSON(in.RawBody, &b); err != nil {
		return source{}, err
	}
	return jsonSource(b.Document, before)
}

func isYAML(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	switch media {
	case "application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml":
		return true
	}
	return false
}

func yamlSource(text string) (source, error) {
	doc, places, err := flow.Parse([]byte(text))
	if err != nil {
		return source{}, err
	}
	return source{doc, text, places}, nil
}

func jsonSource(document json.RawMessage, before string) (source, error) {
	if len(document) == 0 || bytes.Equal(document, []byte("null")) {
		return source{}, errs.Invalid("document_missing", "Send the flow as {\"document\": {…}}, or as YAML with the content type application/yaml.").
			With(errs.Detail{Message: "missing", Place: errs.Place{Field: "document"}})
	}
	doc, err := flow.ParseJSON(document)
	if err != nil {
		return source{}, err
	}
	return patched(doc, before)
}

// patched is doc with the text before changed to mean doc.
func patched(doc *flow.Document, before string) (source, error) {
	text, err := flow.Patch([]byte(before), doc)
	if err != nil {
		return source{}, err
	}
	return yamlSource(string(text))
}

// storedSource reads what the store keeps. The text gives the places; the JSON is what counts.
func storedSource(document json.RawMessage, yaml string) (source, error) {
	doc, err := flow.ParseJSON(document)
	if err != nil {
		return source{}, err
	}
	_, places, err := flow.Parse([]byte(yaml))
	if err != nil {
		return source{}, err
	}
	return source{doc, yaml, places}, nil
}

// strictJSON reads a body whose parts package flow reads later; nothing unknown and nothing behind it is allowed.
func strictJSON(raw []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if err == nil && d.More() {
		err = errs.Invalid("json_invalid", "There is something behind the end of the JSON object.")
	}
	if err == nil {
		return nil
	}
	return errs.New(400, "json_invalid", "The body is not the JSON object that this operation takes: %s.", strings.TrimPrefix(err.Error(), "json: "))
}
