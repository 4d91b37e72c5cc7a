package api

import (
	"net/http"
	"time"

	"dataflow/flow-automation/engine"
	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/httpd"
	"dataflow/ide-go-lib/table"
)

// prefix stands before every path but that of the webhooks.
const prefix = "/api/automation/v1"

func (a *API) flowRoutes(r registrar) {
	add(r, httpd.Op{ID: "listFlows", Method: http.MethodGet, Path: "/flows", Permission: auth.FlowRead, Summary: "List flows"}, a.listFlows)
	add(r, httpd.Op{ID: "createFlow", Method: http.MethodPost, Path: "/flows", Permission: auth.FlowWrite, Status: http.StatusCreated, Summary: "Create a flow"}, a.createFlow, takesDocument)
	add(r, httpd.Op{ID: "getFlow", Method: http.MethodGet, Path: "/flows/{id}", Permission: auth.FlowRead, Summary: "Get a flow with its draft"}, a.getFlow)
	add(r, httpd.Op{
		ID: "deleteFlow", Method: http.MethodDelete, Path: "/flows/{id}", Permission: auth.FlowWrite, Summary: "Delete a flow",
		Description: "Its versions and webhooks go too; its runs stay.",
	}, a.deleteFlow)
	add(r, httpd.Op{ID: "duplicateFlow", Method: http.MethodPost, Path: "/flows/{id}/duplicate", Permission: auth.FlowWrite, Status: http.StatusCreated, Summary: "Copy a flow's draft into a new flow"}, a.duplicateFlow)
	add(r, httpd.Op{
		ID: "saveDraft", Method: http.MethodPut, Path: "/flows/{id}/draft", Permission: auth.FlowWrite, Summary: "Save the draft",
		Description: "An unfinished or invalid graph is saved with its problems in analysis. Text that is no flow document at all is refused with line and column, and nothing is saved.",
	}, a.saveDraft, takesDocument)
	add(r, httpd.Op{ID: "validateDocument", Method: http.MethodPost, Path: "/validate", Permission: auth.FlowRead, Summary: "Check a document without storing it"}, a.validate, takesDocument)
	add(r, httpd.Op{
		ID: "publishFlow", Method: http.MethodPost, Path: "/flows/{id}/publish", Permission: auth.FlowWrite, Status: http.StatusCreated, Summary: "Publish the draft as a new version",
		Description: "Its webhooks are active when the call returns.",
	}, a.publish)
	add(r, httpd.Op{ID: "listVersions", Method: http.MethodGet, Path: "/flows/{id}/versions", Permission: auth.FlowRead, Summary: "List published versions, newest first"}, a.listVersions)
	add(r, httpd.Op{ID: "getVersion", Method: http.MethodGet, Path: "/flows/{id}/versions/{version}", Permission: auth.FlowRead, Summary: "Get a published version"}, a.getVersion)
	add(r, httpd.Op{
		ID: "getLineage", Method: http.MethodGet, Path: "/flows/{id}/lineage", Permission: auth.FlowRead, Summary: "Tell where the columns of a flow come from",
		Description: "Which data the flow reads and writes, what stands on what, and for each column of each table which columns it comes from. Nothing is run; columns that only a run can tell are those of the last one, and what is not known is listed in gaps. It takes run.read and file.read, too.",
	}, a.getLineage)
	add(r, httpd.Op{ID: "restoreVersion", Method: http.MethodPost, Path: "/flows/{id}/versions/{version}/restore", Permission: auth.FlowWrite, Summary: "Make a published version the draft again"}, a.restoreVersion)
}

