// Package environment keeps environments: named, versioned sets of Python packages. Each version is resolved once to
// exact packages with hashes and built in the sandbox; flows run in the version that is in use, or in one that they name.
package environment

import (
	"time"

	"dataflow/coderunner/client"
	"dataflow/ide-go-lib/errs"
)

// Default is the name of the environment that every tenant has: what the Python service itself comes with.
const Default = "default"

// Status is how far a version is.
type Status string

// The states of a version.
const (
	Building Status = "building"
	Ready    Status = "ready"
	Failed   Status = "failed"
	Canceled Status = "canceled"
)

// Environment is a set of packages that a person asks for. Requirements are a draft until they are built.
type Environment struct {
	Name         string    `json:"name"`
	Title        string    `json:"title"`
	Description  string    `json:"description"`
	Requirements []string  `json:"requirements" doc:"What is asked for, a line each, such as polars>=1,<2; lines that begin with # are comments"`
	Egress       []string  `json:"egress" doc:"Hosts that its code may reach: api.example.org, *.example.org, db.example.org:5432"`
	Source       bool      `json:"source" doc:"Packages without a wheel are built from their source"`
	Builtin      bool      `json:"builtin" doc:"It is the default environment, whose packages cannot be changed"`
	Version      int       `json:"version" doc:"The version in use; 0 is none"`
	LastVersion  int       `json:"last_version" doc:"The newest version, whatever became of it"`
	LastStatus   Status    `json:"last_status,omitempty" enum:"building,ready,failed,canceled" doc:"What became of the newest version"`
	Changed      bool      `json:"changed" doc:"The requirements differ from those of the newest version"`
	Revision     int64     `json:"revision" doc:"Raised by every change"`
	CreatedAt    time.Time `json:"created_at"`
	CreatedBy    string    `json:"created_by"`
	UpdatedAt    time.Time `json:"updated_at"`
	UpdatedBy    string    `json:"updated_by"`
}

// Version is one build of an environment's requirements. Lists leave Packages and Requirements out.
type Version struct {
	Version      int              `json:"version"`
	Status       Status           `json:"status" enum:"building,ready,failed,canceled"`
	Requirements []string         `json:"requirements"`
	Source       bool             `json:"source"`
	Packages     []client.Package `json:"packages" doc:"The lock: exact packages with the hashes of their files, beside those of the default environment"`
	Python       string           `json:"python,omitempty"`
	Outdated     bool             `json:"outdated" doc:"The default environment has changed since; the packages are installed again on its top when the version is next used"`
	SizeBytes    int64            `json:"size_bytes"`
	Error        *errs.Error      `json:"error,omitempty"`
	CreatedAt    time.Time        `json:"created_at"`
	CreatedBy    string           `json:"created_by"`
	EndedAt      *time.Time       `json:"ended_at,omitempty"`

	digest string
	base   string
	wheels []string // names of the uploaded wheels among the packages
}

// LogLine is one line of a build's log.
type LogLine struct {
	Seq   int64  `json:"seq"`
	Level string `json:"level" enum:"debug,info,warn,error"`
	Text  string `json:"text"`
}

// Wheel is an uploaded package.
type Wheel struct {
	Name      string    `json:"name" doc:"Name of the file, such as acme_rates-1.2-py3-none-any.whl"`
	SHA256    string    `json:"sha256"`
	SizeBytes int64     `json:"size_bytes"`
	CreatedAt time.Time `json:"created_at"`
	CreatedBy string    `json:"created_by"`
	Replaced  bool      `json:"replaced,omitempty" doc:"Of an upload: a file of this name with other content was there"`
}

// Draft is what a person can say of an environment.
type Draft struct {
	Title        string   `json:"title,omitempty" maxLength:"200"`
	Description  string   `json:"description,omitempty" maxLength:"2000"`
	Requirements []string `json:"requirements,omitempty"`
	Egress       []string `json:"egress,omitempty" doc:"Needs the permission environment.admin when it differs from what is there"`
	Source       bool     `json:"source,omitempty" doc:"Needs the permission environment.admin when it differs from what is there"`
}

// Change says who changes something, and when.
type Change struct {
	By string
	At time.Time
}
