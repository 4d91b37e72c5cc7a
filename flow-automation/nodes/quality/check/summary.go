package check

// Detail is the fact under which a step keeps what its rules have found, whether it fails or not: the history of the flow's
// quality is made of it.
const Detail = "quality"

// summary is a report without what people read only at the run itself.
type summary struct {
	Rows    int64   `json:"rows"`
	Rules   []point `json:"rules"`
	Columns []Nulls `json:"columns"`
}

type point struct {
	Name     string `json:"name"`
	Check    string `json:"check"`
	Severity string `json:"severity"`
	Broken   int64  `json:"broken"`
	Status   string `json:"status"`
	// Measured is of rules about the whole table.
	Measured *Measured `json:"measured,omitempty"`
}

func (r Report) summary() summary {
	out := summary{Rows: r.Rows, Columns: r.Columns, Rules: make([]point, len(r.Rules))}
	for i, rule := range r.Rules {
		out.Rules[i] = point{rule.Name, rule.Check, rule.Severity, rule.Broken, rule.Status, rule.Measured}
	}
	return out
}