func (a *API) runRoutes(r registrar) {
	add(r, httpd.Op{ID: "previewNode", Method: http.MethodPost, Path: "/flows/{id}/preview", Permission: auth.FlowWrite, Summary: "Look at what a node would take and give, without a run", Description: "Table nodes are computed on the first rows of what they stand on. What is not known without a run is taken from the last one. Where there was none, the storage or database of a node that reads with settings that are fixed or of parameters is asked for the first of what it has, for who has the permission connection.use."}, a.previewNode, carriesDocument)
	add(r, httpd.Op{ID: "suggestQuality", Method: http.MethodPost, Path: "/quality/suggestions", Permission: auth.FlowWrite, Summary: "Suggest rules and steps for a table", Description: "It looks at the first rows of a table that is there, or of the one that a node of a flow would take, without a run, and says what rules they keep and what would mend them."}, a.suggestQuality, carriesDocument)
	add(r, httpd.Op{ID: "getFlowQuality", Method: http.MethodGet, Path: "/flows/{id}/quality", Permission: auth.RunRead, Summary: "Say how the quality of a flow's data goes", Description: "By rule of its checks, from run to run, with the empty values of the columns that are checked. Test runs do not count."}, a.flowQuality)
	add(r, httpd.Op{ID: "startRun", Method: http.MethodPost, Path: "/flows/{id}/runs", Permission: auth.FlowRun, Status: http.StatusAccepted, Summary: "Start a run of a flow"}, a.startRun)
	add(r, httpd.Op{
		ID: "startDocumentRun", Method: http.MethodPost, Path: "/runs", Permission: auth.FlowWrite, Status: http.StatusAccepted, Summary: "Start a run of a document that is not stored",
		Description: "It takes flow.run, too: whoever may only run flows runs those that others have built.",
	}, a.startDocument, carriesDocument)
	add(r, httpd.Op{ID: "listRuns", Method: http.MethodGet, Path: "/runs", Permission: auth.RunRead, Summary: "List runs"}, a.listRuns)
	add(r, httpd.Op{ID: "countRuns", Method: http.MethodGet, Path: "/runs/counts", Permission: auth.RunRead, Summary: "Count runs by status"}, a.countRuns)
	add(r, httpd.Op{ID: "getRun", Method: http.MethodGet, Path: "/runs/{id}", Permission: auth.RunRead, Summary: "Get a run"}, a.getRun)
	add(r, httpd.Op{ID: "listSteps", Method: http.MethodGet, Path: "/runs/{id}/steps", Permission: auth.RunRead, Summary: "List the steps of a run"}, a.listSteps)
	add(r, httpd.Op{ID: "getRunGraph", Method: http.MethodGet, Path: "/runs/{id}/graph", Permission: auth.RunRead, Summary: "Get the document a run uses, with its steps"}, a.runGraph)
	add(r, httpd.Op{ID: "getRunDrift", Method: http.MethodGet, Path: "/runs/{id}/drift", Permission: auth.RunRead, Summary: "Say how the tables of a run differ from what was agreed on", Description: "Sources without a contract are compared with the last run before that succeeded."}, a.runDrift)
	add(r, httpd.Op{ID: "listLogs", Method: http.MethodGet, Path: "/runs/{id}/logs", Permission: auth.RunRead, Summary: "List log lines of a run"}, a.listLogs)
	add(r, httpd.Op{ID: "startBackfill", Method: http.MethodPost, Path: "/flows/{id}/backfills", Permission: auth.FlowRun, Status: http.StatusAccepted, MaxBody: documentMax, Summary: "Start many runs of a flow, each with parameters of its own"}, a.startBackfill)
	add(r, httpd.Op{ID: "listBackfills", Method: http.MethodGet, Path: "/flows/{id}/backfills", Permission: auth.RunRead, Summary: "List the latest backfills of a flow"}, a.listBackfills)
	add(r, httpd.Op{ID: "getBackfill", Method: http.MethodGet, Path: "/backfills/{id}", Permission: auth.RunRead, Summary: "Get a backfill and how far it is"}, a.getBackfill)
	add(r, httpd.Op{ID: "cancelBackfill", Method: http.MethodPost, Path: "/backfills/{id}/cancel", Permission: auth.RunCancel, Timeout: -1, Summary: "Cancel a backfill with its runs"}, a.cancelBackfill)
	add(r, httpd.Op{ID: "pauseRun", Method: http.MethodPost, Path: "/runs/{id}/pause", Permission: auth.RunCancel, Summary: "Let nothing further of a run begin", Description: "What is under way goes on, and so do the deadlines."}, a.pauseRun)
	add(r, httpd.Op{ID: "resumeRun", Method: http.MethodPost, Path: "/runs/{id}/resume", Permission: auth.RunCancel, Summary: "End the pause of a run"}, a.resumeRun)
	add(r, httpd.Op{ID: "retryRun", Method: http.MethodPost, Path: "/runs/{id}/retry", Permission: auth.FlowRun, Status: http.StatusAccepted, Summary: "Do a finished run again, or a part of it"}, a.retryRun)
	add(r, httpd.Op{ID: "deleteRun", Method: http.MethodDelete, Path: "/runs/{id}", Permission: auth.RunDelete, Status: http.StatusNoContent, Summary: "Delete a finished run"}, a.deleteRun)
	add(r, httpd.Op{ID: "bulkRuns", Method: http.MethodPost, Path: "/runs/bulk", Permission: auth.RunRead, Timeout: -1, Summary: "Cancel, retry or delete many runs", Description: "Each action needs the permission that it needs for one run."}, a.bulkRuns)
	add(r, httpd.Op{ID: "whyRun", Method: http.MethodGet, Path: "/runs/{id}/why", Permission: auth.RunRead, Summary: "Say what a run and its steps wait for"}, a.whyRun)
	add(r, httpd.Op{ID: "computeTable", Method: http.MethodPost, Path: "/runs/{id}/tables", Permission: auth.ArtifactRead, Timeout: 5 * time.Minute, Summary: "Compute a table that a step handed on to the next without computing it", Description: "It is kept for a while, so that its rows can be paged through."}, a.computeTable)
	add(r, httpd.Op{ID: "signalRun", Method: http.MethodPost, Path: "/runs/{id}/signals", Permission: auth.RunApprove, Summary: "Decide what a step of a run asks"}, a.signalRun)
	add(r, httpd.Op{ID: "listApprovals", Method: http.MethodGet, Path: "/approvals", Permission: auth.RunRead, Summary: "List the open questions, oldest first"}, a.listApprovals)
	add(r, httpd.Op{ID: "cancelRun", Method: http.MethodPost, Path: "/runs/{id}/cancel", Permission: auth.RunCancel, Summary: "Cancel a run"}, a.cancelRun)
	r.server.Events(r.complete(httpd.Op{
		ID: "watchRun", Path: "/runs/{id}/events", Permission: auth.RunRead, Summary: "Watch a run",
		Description: "Server-sent events named run, step and log. They begin with the present state and end with the run.",
	}, []kind{givesEvents}), a.watchRun)
	r.server.Events(r.complete(httpd.Op{
		ID: "watchRuns", Path: "/events", Permission: auth.RunRead, Summary: "Watch all runs",
		Description: "Server-sent events named run and step.",
	}, []kind{givesEvents}), a.watchRuns)
}

