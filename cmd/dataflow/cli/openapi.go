package cli

import (
	"github.com/spf13/cobra"

	coderunnerapi "dataflow/coderunner/api"
	automation "dataflow/flow-automation"
	"dataflow/ide-go-lib/auth/authapi"
	"dataflow/ide-go-lib/httpd"
)

func newOpenAPI(w *World) *cobra.Command {
	return &cobra.Command{
		Use:     "openapi",
		Short:   "Print the OpenAPI document of all services",
		Example: "  dataflow openapi > openapi.json",
		RunE: func(*cobra.Command, []string) error {
			server := httpd.New(httpd.Config{Title: "Dataflow", Version: baseVersion})
			authapi.Register(server, nil)
			automation.Describe(server)
			coderunnerapi.New(coderunnerapi.Deps{}).Register(server)
			doc, err := server.OpenAPI()
			if err != nil {
				return err
			}
			_, err = w.Stdout.Write(doc)
			return err
		},
	}
}
