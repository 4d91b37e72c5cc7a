// Package near finds the names a person may have meant.
package near

import (
	"cmp"
	"slices"
	"strings"

	"dataflow/ide-go-lib/errs"
)

// Names gives at most limit of have that resemble want, the nearest first; letter case does not count.
func Names(want string, have []string, limit int) []string {
	type scored struct {
		name string
		dist int
	}
	w := []rune(strings.ToLower(want))
	found := make([]scored, 0, len(have))
	for _, name := range have {
		n := []rune(strings.ToLower(name))
		d := distance(w, n)
		switch {
		case d <= max(1, max(len(w), len(n))/3):
		case len(w) >= 3 && strings.Contains(string(n), string(w)), len(n) >= 3 && strings.Contains(string(w), string(n)):
			d = max(len(w), len(n)) // a part of it is farther than any misspelling
		default:
			continue
		}
		found = append(found, scored{name, d})
	}
	slices.SortStableFunc(found, func(a, b scored) int { return cmp.Compare(a.dist, b.dist) })
	names := make([]string, 0, limit)
	for _, f := range found[:min(limit, len(found))] {
		names = append(names, f.name)
	}
	return names
}

// Hint is a sentence that offers the nearest names, else lists a few of those there are; "" when there are none.
func Hint(want string, have []string) string { return Say(want, have).String() }

// Say is the same for an error's hint, where it can be said in other languages.
func Say(want string, have []string) errs.Text {
	switch names := Names(want, have, 3); len(names) {
	case 0:
	case 1:
		return errs.Textf(`Did you mean "%s"?`, names[0])
	case 2:
		return errs.Textf(`Did you mean "%s" or "%s"?`, names[0], names[1])
	default:
		return errs.Textf(`Did you mean "%s" or "%s" or "%s"?`, names[0], names[1], names[2])
	}
	if len(have) == 0 {
		return errs.Text{}
	}
	if len(have) > 10 {
		return errs.Textf(`There are "%s" and more.`, strings.Join(have[:10], between))
	}
	return errs.Textf(`There is "%s".`, strings.Join(have, between))
}

// between stands between names of which the form has the first and the last quote, by which it is told from other sentences.
const between = `", "`

// distance counts insertions, deletions, replacements and swaps of neighbours that turn a into b.
func distance(a, b []rune) int {
	prev2, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)]
}
