package automation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"dataflow/flow-automation/api"
	"dataflow/flow-automation/connection"
	"dataflow/flow-automation/engine/local"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/openlineage"
	"dataflow/flow-automation/store"
	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/db"
)

// Quota bounds what one tenant may have; zero values do not.
type Quota struct {
	Runs          int64 // that have not ended
	StoredRuns    int64
	ArtifactBytes int64
}

// Keeping says what is kept of the past, and how much a tenant may have.
type Keeping struct {
	// Retention is the rule of flows that have none of their own.
	Retention flow.Retention
	// Quota gives the bounds of a tenant; nil is none.
	Quota func(tenant string) Quota
	// Hold says whether artifacts may be removed now, and keeps others from needing them until release; nil is always.
	Hold func() (release func(), ok bool, err error)
	// References calls f with texts of other services that may refer to artifacts; nil is none.
	References func(ctx context.Context, f func(text []byte)) error
}

// texts are those of flows and of other services.
func (k Keeping) texts(s *store.Store) func(ctx context.Context, f func(text []byte)) error {
	return func(ctx context.Context, f func(text []byte)) error {
		if err := s.EachText(ctx, f); err != nil || k.References == nil {
			return err
		}
		return k.References(ctx, f)
	}
}

func (k Keeping) quota(tenant string) Quota {
	if k.Quota == nil {
		return Quota{}
	}
	return k.Quota(tenant)
}

// housekeeping lets the engine look after what finished runs leave.
func housekeeping(s *store.Store, artifacts artifact.Store, k Keeping, before func(ctx context.Context) error) local.Housekeeping {
	h := local.Housekeeping{
		Default: rule(&k.Retention), Hold: k.Hold, References: k.texts(s), Expire: func(ctx context.Context, now time.Time) error {
			return errors.Join(s.DropResults(ctx, now), s.PruneQuality(ctx), before(ctx)) // marks are settled while their runs are there
		},
		Retention: func(ctx context.Context) (all []local.FlowRetention, err error) {
			err = s.EachRetention(ctx, func(tenant, flowID string, document []byte) error {
				doc, err := flow.ParseJSON(document)
				if err != nil {
					return fmt.Errorf("flow %s: %w", flowID, err)
				}
				if doc.Spec.Retention != nil {
					all = append(all, local.FlowRetention{Tenant: tenant, FlowID: flowID, Retention: rule(doc.Spec.Retention)})
				}
				return nil
			})
			return all, err
		},
	}
	if collector, ok := artifacts.(artifact.Collector); ok {
		h.Artifacts = collector
		if k.Quota != nil {
			collector.Limit(func(tenant string) int64 { return k.Quota(tenant).ArtifactBytes })
		}
	}
	return h
}

func rule(r *flow.Retention) local.Retention {
	return local.Retention{Age: r.Age.Std(0), Runs: r.Runs, Bytes: int64(r.MiB) << 20}
}

// engineQuota is the part of quotas that the engine looks at.
func engineQuota(k Keeping) func(tenant string) local.Quota {
	if k.Quota == nil {
		return nil
	}
	return func(tenant string) local.Quota {
		q := k.Quota(tenant)
		return local.Quota{Runs: q.Runs, Stored: q.StoredRuns}
	}
}

// Usage implements api.Meter.
func (s *Service) Usage(ctx context.Context, tenant string) (api.Usage, error) {
	now, may := s.engine.Usage(tenant), s.deps.Keeping.quota(tenant)
	u := api.Usage{Runs: api.Used{Used: now.Runs, Limit: may.Runs}, StoredRuns: api.Used{Used: now.Stored, Limit: may.StoredRuns}}
	u.ArtifactBytes.Limit = may.ArtifactBytes
	if collector, ok := s.deps.Artifacts.(artifact.Collector); ok {
		var err error
		if u.ArtifactBytes.Used, err = collector.Usage(ctx, tenant); err != nil {
			return api.Usage{}, err
		}
	}
	return u, nil
}

// Tidy does now what is done in the background anyway: it packs what is finished and removes what is not kept.
func (s *Service) Tidy(ctx context.Context) error { return s.engine.Tidy(ctx) }

// Schemas gives the tables of this service.
func Schemas() ([]db.Schema, error) {
	flows, err := store.Schema()
	if err != nil {
		return nil, err
	}
	runs, err := local.Schema()
	if err != nil {
		return nil, err
	}
	connections, err := connection.Schema()
	if err != nil {
		return nil, err
	}
	told, err := openlineage.Schema()
	return []db.Schema{flows, runs, connections, told}, err
}

// References calls f with every text outside of runs that may refer to an artifact, for those who look into a database
// without a service.
func References(d *db.DB) func(ctx context.Context, f func(text []byte)) error {
	return store.Open(d).EachText
}
