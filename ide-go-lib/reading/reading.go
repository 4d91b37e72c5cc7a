// Package reading keeps the end of a content apart from the error that cuts it short. Libraries wrap io.EOF and give
// io.ErrUnexpectedEOF when a connection is lost; who takes either for the end loses the rest silently.
package reading

import "io"

// Fill reads until buffer is full or r has ended, which last then says; n is how much there is of the buffer. Only io.EOF
// itself is an end: unlike in io.ReadFull, an io.ErrUnexpectedEOF is one that r gave, and is an error.
func Fill(r io.Reader, buffer []byte) (n int, last bool, err error) {
	for n < len(buffer) {
		m, err := r.Read(buffer[n:])
		n += m
		if err == io.EOF { // itself: a wrapped one is a failure
			return n, true, nil
		}
		if err != nil {
			return n, false, err
		}
	}
	return n, false, nil
}

// Telling gives what r gives, and every error but the end in the words of tell.
func Telling(r io.Reader, tell func(error) error) io.Reader { return telling{r, tell} }

type telling struct {
	from io.Reader
	tell func(error) error
}

func (t telling) Read(p []byte) (int, error) {
	n, err := t.from.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // a wrapped one is a failure
		err = t.tell(err)
	}
	return n, err
}
