package environment

import (
	"context"
	"fmt"
	"time"

	"dataflow/ide-go-lib/errs"
)

// Policy is the language policy of a tenant's code: what the language itself refuses, in front of the sandbox.
type Policy string

// The policies. Under Isolated only the sandbox holds.
const (
	Restricted Policy = "restricted"
	Isolated   Policy = "isolated"
)

// PythonPolicy is what holds for a tenant's code, and who said so.
type PythonPolicy struct {
	Policy    Policy     `json:"policy" enum:"restricted,isolated" doc:"restricted refuses what reaches past ordinary Python, in front of the sandbox; isolated leaves all to the sandbox"`
	Fixed     bool       `json:"fixed" doc:"The operator has set it to isolated for this tenant; it cannot be changed here"`
	UpdatedAt *time.Time `json:"updated_at,omitempty"`
	UpdatedBy string     `json:"updated_by,omitempty"`
}

// Policy gives the policy of a tenant.
func (s *Service) Policy(tenant string) PythonPolicy {
	if s.deps.Isolated != nil && s.deps.Isolated(tenant) {
		return PythonPolicy{Policy: Isolated, Fixed: true}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, said := s.policies[tenant]; said {
		return p
	}
	return PythonPolicy{Policy: Restricted}
}

// PolicyOf implements node.Policed.
func (s *Service) PolicyOf(tenant string) string { return string(s.Policy(tenant).Policy) }

// SetPolicy changes the policy of a tenant, for all code that begins from now on.
func (s *Service) SetPolicy(ctx context.Context, tenant string, policy Policy, by Change) (PythonPolicy, error) {
	before := s.Policy(tenant)
	if before.Fixed {
		return PythonPolicy{}, errs.Conflict("policy_fixed", "The operator has set the policy isolated for this tenant.").
			WithHint("The server was started with --python-isolated; without that, it can be set here.")
	}
	if err := s.store.setPolicy(ctx, tenant, policy, by); err != nil {
		return PythonPolicy{}, err
	}
	at := by.At.UTC().Truncate(time.Millisecond)
	after := PythonPolicy{Policy: policy, UpdatedAt: &at, UpdatedBy: by.By}
	s.mu.Lock()
	s.policies[tenant] = after
	s.mu.Unlock()
	s.deps.Log.Warn("The language policy of Python was changed.", "tenant", tenant, "from", before.Policy, "to", policy, "by", by.By)
	return after, nil
}

func (s *store) setPolicy(ctx context.Context, tenant string, policy Policy, by Change) error {
	_, err := s.db.Write.ExecContext(ctx, `INSERT INTO python_policies (tenant, policy, updated_at, updated_by) VALUES (?, ?, ?, ?)
		ON CONFLICT (tenant) DO UPDATE SET policy = excluded.policy, updated_at = excluded.updated_at, updated_by = excluded.updated_by`,
		tenant, policy, by.At.UnixMilli(), by.By)
	if err != nil {
		return fmt.Errorf("keep the policy: %w", err)
	}
	return nil
}

// policies gives those of all tenants that have said one.
func (s *store) policies(ctx context.Context) (map[string]PythonPolicy, error) {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT tenant, policy, updated_at, updated_by FROM python_policies`)
	if err != nil {
		return nil, fmt.Errorf("read the policies: %w", err)
	}
	defer func() { _ = rows.Close() }()
	found := map[string]PythonPolicy{}
	for rows.Next() {
		var tenant string
		var at int64
		var p PythonPolicy
		if err := rows.Scan(&tenant, &p.Policy, &at, &p.UpdatedBy); err != nil {
			return nil, fmt.Errorf("read the policies: %w", err)
		}
		when := time.UnixMilli(at).UTC()
		p.UpdatedAt = &when
		found[tenant] = p
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the policies: %w", err)
	}
	return found, nil
}
