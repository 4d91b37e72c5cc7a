package pattern_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/pattern"
)

func TestPatternIsLikeARegexp(t *testing.T) {
	p := pattern.Of(`(\d+)-(\d+)`)
	const text = "from 3-5 to 7-11"
	require.True(t, p.MatchString(text))
	require.False(t, p.MatchString("none"))
	require.Equal(t, "3-5", p.FindString(text))
	require.Equal(t, []int{5, 8}, p.FindStringIndex(text))
	require.Equal(t, []string{"3-5", "3", "5"}, p.FindStringSubmatch(text))
	require.Equal(t, "from 5-3 to 11-7", p.ReplaceAllString(text, "$2-$1"))
	require.Equal(t, "from x to xx", p.ReplaceAllStringFunc(text, func(m string) string { return "xx"[:len(m)-2] }))
	require.Equal(t, []string{"3-5", "7-11"}, p.Regexp().FindAllString(text, -1))
}

// It is nobody's business at the start of a process: neither compiled nor found to be wrong.
func TestPatternIsCompiledWhenItIsUsed(t *testing.T) {
	wrong := pattern.Of(`(`)
	require.Panics(t, func() { wrong.MatchString("") })
	require.Panics(t, func() { wrong.MatchString("") }, "again")
	require.Less(t, testing.AllocsPerRun(10, func() { pattern.Of(`^[a-z]{1,200}$`) }), 10.0)
	right := pattern.Of(`^a+$`)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if !right.MatchString("aaa") {
				t.Error("it does not match")
			}
		})
	}
	wg.Wait()
}
