// Package pattern is regular expressions that are compiled when they are first used. A program knows far more of them than one of
// its processes needs: compiling all at its start took a third of what dataflow --help takes.
package pattern

import (
	"regexp"
	"sync"
)

// Pattern is a regular expression. It is safe for concurrent use.
type Pattern struct {
	compiled func() *regexp.Regexp
}

// Of gives the pattern of a text. A text that is none is a mistake of the programmer, and panics when the pattern is used; a test
// looks through those of all packages.
func Of(text string) *Pattern {
	return &Pattern{sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })}
}

// Regexp gives it as package regexp has it, for what is rarely needed.
func (p *Pattern) Regexp() *regexp.Regexp { return p.compiled() }

// What follows is as in package regexp.

// MatchString says whether the pattern is in s.
func (p *Pattern) MatchString(s string) bool { return p.compiled().MatchString(s) }

// FindString gives the first match in s.
func (p *Pattern) FindString(s string) string { return p.compiled().FindString(s) }

// FindStringIndex says where the first match in s is.
func (p *Pattern) FindStringIndex(s string) []int { return p.compiled().FindStringIndex(s) }

// FindStringSubmatch gives the first match in s and its groups.
func (p *Pattern) FindStringSubmatch(s string) []string { return p.compiled().FindStringSubmatch(s) }

// ReplaceAllString puts a text, in which $1 is the first group, in place of every match in s.
func (p *Pattern) ReplaceAllString(s, by string) string { return p.compiled().ReplaceAllString(s, by) }

// ReplaceAllStringFunc puts what a function makes of every match in s in place of it.
func (p *Pattern) ReplaceAllStringFunc(s string, by func(string) string) string {
	return p.compiled().ReplaceAllStringFunc(s, by)
}
