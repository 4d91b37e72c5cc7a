package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/datadir"
	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/telemetry"
)

func newAdmin(w *World) *cobra.Command {
	admin := &cobra.Command{
		Use:   "admin",
		Short: "Look after an installation",
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var data, user string
	reset := &cobra.Command{
		Use:   "reset-password",
		Short: "Give a user a new generated password",
		Long:  "Give a user a new generated password and end all sessions of that user. It works on the data folder, so it needs no login; the server may run meanwhile.",
		Example: `  dataflow admin reset-password
  dataflow admin reset-password --user ada --data /var/lib/dataflow`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := applySettings(w, cmd); err != nil {
				return err
			}
			return withUsers(cmd.Context(), w, data, func(users *auth.Service) error {
				password, err := users.ResetPassword(cmd.Context(), user)
				if err != nil {
					return err
				}
				say(w.Stderr, "New password of %s:\n", user)
				say(w.Stdout, "%s\n", password)
				return nil
			})
		},
	}
	reset.Flags().StringVar(&data, "data", "dataflow-data", "`folder` of the installation")
	reset.Flags().StringVar(&user, "user", auth.AdminName, "`name` of the user")
	admin.AddCommand(reset)
	return admin
}

func newToken(w *World) *cobra.Command {
	token := &cobra.Command{
		Use:   "token",
		Short: "Make API tokens",
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var data, user, name string
	var permissions []string
	var expires time.Duration
	create := &cobra.Command{
		Use:   "create",
		Short: "Make an API token for a user",
		Long:  "Make an API token for a user and print it, this once. It works on the data folder, so it needs no login; the server may run meanwhile.",
		Example: `  dataflow token create --name nightly
  dataflow token create --name ci --permission flow.run --permission run.read --expires 720h`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := applySettings(w, cmd); err != nil {
				return err
			}
			req := auth.TokenRequest{Name: name}
			for _, p := range permissions {
				if !auth.Permission(p).Known() {
					return usagef("there is no permission %q; there are %s", p, permissionNames())
				}
				req.Permissions = append(req.Permissions, auth.Permission(p))
			}
			if expires < 0 {
				return usagef("--expires must lie ahead")
			}
			if expires > 0 {
				at := w.Clock.Now().Add(expires)
				req.ExpiresAt = &at
			}
			return withUsers(cmd.Context(), w, data, func(users *auth.Service) error {
				_, secret, err := users.CreateTokenFor(cmd.Context(), user, req)
				if err != nil {
					return err
				}
				say(w.Stdout, "%s\n", secret)
				return nil
			})
		},
	}
	fl := create.Flags()
	fl.StringVar(&data, "data", "dataflow-data", "`folder` of the installation")
	fl.StringVar(&user, "user", auth.AdminName, "`name` of the user whose token it is")
	fl.StringVar(&name, "name", "command line", "what the token is for")
	fl.StringSliceVar(&permissions, "permission", nil, "what the token may do; may be repeated; absent is all that the user may")
	fl.DurationVar(&expires, "expires", 0, "how long the token lasts, such as 720h; absent is for ever")
	token.AddCommand(create)
	return token
}

func permissionNames() string {
	names := make([]string, 0, len(auth.Permissions()))
	for _, p := range auth.Permissions() {
		names = append(names, string(p))
	}
	return strings.Join(names, ", ")
}

// withUsers opens the users of an installation that is there already.
func withUsers(ctx context.Context, w *World, data string, f func(*auth.Service) error) (err error) {
	path := filepath.Join(w.Path(data), datadir.Database)
	if !exists(path) {
		return usagef("there is no installation in %s; --data names its folder", data)
	}
	d, err := db.Open(ctx, db.Config{Path: path})
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	users, err := auth.New(ctx, auth.Config{DB: d, Clock: w.Clock, Log: telemetry.Discard()})
	if err != nil {
		return err
	}
	return f(users)
}
