package sqltext

// Shape writes the shape of the beginning of a text, given as SQL: a stands for a small letter, A for a capital, 文 for any other
// letter and 9 for a digit.
func Shape(expression string) string {
	shape := "left(" + expression + ", 50)"
	for _, class := range [][2]string{{`\p{Nd}`, "9"}, {`\p{Ll}`, "a"}, {`\p{Lu}`, "A"}, {`\p{Lo}`, "文"}} {
		shape = "regexp_replace(" + shape + ", '" + class[0] + "', '" + class[1] + "', 'g')"
	}
	return shape
}
