package node

import "context"

// Mark gives how far the step has come with the subject; nil is from the beginning. Formerly is how earlier versions wrote the
// subject, where that can be nothing else; "" is nothing.
func (c *Call) Mark(ctx context.Context, subject, formerly string) (*string, error) {
	if c.Env.Marks == nil {
		return nil, nil
	}
	return c.Env.Marks.Mark(ctx, c.Tenant, c.Flow, c.Path, subject, formerly)
}

// LastSubject gives what the step has read the last time that counts; "" is nothing.
func (c *Call) LastSubject(ctx context.Context) (string, error) {
	if c.Env.Marks == nil {
		return "", nil
	}
	return c.Env.Marks.LastSubject(ctx, c.Tenant, c.Flow, c.Path)
}

// Propose keeps how far the attempt has come with the subject.
func (c *Call) Propose(ctx context.Context, subject, value string) error {
	if c.Env.Marks == nil {
		return nil
	}
	return c.Env.Marks.Propose(ctx, c.Tenant, c.Flow, c.Path, subject, c.RunID, value, c.Now)
}

// Led says where a connection leads to, for the subject of a mark.
func (c *Call) Led(ctx context.Context, connection string) (string, error) {
	if c.Env.Connections == nil {
		return "", nil // opening it says so
	}
	way, err := c.Env.Connections.Way(ctx, c.Tenant, connection)
	return way.Leads, At("with.connection", err)
}
