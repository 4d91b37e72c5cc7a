// Command verify holds the texts that the web has for messages of the server against the code: every message has one, and
// every text has its message. With missing as its argument it lists the messages that have none, and where they stand.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"dataflow/internal/forms"
)

// texts is the file with what the server's messages are in Chinese.
const texts = "dia-flow-web/src/locales/zh/problems.json"

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	data, err := os.ReadFile(texts)
	if err != nil {
		return err
	}
	var known map[string]string
	if err := json.Unmarshal(data, &known); err != nil {
		return fmt.Errorf("%s: %w", texts, err)
	}
	code, err := forms.Read(".")
	if err != nil {
		return err
	}
	if len(args) > 0 && args[0] == "missing" {
		for _, m := range code.Missing(known) {
			fmt.Printf("%s\t%s\n", m.Where, m.Form)
		}
		return nil
	}
	wrong := code.Check(known)
	for _, m := range code.Missing(known) {
		wrong = append(wrong, fmt.Sprintf("%s: %q has no text", m.Where, m.Form))
	}
	for _, each := range wrong {
		fmt.Fprintln(os.Stderr, each)
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%s does not fit the code in %d places", texts, len(wrong))
	}
	return nil
}
