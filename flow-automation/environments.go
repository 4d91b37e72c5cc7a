package automation

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"dataflow/flow-automation/flow"
)

// NamingEnvironment gives the names of the flows whose draft or published version has code in the environment, of whatever
// version. One that an expression names is known only when it runs.
func (s *Service) NamingEnvironment(ctx context.Context, tenant, environment string) ([]string, error) {
	var flows []string
	if s.code == nil {
		return nil, nil // nothing here runs code
	}
	err := s.flows.EachCurrent(ctx, tenant, environment, func(name string, document []byte) error {
		doc, err := flow.ParseJSON(document)
		if err != nil {
			return fmt.Errorf("flow %s: %w", name, err)
		}
		for _, ref := range s.code.Environments(doc) {
			if named, _, _ := strings.Cut(ref, "@"); named == environment {
				flows = append(flows, name)
				break
			}
		}
		return nil
	})
	slices.Sort(flows)
	return slices.Compact(flows), err
}
