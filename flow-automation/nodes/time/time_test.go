package time_test

import (
	"context"
	"strings"
	"testing"
	stdtime "time"

	"dataflow/flow-automation/engine/step/steptest"
	"dataflow/flow-automation/nodes/time"
)

type with = steptest.With

func TestEdges(t *testing.T) {
	in := func(s ...string) []string { return s }
	add := func(n int, unit, zone string) with { return with{"amount": n, "unit": unit, "zone": zone} }
	parse := func(format string) with { return with{"format": format} }
	diff := func(from, unit, zone string) with { return with{"from": from, "unit": unit, "zone": zone} }
	steptest.New(t, time.Types()).Check(t, map[string]steptest.Case{
		"now nowhere": {Type: "time.now", With: with{"zone": "Mars/Base"}, Code: "unknown_zone", Field: "with.zone"},
		"now here":    {Type: "time.now", With: with{"zone": "Local"}, Code: "unknown_zone", Field: "with.zone"},
		"now, offset": {Type: "time.now", With: with{"zone": "-0330"}, Want: `"2026-11-24T05:00:00-03:30"`},

		"parse nothing":          {Type: "time.parse", With: with{}, In: in(`""`), Code: "time_invalid", Field: "in.value"},
		"parse no such day":      {Type: "time.parse", With: with{}, In: in(`["2026-02-28", "2026-02-29"]`), Code: "time_invalid", Field: "in.value", Row: 2},
		"parse a leap day":       {Type: "time.parse", With: with{}, In: in(`"2028-02-29"`), Want: `"2028-02-29T00:00:00Z"`},
		"parse hour 24":          {Type: "time.parse", With: with{}, In: in(`"2026-01-01T24:00:00Z"`), Code: "time_invalid", Field: "in.value"},
		"parse a number":         {Type: "time.parse", With: with{}, In: in(`1769848200`), Code: "wrong_type", Field: "in.value"},
		"parse an object":        {Type: "time.parse", With: with{}, In: in(`{}`), Code: "wrong_type", Field: "in.value"},
		"parse as null":          {Type: "time.parse", With: with{"invalid": "null"}, In: in(`["x", 5, {}, "2026-01-01T00:00Z"]`), Want: `[null,null,null,"2026-01-01T00:00:00Z"]`},
		"parse an abbreviation":  {Type: "time.parse", With: with{}, In: in(`"Sat, 31 Jan 2026 08:30:00 CET"`), Code: "time_invalid", Field: "in.value"},
		"parse of HTTP":          {Type: "time.parse", With: with{}, In: in(`"Sat, 31 Jan 2026 08:30:00 GMT"`), Want: `"2026-01-31T08:30:00Z"`},
		"parse of a mail":        {Type: "time.parse", With: with{}, In: in(`"31 Jan 26 08:30 -0500 (EST)"`), Want: `"2026-01-31T08:30:00-05:00"`},
		"parse nanoseconds":      {Type: "time.parse", With: with{}, In: in(`" 2026-01-31 08:30:00.123456789+01 "`), Want: `"2026-01-31T08:30:00.123456789+01:00"`},
		"parse a month":          {Type: "time.parse", With: with{"zone": "Asia/Shanghai"}, In: in(`"2026-01"`), Want: `"2026-01-01T00:00:00+08:00"`},
		"parse into a zone":      {Type: "time.parse", With: with{"zone": "Asia/Shanghai"}, In: in(`"2026-01-01T00:00:00Z"`), Want: `"2026-01-01T08:00:00+08:00"`},
		"parse in a wrong zone":  {Type: "time.parse", With: with{"zone": "europe/berlin"}, In: in(`"2026-01"`), Code: "config_invalid", Field: "with.zone"},
		"parse twice, later":     {Type: "time.parse", With: with{"zone": "Europe/Berlin", "dst": "later"}, In: in(`["2026-10-25 02:30", "2026-03-29 02:30"]`), Want: `["2026-10-25T02:30:00+01:00","2026-03-29T03:30:00+02:00"]`},
		"parse twice, earlier":   {Type: "time.parse", With: with{"zone": "Europe/Berlin", "dst": "earlier"}, In: in(`["2026-10-25 02:30", "2026-03-29 02:30"]`), Want: `["2026-10-25T02:30:00+02:00","2026-03-29T01:30:00+01:00"]`},
		"parse twice, not":       {Type: "time.parse", With: with{"zone": "Europe/Berlin", "dst": "reject"}, In: in(`["2026-10-25 01:59", "2026-10-25 02:30"]`), Code: "time_invalid", Field: "in.value", Row: 2},
		"parse never, not":       {Type: "time.parse", With: with{"zone": "Europe/Berlin", "dst": "reject"}, In: in(`"2026-03-29 02:30"`), Code: "time_invalid", Field: "in.value"},
		"parse half an hour":     {Type: "time.parse", With: with{"zone": "Australia/Lord_Howe"}, In: in(`["2026-10-04 02:15", "2026-04-05 01:45"]`), Want: `["2026-10-04T02:45:00+11:00","2026-04-05T01:45:00+11:00"]`},
		"parse a lost day":       {Type: "time.parse", With: with{"zone": "Pacific/Apia"}, In: in(`"2011-12-30 12:00"`), Want: `"2011-12-31T12:00:00+14:00"`},
		"parse by pattern":       {Type: "time.parse", With: parse("%d/%m/%y %I:%M %p"), In: in(`["1/2/26 12:05 AM", "01/02/26 12:05 pm"]`), Want: `["2026-02-01T00:05:00Z","2026-02-01T12:05:00Z"]`},
		"parse a day too much":   {Type: "time.parse", With: parse("%d.%m.%Y"), In: in(`["03.03.2026", "3.3.2026", "31.02.2026"]`), Code: "time_invalid", Field: "in.value", Row: 3},
		"parse %F too much":      {Type: "time.parse", With: parse("on %F %%"), In: in(`"on 2026-02-30 %"`), Code: "time_invalid", Field: "in.value"},
		"parse an offset":        {Type: "time.parse", With: parse("%Y-%m-%d %H%z"), In: in(`["2026-01-01 00+0530", "2026-01-01 00Z"]`), Want: `["2026-01-01T00:00:00+05:30","2026-01-01T00:00:00Z"]`},
		"parse %s":               {Type: "time.parse", With: with{"format": "@%s", "zone": "Asia/Tokyo"}, In: in(`"@0"`), Want: `"1970-01-01T09:00:00+09:00"`},
		"parse a name of a zone": {Type: "time.parse", With: parse("%Y %Z"), In: in(`"2026 CST"`), Code: "config_invalid", Field: "with.format"},
		"parse what is no form":  {Type: "time.parse", With: parse("YYYY-MM-DD"), In: in(`"2026-01-01"`), Code: "config_invalid", Field: "with.format"},
		"parse by %Ü":            {Type: "time.parse", With: parse("%Y %Ü"), In: in(`"2026"`), Code: "config_invalid", Field: "with.format"},
		"parse by half":          {Type: "time.parse", With: parse("%Y %"), In: in(`"2026"`), Code: "config_invalid", Field: "with.format"},
		"parse otherwise":        {Type: "time.parse", With: parse("%Y-%m-%d"), In: in(`"2026/01/01"`), Code: "time_invalid", Field: "in.value"},
		"parse more":             {Type: "time.parse", With: parse("%Y"), In: in(`"2026x"`), Code: "time_invalid", Field: "in.value"},
		"parse unix":             {Type: "time.parse", With: parse("unix"), In: in(`["1.000000001", -0.5, 253402300799]`), Want: `["1970-01-01T00:00:01.000000001Z","1969-12-31T23:59:59.5Z","9999-12-31T23:59:59Z"]`},
		"parse unix of ms":       {Type: "time.parse", With: parse("unix"), In: in(`1769848200125`), Code: "time_invalid", Field: "in.value"},
		"parse unix, huge":       {Type: "time.parse", With: parse("unix"), In: in(`1e400`), Code: "time_invalid", Field: "in.value"},
		"parse unix, a text":     {Type: "time.parse", With: parse("unix"), In: in(`"now"`), Code: "time_invalid", Field: "in.value"},
		"parse unix, true":       {Type: "time.parse", With: parse("unix"), In: in(`true`), Code: "time_invalid", Field: "in.value"},

		"format without":      {Type: "time.format", With: with{}, In: in(`"2026-01-01"`), Code: "config_invalid", Field: "with.format"},
		"format otherwise":    {Type: "time.format", With: parse("YYYY"), In: in(`"2026-01-01"`), Code: "config_invalid", Field: "with.format"},
		"format a computed":   {Type: "time.format", With: parse("{{ params.f }}"), Params: with{"f": "%Q"}, In: in(`"2026-01-01"`), Code: "config_invalid", Field: "with.format"},
		"format all":          {Type: "time.format", With: parse("%e|%j|%u|%V|%p|%%|%f|%Z|%:z"), In: in(`"2026-01-05T15:04:05.5+05:30"`), Want: `" 5|005|1|02|PM|%|500000|+0530|+05:30"`},
		"format in a zone":    {Type: "time.format", With: with{"format": "iso", "zone": "Europe/Berlin"}, In: in(`["2026-07-01", "2026-07-01T00:00:00Z"]`), Want: `["2026-07-01T00:00:00+02:00","2026-07-01T02:00:00+02:00"]`},
		"format the date":     {Type: "time.format", With: with{"format": "date", "zone": "Asia/Tokyo"}, In: in(`"2026-01-01T16:00:00Z"`), Want: `"2026-01-02"`},
		"format the time":     {Type: "time.format", With: parse("time"), In: in(`"2026-01-01T16:00:00.9Z"`), Want: `"16:00:00"`},
		"format HTTP":         {Type: "time.format", With: parse("http"), In: in(`"2026-01-01T00:00:00+01:00"`), Want: `"Wed, 31 Dec 2025 23:00:00 GMT"`},
		"format seconds":      {Type: "time.format", With: parse("unix"), In: in(`"1969-12-31T23:59:58.5Z"`), Want: `-2`},
		"format of a word":    {Type: "time.format", With: parse("iso"), In: in(`["2026-01-01", "tomorrow"]`), Code: "time_invalid", Field: "in.value", Row: 2},
		"format before zones": {Type: "time.format", With: with{"format": "iso", "zone": "Europe/Berlin"}, In: in(`"1800-01-01T00:00:00Z"`), Want: `"1800-01-01T00:00:00Z"`},

		"add a day of 23 hours": {Type: "time.add", With: add(24, "hours", "Europe/Berlin"), In: in(`"2026-03-28T08:30:00+01:00"`), Want: `"2026-03-29T09:30:00+02:00"`},
		"add into the gap":      {Type: "time.add", With: add(1, "days", "Europe/Berlin"), In: in(`"2026-03-28T02:30:00+01:00"`), Want: `"2026-03-29T03:30:00+02:00"`},
		"add to the second":     {Type: "time.add", With: add(0, "days", "Europe/Berlin"), In: in(`"2026-10-25T02:30:00+01:00"`), Want: `"2026-10-25T02:30:00+01:00"`},
		"add into the second":   {Type: "time.add", With: add(-1, "days", "Europe/Berlin"), In: in(`"2026-10-26T02:30:00+01:00"`), Want: `"2026-10-25T02:30:00+01:00"`},
		"add by offset":         {Type: "time.add", With: add(1, "days", ""), In: in(`"2026-03-28T08:30:00+01:00"`), Want: `"2026-03-29T08:30:00+01:00"`},
		"add a quarter":         {Type: "time.add", With: add(-1, "quarters", ""), In: in(`"2026-05-31"`), Want: `"2026-02-28T00:00:00Z"`},
		"add a year to leap":    {Type: "time.add", With: add(1, "years", ""), In: in(`"2028-02-29T01:02:03.004Z"`), Want: `"2029-02-28T01:02:03.004Z"`},
		"add weeks":             {Type: "time.add", With: add(2, "weeks", ""), In: in(`"2026-12-25"`), Want: `"2027-01-08T00:00:00Z"`},
		"add milliseconds":      {Type: "time.add", With: add(-1500, "milliseconds", ""), In: in(`"1970-01-01T00:00:01.000000007Z"`), Want: `"1969-12-31T23:59:59.500000007Z"`},
		"add minutes":           {Type: "time.add", With: add(90, "minutes", ""), In: in(`"2026-12-31T23:00:00Z"`), Want: `"2027-01-01T00:30:00Z"`},
		"add many hours":        {Type: "time.add", With: add(10_000_000, "hours", ""), In: in(`"2026-01-01"`), Want: `"3166-10-18T16:00:00Z"`},
		"add too much":          {Type: "time.add", With: add(1_000_000_000, "years", ""), In: in(`"2026-01-01"`), Code: "time_out_of_range", Field: "with.amount"},
		"add too many seconds":  {Type: "time.add", With: add(-1_000_000_000, "minutes", ""), In: in(`"0100-01-01"`), Code: "time_out_of_range", Field: "with.amount"},
		"add a workday":         {Type: "time.add", With: add(1, "workdays", ""), In: in(`["2026-11-20", "2026-11-21", "2026-11-22"]`), Want: `["2026-11-23T00:00:00Z","2026-11-23T00:00:00Z","2026-11-23T00:00:00Z"]`},
		"take a workday":        {Type: "time.add", With: add(-1, "workdays", ""), In: in(`["2026-11-23", "2026-11-21", "2026-11-22"]`), Want: `["2026-11-20T00:00:00Z","2026-11-20T00:00:00Z","2026-11-20T00:00:00Z"]`},
		"add many workdays":     {Type: "time.add", With: add(11, "workdays", ""), In: in(`"2026-11-24"`), Want: `"2026-12-09T00:00:00Z"`},
		"add no workday":        {Type: "time.add", With: add(0, "workdays", ""), In: in(`"2026-11-21"`), Want: `"2026-11-21T00:00:00Z"`},
		"add without":           {Type: "time.add", With: with{}, In: in(`"2026-01-01"`), Code: "config_invalid", Field: "with.amount"},
		"add a half":            {Type: "time.add", With: with{"amount": 0.5}, In: in(`"2026-01-01"`), Code: "config_invalid", Field: "with.amount"},

		"diff of neither":   {Type: "time.diff", With: with{}, In: in(`"2026-01-01"`), Code: "config_invalid", Field: "with.from"},
		"diff of nothing":   {Type: "time.diff", With: with{"to": "2026-01-01"}, Code: "input_missing", Field: "with.value"},
		"diff backwards":    {Type: "time.diff", With: with{"to": "2026-01-01", "unit": "days"}, In: in(`"2026-01-03T12:00:00Z"`), Want: `-2`},
		"diff of null":      {Type: "time.diff", With: with{"from": "{{ params.x }}"}, Params: with{}, In: in(`"2026-01-01"`), Want: `null`},
		"diff null to null": {Type: "time.diff", With: with{"from": "2026-01-01", "to": "{{ params.x }}"}, Params: with{}, Want: `null`},
		"diff of a word":    {Type: "time.diff", With: with{"from": "yesterday", "to": "2026-01-01"}, Code: "time_invalid", Field: "with.from"},
		"diff in hours":     {Type: "time.diff", With: diff("2026-03-28T12:00:00", "hours", "Europe/Berlin"), In: in(`"2026-03-29T12:00:00"`), Want: `23`},
		"diff, whole":       {Type: "time.diff", With: with{"from": "2026-01-01", "unit": "minutes", "whole": true}, In: in(`["2026-01-01T00:01:59.9Z", "2025-12-31T23:58:00.1Z"]`), Want: `[1,-1]`},
		"diff of ages":      {Type: "time.diff", With: with{"from": "0001-01-01", "unit": "milliseconds"}, In: in(`"9999-12-31T23:59:59.999Z"`), Want: `315537897599999`},
		"diff in months":    {Type: "time.diff", With: with{"from": "2026-01-31", "unit": "months"}, In: in(`["2026-02-27", "2026-02-28", "2026-03-30", "2025-12-31"]`), Want: `[0,1,1,-1]`},
		"diff in quarters":  {Type: "time.diff", With: with{"from": "2026-01-31", "unit": "quarters"}, In: in(`["2026-04-29", "2026-04-30"]`), Want: `[0,1]`},
		"diff in years":     {Type: "time.diff", With: with{"from": "2024-02-29", "unit": "years"}, In: in(`["2025-02-27", "2025-02-28", "2028-02-28", "2028-02-29"]`), Want: `[0,1,3,4]`},
		"diff in weeks":     {Type: "time.diff", With: with{"from": "2026-01-01", "unit": "weeks"}, In: in(`["2026-01-07T23:59:59Z", "2026-01-08"]`), Want: `[0,1]`},
		"diff in parts":     {Type: "time.diff", With: with{"from": "2026-03-30T01:00:00.5Z", "unit": "parts"}, In: in(`"2026-01-31T00:00:00Z"`), Want: `{"days":30,"hours":1,"minutes":0,"months":1,"negative":true,"seconds":0.5,"years":0}`},

		"truncate to a week":   {Type: "time.truncate", With: with{"to": "week"}, In: in(`["2026-11-22T23:59:59Z", "2026-11-23"]`), Want: `["2026-11-16T00:00:00Z","2026-11-23T00:00:00Z"]`},
		"truncate to quarters": {Type: "time.truncate", With: with{"to": "quarter", "edge": "next"}, In: in(`"2026-11-22T23:59:59+02:00"`), Want: `"2027-01-01T00:00:00+02:00"`},
		"truncate to a year":   {Type: "time.truncate", With: with{"to": "year", "zone": "Asia/Tokyo"}, In: in(`"2025-12-31T15:00:00Z"`), Want: `"2026-01-01T00:00:00+09:00"`},
		"truncate to a minute": {Type: "time.truncate", With: with{"to": "minute"}, In: in(`"2026-01-01T10:20:30.4+05:45"`), Want: `"2026-01-01T10:20:00+05:45"`},
		"truncate to a second": {Type: "time.truncate", With: with{"to": "second", "edge": "next"}, In: in(`"1969-12-31T23:59:59.4Z"`), Want: `"1970-01-01T00:00:00Z"`},
		"truncate to an hour":  {Type: "time.truncate", With: with{"to": "hour", "zone": "Europe/Berlin"}, In: in(`"2026-10-25T02:30:00+01:00"`), Want: `"2026-10-25T02:00:00+01:00"`},
		"truncate the twice":   {Type: "time.truncate", With: with{"to": "day", "zone": "America/Havana"}, In: in(`"2026-11-01T00:30:00-05:00"`), Want: `"2026-11-01T00:00:00-04:00"`},
		"truncate to the gap":  {Type: "time.truncate", With: with{"to": "day", "edge": "next", "zone": "America/Sao_Paulo"}, In: in(`["2018-11-03T12:00:00-03:00", "2018-11-04T12:00:00-02:00"]`), Want: `["2018-11-04T01:00:00-02:00","2018-11-05T00:00:00-02:00"]`},
		"truncate the last":    {Type: "time.truncate", With: with{"to": "year", "edge": "next"}, In: in(`"9999-12-31"`), Code: "time_out_of_range", Field: "in.value"},
		"truncate without":     {Type: "time.truncate", With: with{}, In: in(`"2026-01-01"`), Code: "config_invalid", Field: "with.to"},

		"convert without":    {Type: "time.convert", With: with{}, In: in(`"2026-01-01"`), Code: "config_invalid", Field: "with.zone"},
		"convert nowhere":    {Type: "time.convert", With: with{"zone": "UTC", "from": "CEST"}, In: in(`"2026-01-01"`), Code: "unknown_zone", Field: "with.from"},
		"convert the gap":    {Type: "time.convert", With: with{"zone": "Europe/Berlin", "keep": "clock", "dst": "reject"}, In: in(`"2026-03-29T02:30:00Z"`), Code: "time_invalid", Field: "in.value"},
		"convert to the odd": {Type: "time.convert", With: with{"zone": "Asia/Kathmandu"}, In: in(`"2026-03-29T02:30:00Z"`), Want: `"2026-03-29T08:15:00+05:45"`},
		"convert far":        {Type: "time.convert", With: with{"zone": "+19:00"}, In: in(`"2026-03-29T02:30:00Z"`), Code: "unknown_zone", Field: "with.zone"},
		"parts of an object": {Type: "time.parts", With: with{}, In: in(`[{}]`), Code: "wrong_type", Field: "in.value", Row: 1},
	})
}