func (a *API) artifactRoutes(r registrar) {
	add(r, httpd.Op{ID: "downloadArtifact", Method: http.MethodGet, Path: "/artifacts/{id}", Permission: auth.ArtifactRead, Summary: "Download an artifact, or a table in another format"}, a.downloadArtifact, givesFile)
	add(r, httpd.Op{ID: "listRows", Method: http.MethodGet, Path: "/artifacts/{id}/rows", Permission: auth.ArtifactRead, Summary: "Page through the rows of a table", Description: "With Accept: " + table.ArrowMediaType + " they come as a stream of Apache Arrow."}, a.listRows, givesRows)
	add(r, httpd.Op{ID: "getProfile", Method: http.MethodGet, Path: "/artifacts/{id}/profile", Permission: auth.ArtifactRead, Summary: "Summarise the columns of a table"}, a.getProfile)
	add(r, httpd.Op{ID: "getJSON", Method: http.MethodGet, Path: "/artifacts/{id}/json", Permission: auth.ArtifactRead, Summary: "Get a large value"}, a.getJSON)
}

func (a *API) fileRoutes(r registrar) {
	add(r, httpd.Op{ID: "listFiles", Method: http.MethodGet, Path: "/files", Permission: auth.FileRead, Summary: "List files"}, a.listFiles)
	add(r, httpd.Op{ID: "putFile", Method: http.MethodPut, Path: "/files/{name...}", Permission: auth.FileWrite, Summary: "Upload or replace a file"}, a.putFile, takesFile)
	add(r, httpd.Op{ID: "getFile", Method: http.MethodGet, Path: "/files/{name...}", Permission: auth.FileRead, Summary: "Download a file"}, a.getFile, givesFile)
	add(r, httpd.Op{ID: "deleteFile", Method: http.MethodDelete, Path: "/files/{name...}", Permission: auth.FileWrite, Summary: "Delete a file"}, a.deleteFile)
}

