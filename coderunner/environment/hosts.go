package environment

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/net/publicsuffix"

	"dataflow/ide-go-lib/pattern"
)

var hostRule = pattern.Of(`^(\*\.)?[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*(:[0-9]{1,5})?$|^\[[0-9a-f:.]+\](:[0-9]{1,5})?$`)

const highestPort = 65535

var portRule = pattern.Of(`:([0-9]+)$`)

// hostProblem says what is wrong with a host that code may reach; "" is nothing.
func hostProblem(host string) string {
	name := strings.ToLower(host)
	if !hostRule.MatchString(name) {
		return fmt.Sprintf("%q is no host; write api.example.org, *.example.org for all below it, or db.example.org:5432", host)
	}
	if at := portRule.FindStringSubmatch(name); at != nil && !strings.HasSuffix(name, "]") {
		if port, err := strconv.Atoi(at[1]); err != nil || port < 1 || port > highestPort {
			return fmt.Sprintf("%s has no port that there is; write a number from 1 to %d after the colon", host, highestPort)
		}
		name = strings.TrimSuffix(name, at[0])
	}
	if below, all := strings.CutPrefix(name, "*."); all && registered(below) {
		return fmt.Sprintf("%s is everything that anybody registers below %s; name the hosts, or *.example.%s for those of one owner", host, below, below)
	}
	return ""
}

// registered says whether anybody can have a name below this one: com, co.uk, github.io. The list has no top of an
// operator's own network, such as internal.
func registered(name string) bool {
	suffix, official := publicsuffix.PublicSuffix(name)
	return suffix == name && (official || strings.Contains(name, "."))
}
