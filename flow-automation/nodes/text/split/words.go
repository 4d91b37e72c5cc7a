package split

import "unicode"

// wordly says that a character makes a stretch of text a word.
func wordly(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsNumber(r) || unicode.Is(unicode.So, r)
}
