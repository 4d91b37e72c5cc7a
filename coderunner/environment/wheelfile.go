package environment

import (
	"archive/zip"
	"bufio"
	"io"
	"path"
	"strconv"
	"strings"

	"dataflow/coderunner/client"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/pattern"
)

// metadataMax is what the beginning of a wheel's METADATA may have that has its name and version.
const metadataMax = 1 << 20

var separators = pattern.Of(`[-_.]+`)

func wheelInvalid(format string, args ...any) *errs.Error {
	return errs.Invalid("wheel_invalid", format, args...)
}

// checkWheel finds what would let every build with the wheel fail, while whoever has the file is still there. Base is the
// interpreter that it is for; what is not known of it is not checked.
func checkWheel(name, file string, base client.Base) error {
	if err := fits(name, base); err != nil {
		return err
	}
	archive, err := zip.OpenReader(file)
	if err != nil {
		return wheelInvalid("%s is not a wheel: its zip archive cannot be read (%v).", name, err)
	}
	defer func() { _ = archive.Close() }()
	var metadata *zip.File
	for _, f := range archive.File {
		if f.Name == "" || path.IsAbs(f.Name) || strings.Contains(f.Name, `\`) || strings.Contains("/"+f.Name+"/", "/../") {
			return wheelInvalid("%s has the path %q, which leads out of it; build it anew.", name, f.Name)
		}
		dir, base := path.Split(f.Name)
		if base != "METADATA" || !strings.HasSuffix(dir, ".dist-info/") || strings.Count(dir, "/") != 1 {
			continue
		}
		if metadata != nil {
			return wheelInvalid("%s has both %s and %s; a wheel holds one package.", name, metadata.Name, f.Name)
		}
		metadata = f
	}
	if metadata == nil {
		return wheelInvalid("%s is not a wheel: it has no .dist-info/METADATA. Build one with pip wheel.", name)
	}
	return sameAsName(name, metadata)
}

// sameAsName compares what the file is called with what it says it is: pip goes by the one and installs the other.
func sameAsName(name string, metadata *zip.File) error {
	fields, err := headers(metadata)
	if err != nil {
		return wheelInvalid("%s: %s cannot be read (%v).", name, metadata.Name, err)
	}
	parts := strings.Split(name, "-")
	if plain(fields["name"]) != plain(parts[0]) || plain(fields["version"]) != plain(parts[1]) {
		return wheelInvalid("%s is %s %s by its METADATA; give the file the name that it was built with.", name, fields["name"], fields["version"])
	}
	return nil
}

// headers reads the fields in front of a package's description.
func headers(f *zip.File) (map[string]string, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	fields := map[string]string{}
	lines := bufio.NewScanner(io.LimitReader(r, metadataMax))
	lines.Buffer(nil, metadataMax)
	for lines.Scan() && strings.TrimSpace(lines.Text()) != "" {
		key, value, _ := strings.Cut(lines.Text(), ":")
		if key = strings.ToLower(key); fields[key] == "" {
			fields[key] = strings.TrimSpace(value)
		}
	}
	return fields, lines.Err()
}

func plain(text string) string { return separators.ReplaceAllString(strings.ToLower(text), "-") }

// fits compares the tags at the end of the name with the interpreter: cp311-cp311-manylinux_2_28_x86_64.
func fits(name string, base client.Base) error {
	parts := strings.Split(strings.TrimSuffix(name, ".whl"), "-")
	last := len(parts) - 1
	if minor, known := minorOf(base.Python); known && !anyOf(parts[last-2], func(tag string) bool { return forPython(tag, parts[last-1], minor) }) {
		return wheelInvalid("%s is for Python %s, and the Python service has %s.", name, parts[last-2], base.Python).
			WithHint("Build the wheel with that Python, or one for all (py3-none-any).")
	}
	system, machine, known := strings.Cut(base.Platform, "-")
	if known && !anyOf(parts[last], func(tag string) bool {
		return tag == "any" || (strings.Contains(tag, system) && strings.HasSuffix(tag, "_"+separators.ReplaceAllString(machine, "_")))
	}) {
		return wheelInvalid("%s is for the platform %s, and the Python service runs on %s.", name, parts[last], base.Platform).
			WithHint("Build the wheel on such a machine, or one for all (py3-none-any).")
	}
	return nil
}

func anyOf(tags string, pass func(tag string) bool) bool {
	for tag := range strings.SplitSeq(tags, ".") {
		if pass(tag) {
			return true
		}
	}
	return false
}

// forPython says whether a tag such as py3, py310 or cp311 is for Python 3 of this minor version.
func forPython(tag, abi string, minor int) bool {
	digits, python := strings.CutPrefix(tag, "py3")
	if !python {
		var c bool
		if digits, c = strings.CutPrefix(tag, "cp3"); !c {
			return false
		}
	}
	if digits == "" {
		return true
	}
	of, err := strconv.Atoi(digits)
	if err != nil {
		return false
	}
	if python || strings.Contains(abi, "abi3") || strings.Contains(abi, "none") {
		return of <= minor
	}
	return of == minor
}

func minorOf(version string) (minor int, known bool) {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 || parts[0] != "3" {
		return 0, false
	}
	minor, err := strconv.Atoi(parts[1])
	return minor, err == nil
}
