package node

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"dataflow/flow-automation/value"
)

// ErrorPort is the extra output of a node whose errors go on as data (onError: port).
const ErrorPort = "error"

// OutputPorts gives the outputs of a node with this configuration, in which expressions may be unresolved.
func (t *Type) OutputPorts(config json.RawMessage, errorPort bool) []Port {
	ports := t.Outputs
	if t.OutputsOf != nil {
		ports = t.OutputsOf(config)
	}
	if errorPort {
		ports = append(ports[:len(ports):len(ports)], Port{
			Name: ErrorPort, Kind: value.JSON, Title: Text{EN: "Error", ZH: "错误"},
		})
	}
	return ports
}

// Tables says whether nodes of this type take or give tables whatever comes to them.
func (t *Type) Tables() bool {
	isTable := func(p Port) bool { return p.Kind == value.Table }
	return t.Relation != nil || slices.ContainsFunc(t.Inputs, isTable) || slices.ContainsFunc(t.Outputs, isTable)
}

// InputPort finds the input of that name. Under a name of the user's own choice it is any kind for an action and a
// table for a relation.
func (t *Type) InputPort(name string) (Port, bool) {
	for _, p := range t.Inputs {
		if p.Name == name {
			return p, true
		}
	}
	if !t.NamedInputs {
		return Port{}, false
	}
	p := Port{Name: name, Title: Text{EN: name, ZH: name}}
	if t.Relation != nil {
		p.Kind = value.Table
	}
	return p, true
}

// EffectFor gives the effect of a node with this configuration.
func (t *Type) EffectFor(config json.RawMessage) Effect {
	if t.EffectOf != nil {
		return t.EffectOf(config)
	}
	return t.Effect
}

// Upgraded gives a configuration that was written for a version of the type as one of the present version; version 0 is
// the present one. The given configuration is left as it is.
func (t *Type) Upgraded(version int, config map[string]any) (map[string]any, error) {
	switch {
	case version == 0 || version == t.Version:
		return config, nil
	case version > t.Version:
		return nil, fmt.Errorf("version %d of the type %s is newer than this installation, which knows up to %d", version, t.Name, t.Version)
	case t.Upgrade == nil:
		return nil, fmt.Errorf("version %d of the type %s is no longer known; set the node up again for version %d", version, t.Name, t.Version)
	}
	upgraded, err := t.Upgrade(version, maps.Clone(config))
	if err != nil {
		return nil, fmt.Errorf("the configuration of version %d of the type %s cannot be brought to version %d: %w", version, t.Name, t.Version, err)
	}
	return upgraded, nil
}
