package connector

// Documents asks a system of documents in its own words, as JSON texts; Pipeline stands in place of the others.
type Documents struct {
	Filter     string
	Projection string
	Sort       string
	Pipeline   string
}

// CodeQuery is the code of a query that a system does not understand, or that it may not carry out.
const CodeQuery = "query_invalid"
