package node

import "context"

// Advances is the setting of nodes that read only what is new; see AdvanceAllowed.
type Advances struct {
	Advance string `json:"advance,omitempty" title:"Counts as read" zh:"视为已读" more:"true" enum:"all,allowed" default:"all" doc:"Of what is read only once. all: when no step behind this one has failed on its way to something that is written or sent. allowed: also when such a step failed and the flow went on, as with On error: that step does not get these rows again. A fixed value" doc_zh:"适用于只读取一次的数据。all：其后通向写入或发送的步骤均未失败时；allowed：即使这样的步骤失败而流程继续（如“出错时”的设置），该步骤也不会再得到这些行。须为固定值"`
}

// AdvanceAllowed is the value of the field advance with which failures that the flow's author has allowed keep nothing from counting as read.
const AdvanceAllowed = "allowed"

// AdvancesWith says whether the configuration of a node has that value.
func AdvancesWith(config map[string]any) bool { return config["advance"] == AdvanceAllowed }

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
