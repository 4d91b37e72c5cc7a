// Package web is what the nodes that ask web services have in common.
package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
)

// Invalid is the error of a field, such as url.
func Invalid(code, field, format string, args ...any) *errs.Error {
	return node.FieldError(code, "with."+field, format, args...)
}

// Texts gives the texts that a value stands for: one, or as many as a list has.
func Texts(v any) []string {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, item := range v {
			all = append(all, Texts(item)...)
		}
		return all
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return []string{fmt.Sprint(v)}
	}
	return []string{string(raw)}
}

// Query gives the parameters of a configuration.
func Query(fields map[string]any) url.Values {
	query := url.Values{}
	for name, v := range fields {
		for _, text := range Texts(v) {
			query.Add(name, text)
		}
	}
	return query
}

// AddHeaders puts those of a configuration in the place of others.
func AddHeaders(h http.Header, fields map[string]any) error {
	for name, v := range fields {
		h.Del(name)
		for _, text := range Texts(v) {
			if strings.ContainsAny(text, "\r\n\x00") {
				return Invalid(node.CodeConfigInvalid, "headers."+name, "A header cannot hold a line break")
			}
			h.Add(name, text)
		}
	}
	return nil
}

// CheckHeaders finds names that no header has.
func CheckHeaders(fields map[string]any) (details []errs.Detail) {
	for name := range fields {
		if name == "" || strings.ContainsAny(name, " \t\r\n:") {
			details = append(details, errs.At(errs.Place{Field: "with.headers." + name}, node.CodeConfigInvalid, "%q is not the name of a header", name))
		}
	}
	return details
}

// CheckAddress says what is wrong with an address, or gives "". With a connection it is a path.
func CheckAddress(address, connection string) string {
	whole := strings.HasPrefix(address, "http://") || strings.HasPrefix(address, "https://")
	switch {
	case strings.Contains(address, "{{"):
	case connection != "" && whole:
		return "With a connection, give the path behind its address, such as items"
	case connection == "" && address == "":
		return "Give an address, or choose a connection"
	case connection == "" && !whole:
		return "The address must begin with http:// or https://"
	}
	return ""
}

// Host is how errors call whom a request goes to.
func Host(target *url.URL) string {
	if target.Host != "" {
		return target.Host
	}
	return "The service"
}

// Failure says why no answer came. Limited is the context of the request, and ctx that of the step.
func Failure(ctx, limited context.Context, err error, host string, timeout time.Duration) error {
	var own *errs.Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case limited.Err() != nil, errors.Is(err, context.DeadlineExceeded):
		return Invalid("http_timeout", "timeout", "%s did not answer within %s", host, timeout)
	case errors.As(err, &own) && own.Code == connector.CodeElsewhere:
		return node.At("with.url", own)
	case errors.As(err, &own): // refused on the way out
		refused := *own
		refused.Details = []errs.Detail{own.At(errs.Place{Field: "with.url"})}
		return &refused
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // without the address, which may hold a secret
	}
	return Invalid("http_unreachable", "url", "%s cannot be reached: %v", host, err)
}

// Again logs that a request will be made again.
func Again(call *node.Call) func(time.Duration, string) {
	return func(wait time.Duration, why string) {
		call.Log("warn", fmt.Sprintf("%s; trying again in %s.", strings.TrimSuffix(why, "."), wait.Round(100*time.Millisecond)))
	}
}

// Beginning is the first words of an answer.
func Beginning(body []byte) string {
	text := strings.ToValidUTF8(string(body[:min(len(body), 300)]), "�")
	return strings.Join(strings.Fields(text), " ")
}
