package table

import (
	"path"
	"strings"

	"dataflow/ide-go-lib/errs"
)

var formats = map[string]string{
	"csv": "csv", "tsv": "csv", "txt": "csv", "json": "json", "ndjson": "ndjson", "jsonl": "ndjson", "parquet": "parquet", "xlsx": "xlsx",
}

// FormatOf gives the format of a file: the given one, or else what its name ends in.
func FormatOf(format, file string) (string, error) {
	given := format
	if given == "" {
		given = strings.TrimPrefix(strings.ToLower(path.Ext(file)), ".")
	}
	if f, ok := formats[strings.ToLower(given)]; ok {
		return f, nil
	}
	if format == "" {
		return "", errs.Invalid("format_unknown", "The format of %s cannot be told from its name.", file).WithHint("Set the format: csv, json, ndjson, parquet or xlsx.")
	}
	return "", errs.Invalid("format_unknown", "There is no format %q.", format).WithHint("Use csv, json, ndjson, parquet or xlsx.")
}

// CSVSign reads the character that a delimiter, a quote or an escape is; otherwise is that of an empty text.
func CSVSign(what, text string, otherwise byte) (byte, error) {
	switch {
	case text == "":
		return otherwise, nil
	case text == `\t`, strings.EqualFold(text, "tab"):
		return '\t', nil
	case len(text) == 1 && text[0] != '\n' && text[0] != '\r' && text[0] < 0x80:
		return text[0], nil
	}
	return 0, errs.Invalid("option_invalid", "The %s must be one ASCII character, such as a comma; %q is not.", what, text)
}
