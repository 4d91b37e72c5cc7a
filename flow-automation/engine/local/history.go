package local

// The records of a run are packed or in the journal still. One statement reads them, so that it sees them in one of the two
// places, also while they are moved.
const (
	// selectHistory gives all records in order, behind their places.
	selectHistory = `SELECT key AS at, record FROM run_history WHERE key >= ?1 AND key < ?2
		UNION ALL SELECT seq, record FROM journal WHERE run = ?3 AND NOT EXISTS (SELECT 1 FROM run_history WHERE key >= ?1 AND key < ?2) ORDER BY 1`
	// selectFirst gives the first record alone.
	selectFirst = `SELECT record FROM run_history WHERE key = ?1
		UNION ALL SELECT record FROM journal WHERE seq = (SELECT min(seq) FROM journal WHERE run = ?2) LIMIT 1`
)

func historyOf(no int64) []any { return []any{no * partsOfRun, (no + 1) * partsOfRun, no} }
