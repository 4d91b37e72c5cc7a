package local

// selectHistory gives all records of a run in order, whether they are packed or in the journal still. It is one statement,
// so that it sees them in one of the two places, also while they are moved.
const selectHistory = `SELECT record FROM (
	SELECT key AS at, record FROM run_history WHERE key >= ?1 AND key < ?2
	UNION ALL SELECT seq, record FROM journal WHERE run = ?3 AND NOT EXISTS (SELECT 1 FROM run_history WHERE key >= ?1 AND key < ?2)
) ORDER BY at`

func historyOf(no int64) []any { return []any{no * partsOfRun, (no + 1) * partsOfRun, no} }
