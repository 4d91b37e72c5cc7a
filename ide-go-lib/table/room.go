package table

// Room is what the place that a value goes to, such as a column of a database, has room for. Of Give: a value that would
// come out of it as another one is an error with its row and column. The zero Room has room for anything.
type Room struct {
	Kind   RoomKind
	Places int    // behind the point: of RoomDecimal, and of the seconds of RoomMoment and RoomClock
	Type   string // what the place itself calls its type, for people
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
)