func TestZonesAreSuggested(t *testing.T) {
	b := steptest.New(t, time.Types())
	for name, want := range map[string]string{
		"europe/berlin": "Europe/Berlin", "AMERICA/new_york": "America/New_York", "Berlin": "Europe/Berlin, Asia/Shanghai",
	} {
		_, err := b.Run("time.convert", with{"zone": name}, nil, `"2026-01-01"`)
		if err == nil || !strings.Contains(err.Message, want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNowReadsTheClockOnce(t *testing.T) {
	b := steptest.New(t, time.Types())
	first, err := b.Run("time.now", with{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	b.Clock.Advance(1500 * stdtime.Millisecond)
	second, err := b.Run("time.now", with{"precision": "second"}, nil)
	if err != nil || first != `"2026-11-24T08:30:00Z"` || second != `"2026-11-24T08:30:01Z"` {
		t.Fatalf("%s, %s, %v", first, second, err)
	}
}

// What a node gives does not depend on the zone of the machine.
func TestTheMachinesZoneDoesNotCount(t *testing.T) {
	zone, err := stdtime.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	before := stdtime.Local
	stdtime.Local = zone
	t.Cleanup(func() { stdtime.Local = before })
	steptest.New(t, time.Types()).Check(t, map[string]steptest.Case{
		"rules":        {Type: "time.add", With: with{"amount": 1}, In: []string{`"2026-03-28T08:30:00+01:00"`}, Want: `"2026-03-29T08:30:00+01:00"`},
		"abbreviation": {Type: "time.parse", With: with{}, In: []string{`"Sat, 31 Jan 2026 08:30:00 CET"`}, Code: "time_invalid", Field: "in.value"},
		"without":      {Type: "time.format", With: with{"format": "iso"}, In: []string{`"2026-03-28T08:30"`}, Want: `"2026-03-28T08:30:00Z"`},
	})
}

func TestCancelEndsALargeList(t *testing.T) {
	b := steptest.New(t, time.Types())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := b.RunContext(ctx, "time.add", with{"amount": 1}, nil, "["+strings.Repeat(`"2026-01-01",`, 2000)+"null]")
	if err == nil || err.Code != "canceled" {
		t.Fatalf("%v", err)
	}
}
