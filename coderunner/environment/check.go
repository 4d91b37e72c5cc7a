package environment

import (
	"fmt"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/pattern"
)

const (
	mostLines   = 500
	longestLine = 500
	mostHosts   = 200
)

var (
	nameRule = pattern.Of(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	// requirementRule is PEP 508 without addresses, as far as a typing error goes; the builder reads it exactly.
	requirementRule = pattern.Of(`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\s*(\[[A-Za-z0-9._,\s-]*\])?\s*(\(?\s*(===|==|~=|!=|<=|>=|<|>)\s*[A-Za-z0-9.*+!_-]+(\s*,\s*(===|==|~=|!=|<=|>=|<|>)\s*[A-Za-z0-9.*+!_-]+)*\s*,?\s*\)?)?\s*(;.+)?$`)
	wheelRule       = pattern.Of(`^[A-Za-z0-9_.]+-[A-Za-z0-9_.!+]+(-\d[A-Za-z0-9_.]*)?(-[A-Za-z0-9_.]+){3}\.whl$`)
)

func checkName(name string) error {
	if nameRule.MatchString(name) {
		return nil
	}
	return errs.Invalid("name_invalid", "An environment's name has up to 63 small letters, digits and -, such as nightly-report.").
		With(errs.Detail{Code: "name_invalid", Message: "Use small letters, digits and -.", Place: errs.Place{Field: "name"}})
}

// check finds what is wrong with a draft, line by line.
func (d Draft) check() error {
	var details []errs.Detail
	refuse := func(field string, line int, format string, args ...any) {
		details = append(details, errs.At(errs.Place{Field: field, Line: line}, "environment_invalid", format, args...))
	}
	if len(d.Requirements) > mostLines {
		refuse("requirements", mostLines+1, "there are %d lines; %d are allowed", len(d.Requirements), mostLines)
	}
	for i, raw := range d.Requirements {
		text := requirement(raw)
		switch {
		case text == "":
		case len(raw) > longestLine:
			refuse("requirements", i+1, "the line is longer than %d characters", longestLine)
		case strings.HasPrefix(text, "-"):
			refuse("requirements", i+1, "%s is an option of pip; write only packages, such as polars>=1,<2", strings.Fields(text)[0])
		case strings.Contains(text, "@"):
			refuse("requirements", i+1, "a package cannot be taken from an address; upload its wheel and write its name")
		case strings.Contains(text, "$"):
			refuse("requirements", i+1, "$ has no meaning in a requirement")
		case !requirementRule.MatchString(text):
			refuse("requirements", i+1, "%q is no requirement; write a package with its versions, such as polars>=1,<2", text)
		}
	}
	if len(d.Egress) > mostHosts {
		refuse("egress", mostHosts+1, "there are %d hosts; %d are allowed", len(d.Egress), mostHosts)
	}
	lines := map[string]int{}
	for i, host := range d.Egress {
		wrong := hostProblem(host)
		if before, twice := lines[strings.ToLower(host)]; twice && wrong == "" {
			wrong = fmt.Sprintf("%s is on line %d already", host, before)
		}
		if wrong != "" {
			refuse("egress", i+1, "%s", wrong)
		}
		lines[strings.ToLower(host)] = i + 1
	}
	if len(details) == 0 {
		return nil
	}
	first := details[0]
	return errs.Invalid("environment_invalid", "Line %d of %s: %s.", first.Line, first.Field, first.Message).With(details...)
}

// requirement gives a line without its comment.
func requirement(line string) string {
	line = strings.TrimSpace(line)
	if strings.HasPrefix(line, "#") {
		return ""
	}
	line, _, _ = strings.Cut(line, " #")
	return strings.TrimSpace(line)
}
