package flow

import (
	"fmt"
	"strings"
)

// Places knows where in the YAML each part of a document stands. A nil *Places knows nothing.
type Places struct {
	at    map[string]position
	nodes map[string]string // path by node id
}

type position struct{ line, column int }

func newPlaces() *Places {
	return &Places{at: map[string]position{}, nodes: map[string]string{}}
}

func (p *Places) note(path string, line, column int) {
	p.at[path] = position{line, column}
}

func (p *Places) index(nodes []Node, path string) {
	for i := range nodes {
		mine := fmt.Sprintf("%s[%d]", path, i)
		if _, taken := p.nodes[nodes[i].ID]; !taken {
			p.nodes[nodes[i].ID] = mine
		}
		for _, body := range nodes[i].Bodies() {
			p.index(body.Nodes, mine+"."+body.Field)
		}
	}
}

// Of gives the place of a field of the document, such as spec.nodes[2].type, or of the nearest part around it.
func (p *Places) Of(path string) (line, column int) {
	if p == nil {
		return 0, 0
	}
	for {
		if at, ok := p.at[path]; ok {
			return at.line, at.column
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			at := p.at[""]
			return at.line, at.column
		}
		path = path[:cut]
	}
}

// Put fills in the places of problems that have none yet.
func (p *Places) Put(problems []Problem) {
	if p == nil {
		return
	}
	for i := range problems {
		q := &problems[i]
		if q.Line != 0 {
			continue
		}
		path := q.Field
		if node, ok := p.nodes[q.Node]; ok && !strings.HasPrefix(path, "spec.") {
			path = join(node, q.Field)
		}
		q.Line, q.Column = p.Of(path)
	}
}
