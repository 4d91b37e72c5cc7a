// Package examples carries the runnable examples inside the binary.
package examples

import "embed"

// FS holds one folder for each example: flow.yaml, and the files that it reads.
//
//go:embed */flow.yaml */data
var FS embed.FS
