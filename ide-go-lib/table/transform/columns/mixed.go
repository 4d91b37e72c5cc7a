package columns

// Mixed notes two columns that are compared, of which one is of texts and the other of numbers: the engine compares them as numbers,
// without a word.
func (c *Checker) Mixed(field, one, oneType, other, otherType string) {
	if oneType != "VARCHAR" {
		one, oneType, other, otherType = other, otherType, one, oneType
	}
	if oneType == "VARCHAR" && Numeric(otherType) {
		c.Fail("types_differ", field, "The column %q (%s) is compared with %q (%s): its texts become numbers, so that 007 equals 7, and a text that is no number ends the run. Give both the same type first, with the node Convert types.",
			one, oneType, other, otherType)
	}
}

// Below notes a column that is of texts in one table and of numbers in another, which become texts when one is put below the other. What the
// tables are called is Names.
func (c *Checker) Below(field, column string, types, names []string) {
	text, number := -1, -1
	for i, typ := range types {
		switch {
		case text < 0 && typ == "VARCHAR":
			text = i
		case number < 0 && Numeric(typ):
			number = i
		}
	}
	if text >= 0 && number >= 0 {
		c.Fail("types_differ", field, "The column %q is %s in table %s and %s in table %s: its numbers become texts. Give it the same type in all of them first, with the node Convert types.",
			column, types[number], names[number], types[text], names[text])
	}
}
