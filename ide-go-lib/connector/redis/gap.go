package redis

import (
	"context"
	"math"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// unknown is the number of entries where nobody has counted them.
const unknown = -1

// place is how far a stream was read: the last entry, and how many were ever added up to it, itself included. Servers count that
// from version 7 on.
type place struct {
	id    string
	count int64
}

// String gives a position: 17-0@25, or 17-0 where the count is not known.
func (p place) String() string {
	if p.count < 0 {
		return p.id
	}
	return p.id + "@" + strconv.FormatInt(p.count, 10)
}

// parsePlace reads a position.
func parsePlace(text string) (p place, ok bool) {
	id, count, counted := strings.Cut(text, "@")
	p = place{id, unknown}
	if counted {
		n, err := strconv.ParseInt(count, 10, 64)
		if err != nil || n < 0 {
			return p, false
		}
		p.count = n
	}
	return p, idPattern.MatchString(id)
}

// unsaid is that somebody may not ask something, or that the server does not know the question.
func unsaid(err error) bool {
	return err != nil && (strings.HasPrefix(err.Error(), "NOPERM") || strings.HasPrefix(strings.ToLower(err.Error()), "err unknown "))
}

// about asks what is known of a stream; nil is nothing, for those who may not ask.
func (c *conn) about(ctx context.Context, name string) (*redis.XInfoStream, error) {
	info, err := c.client.XInfoStream(ctx, name).Result()
	if unsaid(err) {
		return nil, nil
	}
	return info, failed(ctx, err, c.cfg)
}

// behind is the place before the first entry that a stream still has.
func behind(info *redis.XInfoStream) place {
	p := place{info.LastGeneratedID, unknown}
	if info.Length > 0 {
		p.id = before(info.FirstEntry.ID)
	}
	// Entries that were removed from its midst are missing in the length, so that it tells nothing about its beginning.
	if info.EntriesAdded >= info.Length && info.EntriesAdded > 0 && (info.MaxDeletedEntryID == "" || compare(info.MaxDeletedEntryID, p.id) <= 0) {
		p.count = info.EntriesAdded - info.Length
	}
	return p
}

// ending is the place behind all that was ever added.
func ending(info *redis.XInfoStream) place {
	p := place{info.LastGeneratedID, unknown}
	if info.EntriesAdded > 0 {
		p.count = info.EntriesAdded
	}
	return p
}

// another says that a place cannot be in the stream, which was made anew.
func another(p place, info *redis.XInfoStream) bool {
	return compare(p.id, info.LastGeneratedID) > 0 || info.EntriesAdded > 0 && p.count > info.EntriesAdded
}

// lack is how much a stream has lost of what came after a place.
type lack int

const (
	nothing lack = iota
	counted      // as many as lie between the places
	some
	perhaps
)

// missed says what a stream has lost of what came after a place, and where to go on, so that it is said once.
func missed(from place, info *redis.XInfoStream) (what lack, to place) {
	first := behind(info)
	switch {
	case compare(first.id, from.id) <= 0: // what was read last is still there, or nothing came after it
		if info.MaxDeletedEntryID == "" || compare(info.MaxDeletedEntryID, from.id) <= 0 {
			return nothing, from
		}
		if compare(info.LastEntry.ID, from.id) <= 0 { // nothing is left to be read
			return some, ending(info)
		}
		return some, place{from.id, unknown} // they are missing between what was read and what will be
	case from.count >= 0 && first.count >= 0 && first.count <= from.count:
		return nothing, from
	case from.count >= 0 && first.count >= 0:
		return counted, first
	}
	return perhaps, first
}

// compare orders entries by their identifiers.
func compare(a, b string) int {
	left, right := split(a), split(b)
	for i := range left {
		switch {
		case left[i] < right[i]:
			return -1
		case left[i] > right[i]:
			return 1
		}
	}
	return 0
}

func split(id string) (parts [2]uint64) {
	ms, seq, _ := strings.Cut(id, "-")
	parts[0], _ = strconv.ParseUint(ms, 10, 64) // the server wrote it, or it matches the pattern
	parts[1], _ = strconv.ParseUint(seq, 10, 64)
	return parts
}

// before is the greatest identifier that is less.
func before(id string) string {
	parts := split(id)
	switch {
	case parts[1] > 0:
		parts[1]--
	case parts[0] > 0:
		parts[0], parts[1] = parts[0]-1, math.MaxUint64
	}
	return strconv.FormatUint(parts[0], 10) + "-" + strconv.FormatUint(parts[1], 10)
}
