package when

import (
	"errors"
	"time"
)

// Unit is a length of time.
type Unit string

// The units. Those up to hours are as long as they say; days and longer ones go by the calendar of a zone, so that a day may
// have 23 or 25 hours.
const (
	Milliseconds Unit = "milliseconds"
	Seconds      Unit = "seconds"
	Minutes      Unit = "minutes"
	Hours        Unit = "hours"
	Days         Unit = "days"
	Workdays     Unit = "workdays"
	Weeks        Unit = "weeks"
	Months       Unit = "months"
	Quarters     Unit = "quarters"
	Years        Unit = "years"
)

// Length gives how long a unit is; 0 for one of the calendar.
func (u Unit) Length() time.Duration {
	switch u {
	case Milliseconds:
		return time.Millisecond
	case Seconds:
		return time.Second
	case Minutes:
		return time.Minute
	case Hours:
		return time.Hour
	}
	return 0
}

var errRange = errors.New("the result lies outside of the years 0 to 9999")

// Add moves t by n units, in its own zone. A month later than the 31st is the last of a shorter month.
func Add(t time.Time, n int, u Unit) (time.Time, error) {
	var moved time.Time
	switch length := u.Length(); {
	case u == Milliseconds:
		moved = time.UnixMilli(t.UnixMilli() + int64(n)).Add(time.Duration(t.Nanosecond()) % time.Millisecond).In(t.Location())
	case length > 0:
		moved = time.Unix(t.Unix()+int64(n)*int64(length/time.Second), int64(t.Nanosecond())).In(t.Location())
	case n == 0 && u != Workdays:
		return t, nil
	default:
		wall := Wall(t)
		switch u {
		case Years:
			wall = addMonths(wall, 12*n)
		case Quarters:
			wall = addMonths(wall, 3*n)
		case Months:
			wall = addMonths(wall, n)
		case Weeks:
			wall = wall.AddDate(0, 0, 7*n)
		case Workdays:
			wall = addWorkdays(wall, n)
		default:
			wall = wall.AddDate(0, 0, n)
		}
		if !InRange(wall) {
			return time.Time{}, errRange
		}
		moved = keeping(wall, t.Location(), t)
	}
	if !InRange(moved) {
		return time.Time{}, errRange
	}
	return moved, nil
}

func addMonths(t time.Time, n int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	return first.AddDate(0, 0, min(t.Day(), DaysIn(first))-1)
}

// DaysIn gives the number of days of the month of t.
func DaysIn(t time.Time) int { return time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day() }

// addWorkdays counts Monday to Friday. From a weekend it counts as from its side that lies behind.
func addWorkdays(t time.Time, n int) time.Time {
	direction := 1
	if n < 0 {
		direction, n = -1, -n
	}
	for n > 0 && weekend(t) {
		t = t.AddDate(0, 0, -direction)
	}
	t = t.AddDate(0, 0, direction*7*(n/5))
	for n %= 5; n > 0; {
		if t = t.AddDate(0, 0, direction); !weekend(t) {
			n--
		}
	}
	return t
}

func weekend(t time.Time) bool { return t.Weekday() == time.Saturday || t.Weekday() == time.Sunday }

// Start gives the beginning of the unit that t lies in, in its own zone. Weeks begin on first.
func Start(t time.Time, u Unit, first time.Weekday) time.Time {
	wall := Wall(t)
	back := time.Duration(wall.Nanosecond())
	switch u {
	case Milliseconds:
		return t.Add(-back % time.Millisecond)
	case Seconds:
		return t.Add(-back)
	case Minutes:
		return t.Add(-back - time.Duration(wall.Second())*time.Second)
	case Hours:
		return t.Add(-back - time.Duration(wall.Second())*time.Second - time.Duration(wall.Minute())*time.Minute)
	}
	year, month, day := wall.Date()
	switch u {
	case Years:
		month, day = time.January, 1
	case Quarters:
		month, day = (month-1)/3*3+1, 1
	case Months:
		day = 1
	case Weeks:
		day -= int(wall.Weekday()-first+7) % 7
	}
	begins, moved, there := candidates(time.Date(year, month, day, 0, 0, 0, 0, time.UTC), t.Location())
	if !there {
		return moved
	}
	return begins
}

// Whole gives how many whole units of the calendar lie between two points in time, in the zone of from. It is negative
// when to comes first.
func Whole(from, to time.Time, u Unit) int {
	if to.Before(from) {
		return -Whole(to.In(from.Location()), from, u)
	}
	a, b := Wall(from), Wall(to.In(from.Location()))
	months := (b.Year()-a.Year())*12 + int(b.Month()-a.Month())
	var n int // at most one too many, for the time of day
	switch u {
	case Years:
		n = (months + 11) / 12
	case Quarters:
		n = (months + 2) / 3
	case Months:
		n = months
	case Weeks:
		n = int(b.Sub(a)/(7*24*time.Hour)) + 1
	default:
		n = int(b.Sub(a)/(24*time.Hour)) + 1
	}
	for ; n > 0; n-- {
		if at, err := Add(from, n, u); err == nil && !at.After(to) {
			break
		}
	}
	return n
}
