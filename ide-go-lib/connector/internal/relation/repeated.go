package relation

// Repeated is the query for the first key that comes twice among staged rows: the numbers of both, and its values as one text. Order is what
// the rows have come in, keys are the columns, same is what they are compared by, and told the text.
func Repeated(stage, order, keys, same, told string) string {
	return "SELECT dataflow_before, dataflow_row, dataflow_key FROM (SELECT dataflow_row, " + told + " AS dataflow_key, lag(dataflow_row) OVER (PARTITION BY " + same +
		" ORDER BY dataflow_row) AS dataflow_before FROM (SELECT row_number() OVER (ORDER BY " + order + ") AS dataflow_row, " + keys + " FROM " + stage +
		") AS numbered) AS pairs WHERE dataflow_before IS NOT NULL ORDER BY dataflow_row LIMIT 1"
}