func (a *API) catalogueRoutes(r registrar) {
	add(r, httpd.Op{ID: "listNodeTypes", Method: http.MethodGet, Path: "/node-types", Permission: auth.FlowRead, Summary: "List the kinds of nodes and triggers"}, a.listNodeTypes)
	add(r, httpd.Op{ID: "evaluateExpression", Method: http.MethodPost, Path: "/expressions/evaluate", Permission: auth.RunRead, Summary: "Evaluate a text with expressions on the data of a run"}, a.evaluate, carriesDocument)
	add(r, httpd.Op{ID: "inspectPython", Method: http.MethodPost, Path: "/python/inspect", Permission: auth.FlowRead, MaxBody: documentMax, Summary: "Parse Python code without running it"}, a.inspectPython)
	add(r, httpd.Op{ID: "getSystem", Method: http.MethodGet, Path: "/system", Permission: auth.SystemRead, Summary: "Get the state of this installation"}, a.getSystem)
}

// huma sees the fields of embedded structs only when those are exported.

// PageInput asks for one page of a list.
type PageInput struct {
	Cursor string `query:"cursor" doc:"What the previous page gave as next"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

// DocumentInput is a flow as JSON or YAML, by its content type.
type DocumentInput struct {
	ContentType string `header:"Content-Type" hidden:"true"`
	RawBody     []byte `contentType:"application/yaml"`
}

// ArtifactInput names an artifact.
type ArtifactInput struct {
	ID string `path:"id" pattern:"^[0-9a-f]{64}$" doc:"SHA-256 of the content"`
}

// FileInput names a file.
type FileInput struct {
	Name string `path:"name" doc:"Name with / between parts; encoded slashes are understood too"`
}

// What the operations take and give.
type (
	idInput struct {
		ID string `path:"id"`
	}

	listFlowsInput struct {
		PageInput
		Query string `query:"q" doc:"Part of the name, the title or the description"`
		Sort  string `query:"sort" enum:"name,-name,title,-title,created_at,-created_at,updated_at,-updated_at" default:"-updated_at"`
	}

	saveDraftInput struct {
		ID      string `path:"id"`
		IfMatch string `header:"If-Match" required:"true" doc:"Revision that the change is based on"`
		DocumentInput
	}
	duplicateInput struct {
		ID   string `path:"id"`
		Body DuplicateBody
	}
	publishInput struct {
		ID   string `path:"id"`
		Body PublishBody
	}
	versionInput struct {
		ID      string `path:"id"`
		Version int    `path:"version" minimum:"1"`
	}
	getLineageInput struct {
		ID      string `path:"id"`
		Version int    `query:"version" minimum:"0" doc:"A published version; 0 is the draft"`
	}
	listVersionsInput struct {
		ID string `path:"id"`
		PageInput
	}
	previewInput struct {
		ID   string `path:"id"`
		Body PreviewBody
	}
	qualityInput struct {
		ID    string    `path:"id"`
		Node  string    `query:"node" doc:"Only the check of this node"`
		Rule  string    `query:"rule" doc:"Only the rule of this name"`
		Since time.Time `query:"since"`
		Runs  int       `query:"runs" minimum:"1" maximum:"500" default:"50" doc:"How many runs to look back at"`
	}
	suggestInput      struct{ Body SuggestBody }
	computeTableInput struct {
		ID   string `path:"id"`
		Body ComputeTableBody
	}
	startRunInput struct {
		ID             string `path:"id"`
		IdempotencyKey string `header:"Idempotency-Key" maxLength:"200" doc:"A second start with the same key answers the first run"`
		Body           StartRunBody
	}
	startDocumentInput struct {
		IdempotencyKey string `header:"Idempotency-Key" maxLength:"200"`
		Body           StartDocumentBody
	}
	listRunsInput struct {
		PageInput
		FlowID string    `query:"flow_id"`
		Status string    `query:"status" doc:"One or several statuses, with commas between"`
		Query  string    `query:"q" doc:"Part of the flow's name or title, or the run's id, its beginning or its last 8 characters"`
		Since  time.Time `query:"since"`
		Until  time.Time `query:"until"`
		Sort   string    `query:"sort" enum:"created_at,-created_at,duration,-duration" default:"-created_at"`

		Backfill string `query:"backfill" doc:"Only runs of this backfill"`
		Parent   string `query:"parent" doc:"Only runs that steps of this run wait for"`
		Paused   bool   `query:"paused" doc:"Only paused runs"`
		Late     bool   `query:"late" doc:"Only runs that took longer than their flow's SLA"`
	}
	stepsInput struct {
		ID     string `path:"id"`
		Within string `query:"within" doc:"Only the steps of this instance of a container, such as each[3]"`
	}
	retryInput struct {
		ID             string `path:"id"`
		IdempotencyKey string `header:"Idempotency-Key" maxLength:"200"`
		Body           RetryBody
	}
	bulkInput   struct{ Body BulkBody }
	signalInput struct {
		ID   string `path:"id"`
		Body SignalBody
	}
	approvalsInput struct {
		Mine  bool   `query:"mine" doc:"Only those that the caller may decide"`
		RunID string `query:"run_id"`
	}
	countRunsInput struct {
		FlowID string `query:"flow_id"`
	}
	logsInput struct {
		ID    string `path:"id"`
		Node  string `query:"node" doc:"Only lines of this node"`
		After int64  `query:"after" doc:"Only lines after this number" minimum:"0"`
		Limit int    `query:"limit" minimum:"1" maximum:"5000" default:"1000"`
	}

	downloadInput struct {
		ArtifactInput
		Name   string `query:"name" maxLength:"200" doc:"Name for the downloaded file"`
		Format string `query:"format" enum:"csv,parquet,json,ndjson,xlsx,arrow" doc:"Of a table; absent is the artifact as it is"`
	}
	rowsInput struct {
		ArtifactInput
		Offset int64  `query:"offset" minimum:"0"`
		Limit  int64  `query:"limit" minimum:"1" maximum:"1000" default:"100"`
		Sort   string `query:"sort" doc:"Columns with commas between, - before a descending one"`
		Filter string `query:"filter" doc:"JSON list of conditions {column, op, value} that all must hold"`
		Accept string `header:"Accept"`
	}
	listFilesInput struct {
		PageInput
		Prefix string `query:"prefix"`
	}

	evaluateInput struct{ Body EvaluateBody }
	inspectInput  struct{ Body InspectBody }

	body[T any]    struct{ Body T }
	created[T any] struct {
		Location string `header:"Location"`
		Body     T
	}
	revised[T any] struct {
		ETag string `header:"ETag"`
		Body T
	}
)

// The lists that are given.
type (
	flowList    = List[FlowSummary]
	versionList = List[FlowVersion]
	runList     = List[engine.Run]
	stepList    = List[engine.Step]
	logList     = List[engine.LogLine]
	fileList    = List[fileInfo]

	approvalList = List[Approval]
)
