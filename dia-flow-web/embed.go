// Package web carries the built web application inside the binary.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// FS gives the built files, with index.html at the root. Before the first build of the web it holds no page.
func FS() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil { // "dist" is a constant and a valid path
		panic(err)
	}
	return sub
}
