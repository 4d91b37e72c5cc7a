package sort

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math/big"
	"strings"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"dataflow/flow-automation/nodes/internal/incoming"
	"dataflow/flow-automation/nodes/json/internal/path"
	"dataflow/flow-automation/nodes/json/internal/tree"
	"dataflow/ide-go-lib/errs"
)

// row is an item with what it is ordered by.
type row struct {
	item json.RawMessage
	keys []key
}

// key is one thing to order by: what kind of value it is comes first.
type key struct {
	rank   int
	number *big.Float
	bytes  []byte // of a text, true or false, a list or an object
}

// The ranks, in ascending order; what is absent always comes last.
const (
	rankNumber = iota
	rankText
	rankBoolean
	rankList
	rankObject
	rankAbsent
)

type order struct {
	descending []bool
	collator   *collate.Collator // nil is by code point
	buffer     collate.Buffer
}

func newOrder(c Config) (*order, error) {
	o := &order{descending: make([]bool, max(1, len(c.By)))}
	for i, by := range c.By {
		o.descending[i] = by.Order == "desc"
	}
	if c.Language == "" && !c.Natural {
		return o, nil
	}
	tag := language.Und
	if c.Language != "" {
		var err error
		if tag, err = language.Parse(c.Language); err != nil {
			return nil, errs.Internal(err) // it was checked before
		}
	}
	var options []collate.Option
	if c.Natural {
		options = append(options, collate.Numeric)
	}
	o.collator = collate.New(tag, options...)
	return o, nil
}

func open(text string) bool { return strings.Contains(text, "{{") }

func (o *order) keys(item *tree.Node, paths []*path.Path) []key {
	if len(paths) == 0 {
		return []key{o.key(item)}
	}
	keys := make([]key, len(paths))
	for i, p := range paths {
		keys[i] = o.key(p.One(item))
	}
	return keys
}

func (o *order) key(n *tree.Node) key {
	if n == nil || n.IsNull() {
		return key{rank: rankAbsent}
	}
	raw := n.JSON()
	switch n.Kind() {
	case '{':
		return key{rank: rankObject, bytes: raw}
	case '[':
		return key{rank: rankList, bytes: raw}
	case 't', 'f':
		return key{rank: rankBoolean, bytes: raw} // false comes before true
	case '"':
		text, _, err := incoming.Text(raw)
		if err != nil {
			return key{rank: rankText, bytes: raw}
		}
		if o.collator == nil {
			return key{rank: rankText, bytes: []byte(text)}
		}
		weights := bytes.Clone(o.collator.KeyFromString(&o.buffer, text))
		o.buffer.Reset()
		return key{rank: rankText, bytes: weights}
	}
	number, _, err := big.ParseFloat(string(raw), 10, 128, big.ToNearestEven)
	if err != nil {
		return key{rank: rankNumber, number: new(big.Float)}
	}
	return key{rank: rankNumber, number: number}
}

func (o *order) compare(a, b row) int {
	for i := range a.keys {
		x, y := a.keys[i], b.keys[i]
		if x.rank == rankAbsent || y.rank == rankAbsent {
			if c := cmp.Compare(x.rank, y.rank); c != 0 {
				return c
			}
			continue
		}
		c := cmp.Compare(x.rank, y.rank)
		if c == 0 && x.number != nil {
			c = x.number.Cmp(y.number)
		} else if c == 0 {
			c = bytes.Compare(x.bytes, y.bytes)
		}
		if c != 0 && o.descending[i] {
			return -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}
