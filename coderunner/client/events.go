package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// maxValue is the size of a returned JSON value that is read into memory.
const maxValue = 64 << 20

type event struct {
	Event   string            `json:"event"`
	Level   string            `json:"level"`
	Text    string            `json:"text"`
	Outputs map[string]output `json:"outputs"`
	Part    string            `json:"part"`
	Size    int64             `json:"size"`
	failure
	node.PythonUsage
}

type output struct {
	Kind      value.Kind      `json:"kind"`
	Value     json.RawMessage `json:"value"`
	Path      string          `json:"path"`
	Part      string          `json:"part"`
	Name      string          `json:"name"`
	MediaType string          `json:"media_type"`
	Table     *table.Meta     `json:"table"`
}

type failure struct {
	Code      string `json:"code"`
	Message   string `json:"message"`
	Hint      string `json:"hint"`
	Traceback string `json:"traceback"`
	Source    string `json:"source"`
	Line      int    `json:"line"`
	Column    int    `json:"column"`
}

// read follows an execution's events to their end.
func read(lines *events, onLog func(level, text string)) (node.PythonResult, error) {
	var (
		result   node.PythonResult
		found    map[string]output
		failed   error
		finished bool
	)
	for {
		var e event
		if err := lines.next(&e); err != nil {
			if errors.Is(err, io.EOF) && finished {
				break
			}
			return result, broken(err)
		}
		switch e.Event {
		case "log":
			onLog(e.Level, e.Text)
		case "error":
			finished = true
			failed = e.problem()
			if e.Traceback != "" {
				onLog("error", e.Traceback)
			}
		case "result":
			finished = true
			found = e.Outputs
		case "part":
			if err := lines.save(e.Part, e.Size); err != nil {
				return result, broken(err)
			}
		case "usage":
			result.Usage = e.PythonUsage
		}
	}
	if failed == nil {
		result.Outputs, failed = outputs(found, lines)
	}
	return result, failed
}

func outputs(found map[string]output, lines *events) (map[string]node.PythonOutput, error) {
	taken := make(map[string]node.PythonOutput, len(found))
	for port, o := range found {
		if o.Part != "" {
			o.Path = lines.partPath(o.Part)
		}
		if o.Path != "" {
			if err := inside(lines.dir, o.Path); err != nil {
				return nil, err
			}
		}
		out := node.PythonOutput{Kind: o.Kind, JSON: o.Value, Path: o.Path, Name: o.Name, MediaType: o.MediaType, Table: o.Table}
		if o.Kind == value.JSON && o.Path != "" {
			text, err := readJSON(o.Path)
			if err != nil {
				return nil, err
			}
			out.JSON, out.Path = text, ""
		}
		taken[port] = out
	}
	return taken, nil
}

// readJSON takes a value that was too long for an event. The code in the sandbox wrote the file, so it may hold anything.
func readJSON(path string) (json.RawMessage, error) {
	file, err := os.Open(path) //nolint:gosec // the caller has checked that it lies in the folder for results
	if err != nil {
		return nil, errs.Internal(err)
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, maxValue+1))
	if err != nil {
		return nil, errs.Internal(err)
	}
	if len(text) > maxValue || !json.Valid(text) {
		return nil, errs.Invalid("bad_result", "What main() returned did not leave the sandbox as JSON.")
	}
	return text, nil
}

// problem is the error for the author of the code, with the place in it.
func (f failure) problem() *errs.Error {
	status := http.StatusUnprocessableEntity
	switch f.Code {
	case "sandbox_unavailable", "sandbox_restarted":
		status = http.StatusServiceUnavailable
	case "canceled":
		status = 499
	}
	problem := errs.New(status, f.Code, "%s", f.Message)
	problem.Hint = f.Hint
	if f.Line > 0 {
		text := strings.TrimSpace(f.Source)
		if text == "" {
			text = f.Message
		}
		problem.Details = []errs.Detail{{
			Code:    f.Code,
			Message: text,
			Place:   errs.Place{Field: "with.code", Line: f.Line, Column: f.Column},
		}}
	}
	return problem
}

// unauthorized is the code of a service that does not let this server in.
const unauthorized = "coderunner_unauthorized"

// refusal is the error of an answer that is not an execution.
func refusal(res *http.Response) error {
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return broken(err)
	}
	var f failure
	if json.Unmarshal(bytes.TrimSpace(text), &f) != nil || f.Code == "" {
		return broken(fmt.Errorf("status %d: %.200s", res.StatusCode, text))
	}
	if res.StatusCode == http.StatusUnauthorized || res.StatusCode == http.StatusForbidden {
		// It is this server that is not let in, and not whoever calls it.
		return &errs.Error{
			Code: unauthorized, Status: http.StatusServiceUnavailable, Message: "The Python service does not let this server in: " + f.Message,
			Hint: "The operator gives both the same DATAFLOW_CODERUNNER_TOKEN, or certificates that each other trusts.",
		}
	}
	return &errs.Error{Code: f.Code, Status: res.StatusCode, Message: f.Message, Hint: f.Hint}
}
