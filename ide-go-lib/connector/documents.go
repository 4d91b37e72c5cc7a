package connector

// Collections is Tables of documents: of a request they take what the others do not know, Documents and IDs.
type Collections interface {
	Tables
	// Collections tells them apart from other tables and does nothing.
	Collections()
}

// Documents asks for documents in the system's own words, as JSON texts; Pipeline stands in place of the others.
type Documents struct {
	Filter     string
	Projection string
	Sort       string
	Pipeline   string
}

// CodeQuery is the code of a query that a system does not understand, or that it may not carry out.
const CodeQuery = "query_invalid"
