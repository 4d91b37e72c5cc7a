package httpd

import "github.com/danielgtaylor/huma/v2"

// Schemas gives the registry of the types in the OpenAPI document, for operations that describe a body by hand and for
// types that are published under another name.
func (s *Server) Schemas() huma.Registry { return s.api.OpenAPI().Components.Schemas }
