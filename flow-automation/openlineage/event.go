// Package openlineage tells others of runs in the words of OpenLineage (https://openlineage.io, spec 2-0-2): which data a
// run has read and written, and which column came from which. Events are kept in the database until they have been
// received, and sent in the background: no run waits for one.
package openlineage

import (
	"encoding/hex"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
)

// Where the schemas of what is sent are.
const (
	schemaURL = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
	facets    = "https://openlineage.io/spec/facets/"
)

// Event is a run event.
type Event struct {
	Type      string    `json:"eventType"`
	Time      time.Time `json:"eventTime"`
	Run       Run       `json:"run"`
	Job       Job       `json:"job"`
	Inputs    []Dataset `json:"inputs"`
	Outputs   []Dataset `json:"outputs"`
	Producer  string    `json:"producer"`
	SchemaURL string    `json:"schemaURL"`
}

// The types of events.
const (
	start    = "START"
	complete = "COMPLETE"
	fail     = "FAIL"
	abort    = "ABORT"
)

// Run names a run.
type Run struct {
	ID     string         `json:"runId"`
	Facets map[string]any `json:"facets,omitempty"`
}

// Job names what is run.
type Job struct {
	Namespace string         `json:"namespace"`
	Name      string         `json:"name"`
	Facets    map[string]any `json:"facets,omitempty"`
}

// Dataset is something that is read or written.
type Dataset struct {
	Namespace    string         `json:"namespace"`
	Name         string         `json:"name"`
	Facets       map[string]any `json:"facets,omitempty"`
	InputFacets  map[string]any `json:"inputFacets,omitempty"`
	OutputFacets map[string]any `json:"outputFacets,omitempty"`
}

// facet begins every facet.
type facet struct {
	Producer string `json:"_producer"`
	Schema   string `json:"_schemaURL"`
}

func (m *maker) facet(version, name string) facet {
	return facet{m.producer, facets + version + "/" + name + ".json#/$defs/" + name}
}

type (
	parentFacet struct {
		facet
		Run Run `json:"run"`
		Job Job `json:"job"`
	}
	errorFacet struct {
		facet
		Message  string `json:"message"`
		Language string `json:"programmingLanguage"`
	}
	engineFacet struct {
		facet
		Name    string `json:"name"`
		Version string `json:"version"`
	}
	documentationFacet struct {
		facet
		Description string `json:"description"`
	}
	jobTypeFacet struct {
		facet
		Processing  string `json:"processingType"`
		Integration string `json:"integration"`
		Type        string `json:"jobType"`
	}
	schemaFacet struct {
		facet
		Fields []field `json:"fields"`
	}
	field struct {
		Name string `json:"name"`
		Type string `json:"type,omitempty"`
	}
	statisticsFacet struct {
		facet
		Rows *int64 `json:"rowCount,omitempty"`
		Size *int64 `json:"size,omitempty"`
	}
	columnFacet struct {
		facet
		Fields  map[string]inputFields `json:"fields"`
		Dataset []inputField           `json:"dataset,omitempty"`
	}
	inputFields struct {
		InputFields []inputField `json:"inputFields"`
	}
	inputField struct {
		Namespace       string           `json:"namespace"`
		Name            string           `json:"name"`
		Field           string           `json:"field"`
		Transformations []transformation `json:"transformations"`
	}
	transformation struct {
		Type    string `json:"type"`
		Subtype string `json:"subtype"`
	}
)

// runID gives the UUID of a run: the same 128 bits as its id, so that one can be found by the other.
func runID(id string) string {
	u, err := ulid.Parse(strings.ToUpper(id))
	if err != nil {
		return uuidOf(id)
	}
	return dashed(u[:])
}

func dashed(b []byte) string {
	h := hex.EncodeToString(b)
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}
