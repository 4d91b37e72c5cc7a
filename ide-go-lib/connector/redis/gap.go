package redis

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"dataflow/ide-go-lib/words"
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

// about asks what is known of a stream; nil is nothing, for those who may not ask.
func (c *conn) about(ctx context.Context, name string) (*redis.XInfoStream, error) {
	info, err := c.client.XInfoStream(ctx, name).Result()
	if err != nil && strings.HasPrefix(err.Error(), "NOPERM") {
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

// missed says what a stream has lost of what came after a place, and where to go on; "" is nothing.
func missed(name string, from place, info *redis.XInfoStream) (note string, to place) {
	first := behind(info)
	switch {
	case compare(first.id, from.id) <= 0: // what was read last is still there, or nothing came after it
		if info.MaxDeletedEntryID != "" && compare(info.MaxDeletedEntryID, from.id) > 0 {
			return fmt.Sprintf("Messages of the stream %s were removed before they were read; Redis does not tell how many.", name), from
		}
		return "", from
	case from.count >= 0 && first.count >= 0 && first.count <= from.count:
		return "", from
	case from.count >= 0 && first.count >= 0:
		return fmt.Sprintf("Removed before they were read: %s of the stream %s.", words.Number(first.count-from.count, "message", "messages"), name), first
	}
	return fmt.Sprintf("The stream %s does not have any more what was read last, so what came after it may have been removed, too, before it was read; Redis does not tell how much.", name), first
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
