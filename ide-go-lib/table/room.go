package table

// Room is what the place that a value goes to, such as a column of a database, has room for. Of Give: a value that would
// come out of it as another one is an error with its row and column, or told, as Rounding says. The zero Room has room for anything.
type Room struct {
	Kind     RoomKind
	Places   int    // behind the point: of RoomDecimal, and of the seconds of RoomMoment and RoomClock
	Zoneless bool   // of RoomMoment: times with a zone become those of UTC, and that they are is not kept
	Type     string // what the place itself calls its type, for people
	Rounding Rounding
	Made     bool // the place is as it is made for the values: that it keeps no zones is told and nobody's mistake, also with RoundRefuse
	Key      bool // the values tell rows apart: none is rounded whatever Rounding says, for it would be that of another row
}

// RoomKind is a kind of room.
type RoomKind string

// The kinds of room.
const (
	RoomWhole   RoomKind = "whole"   // whole numbers
	RoomDecimal RoomKind = "decimal" // numbers with so many places
	RoomSingle  RoomKind = "single"  // floating point of 32 bits
	RoomDouble  RoomKind = "double"  // floating point of 64 bits
	RoomDay     RoomKind = "day"     // dates
	RoomMoment  RoomKind = "moment"  // dates with a time
	RoomClock   RoomKind = "clock"   // times of a day
	RoomBare    RoomKind = "bare"    // texts without spaces at their end
)

// Rounding says which values may come out as the nearest that their place has. That a part is left out, such as the time of day in
// a column of dates, is no rounding, and refused in any case.
type Rounding string

// What may be rounded. RoundInexact is what an empty Rounding means.
const (
	RoundInexact Rounding = "inexact" // fractions in floating point, those of seconds, and spaces at the end of texts
	RoundRefuse  Rounding = "refuse"  // nothing
	RoundAllow   Rounding = "allow"   // decimals and whole numbers, too
)

// Rounded is a column with values that come out of their place as others, and which is allowed.
type Rounded struct {
	Column, Type string // as they are called in the table and by the place
	Rows         int64
	Row          int64 // the first, from 1
	Spaces       bool  // at the end of texts are what was left out
	Value        string
	Zone         bool // their zone is what was left out
}
