package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/httpd"
)

func TestOpenAPIDescribesEveryOperation(t *testing.T) {
	s := httpd.New(httpd.Config{Title: "Dataflow", Version: "test"})
	New(Deps{}).Register(s)
	doc, err := s.OpenAPI()
	require.NoError(t, err)
	for _, want := range []string{
		`"operationId": "listFlows"`, `"operationId": "saveDraft"`, `"operationId": "watchRun"`, `"operationId": "callWebhook"`,
		`"application/yaml"`, `"text/event-stream"`, `"#/components/schemas/RunEvent"`, `"/api/automation/v1/files/{name}"`,
	} {
		require.Contains(t, string(doc), want)
	}
	require.NotContains(t, string(doc), `"null"`, "lists are never null")
}
