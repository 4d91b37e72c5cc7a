package flow

import "bytes"

// withBlankLines puts back the blank lines that stood before lines which both texts have. The library that writes YAML
// does not know them.
func withBlankLines(source, patched []byte) []byte {
	lines := bytes.SplitAfter(patched, []byte("\n"))
	where := make(map[string][]int, len(lines))
	for i, l := range lines {
		key := string(bytes.TrimRight(l, " \r\n"))
		where[key] = append(where[key], i)
	}
	insert := make(map[int]int) // blank lines before a line of patched
	blanks, reached := 0, -1
	for l := range bytes.SplitSeq(source, []byte("\n")) {
		key := string(bytes.TrimRight(l, " \r"))
		if key == "" {
			blanks++
			continue
		}
		for _, at := range where[key] {
			if at > reached {
				if at > 0 && blanks > 0 && len(bytes.TrimSpace(lines[at-1])) > 0 {
					insert[at] = blanks
				}
				reached = at
				break
			}
		}
		blanks = 0
	}
	var out bytes.Buffer
	out.Grow(len(source) + len(patched))
	for i, l := range lines {
		for range insert[i] {
			out.WriteByte('\n')
		}
		out.Write(l)
	}
	return out.Bytes()
}
