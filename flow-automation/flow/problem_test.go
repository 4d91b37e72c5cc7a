package flow_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/flow"
	"dataflow/ide-go-lib/errs"
)

// A problem that is known in Chinese stays so as a part of an error.
func TestDetailsKeepTheirChinese(t *testing.T) {
	p := flow.Errorf("x", "n", "in.value", "%s", "Connect it.").In("请连接。")
	require.Equal(t, errs.Said{Form: "{0}", Args: []string{"Connect it."}, Labels: map[string]string{"Connect it.": "请连接。"}}, p.Detail().Told())
	require.Equal(t, errs.Said{Form: "No {0}.", Args: []string{"3"}}, flow.Errorf("x", "n", "", "No %d.", 3).Detail().Told())
}
