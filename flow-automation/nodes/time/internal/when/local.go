package when

import (
	"fmt"
	"time"
)

// Disambiguation says which point in time is meant by a time of day that a zone has twice, when its clocks are put back, or
// not at all, when they are put forward.
type Disambiguation string

// The ways. Compatible is what most programs do: the earlier of two, and one that is not there moved on by as much as the
// clocks were.
const (
	Compatible Disambiguation = "compatible"
	Earlier    Disambiguation = "earlier"
	Later      Disambiguation = "later"
	Reject     Disambiguation = "reject"
)

// At gives the point in time at which the clocks of a zone show what wall shows in UTC.
func At(wall time.Time, zone *time.Location, how Disambiguation) (time.Time, error) {
	first, second, there := candidates(wall, zone)
	switch {
	case first.Equal(second):
		return first, nil
	case there && how == Later:
		return second, nil
	case there && how != Reject:
		return first, nil
	case there:
		return time.Time{}, fmt.Errorf("%s is there twice in %s, for clocks are put back then", clock(wall), zone)
	case how == Earlier:
		return first, nil
	case how == Reject:
		return time.Time{}, fmt.Errorf("%s is not there in %s, for clocks are put forward then", clock(wall), zone)
	}
	return second, nil
}

// keeping is At for what was calculated from a point in time: of two it takes the one with the same offset.
func keeping(wall time.Time, zone *time.Location, from time.Time) time.Time {
	first, second, there := candidates(wall, zone)
	if !there {
		return second
	}
	_, before := from.In(zone).Zone()
	if _, of := second.Zone(); of == before {
		return second
	}
	return first
}

// candidates gives the points in time that wall may stand for: one, twice the same; two, when it is there twice; or,
// when it is not there, those that it would be by the offsets after and before the change.
func candidates(wall time.Time, zone *time.Location) (first, second time.Time, there bool) {
	// Offsets are less than a day, so that the change, if there is one, lies between.
	_, before := wall.AddDate(0, 0, -1).In(zone).Zone()
	_, after := wall.AddDate(0, 0, 1).In(zone).Zone()
	byBefore, byAfter := shifted(wall, before, zone), shifted(wall, after, zone)
	okBefore, okAfter := shows(byBefore, wall), shows(byAfter, wall)
	switch {
	case okBefore && okAfter:
		return byBefore, byAfter, true
	case okBefore:
		return byBefore, byBefore, true
	case okAfter:
		return byAfter, byAfter, true
	}
	return byAfter, byBefore, false
}

func shifted(wall time.Time, offset int, zone *time.Location) time.Time {
	return wall.Add(-time.Duration(offset) * time.Second).In(zone)
}

func shows(t, wall time.Time) bool { return Wall(t).Equal(wall) }

// Wall gives what the clocks of t's zone show, as if it were UTC.
func Wall(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

func clock(wall time.Time) string { return wall.Format("2006-01-02 15:04:05") }
