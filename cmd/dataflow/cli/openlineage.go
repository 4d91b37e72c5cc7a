package cli

import (
	"net/http"
	"strings"

	"github.com/spf13/pflag"

	"dataflow/flow-automation/openlineage"
	"dataflow/ide-go-lib/telemetry"
)

// openlineageFlags say who is told of runs. What has to be kept from others is in the environment alone.
type openlineageFlags struct {
	url       string
	namespace string
	messages  bool
}

func (f *openlineageFlags) add(fl *pflag.FlagSet) {
	fl.StringVar(&f.url, "openlineage-url", "", "`address` that OpenLineage events of runs are sent to, such as http://marquez:5000/api/v1/lineage; its key is DATAFLOW_OPENLINEAGE_API_KEY, sent as Authorization: Bearer, or a whole header in DATAFLOW_OPENLINEAGE_HEADER")
	fl.StringVar(&f.namespace, "openlineage-namespace", "dataflow", "`namespace` of the jobs in OpenLineage events")
	fl.BoolVar(&f.messages, "openlineage-error-messages", false, "send the texts of errors in OpenLineage events, which may quote data; else only their codes and nodes")
}

// config reads the flags and the environment; nil is nobody.
func (f *openlineageFlags) config(w *World, redactor *telemetry.Redactor) (*openlineage.Config, error) {
	if f.url == "" {
		return nil, nil
	}
	cfg := &openlineage.Config{URL: f.url, Namespace: f.namespace, Messages: f.messages, Header: http.Header{}, Version: baseVersion}
	if err := cfg.Check(); err != nil {
		return nil, usagef("--openlineage-url: %w", err)
	}
	secret := func(text string) string {
		if redactor != nil {
			redactor.Add(text)
		}
		return text
	}
	if key, _ := w.Env(envPrefix + "OPENLINEAGE_API_KEY"); key != "" {
		cfg.Header.Set("Authorization", "Bearer "+secret(key))
	}
	if header, _ := w.Env(envPrefix + "OPENLINEAGE_HEADER"); header != "" {
		name, value, ok := strings.Cut(header, ":")
		if !ok || strings.TrimSpace(name) == "" {
			return nil, usagef("DATAFLOW_OPENLINEAGE_HEADER must be a name and a value with a colon between, such as X-Api-Key: abc")
		}
		cfg.Header.Set(strings.TrimSpace(name), secret(strings.TrimSpace(value)))
	}
	return cfg, nil
}
