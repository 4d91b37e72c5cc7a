package duck

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// What would come out as another value is named; what comes out as the nearest that the place has is told, or named where that is
// wanted; and all else goes through.
func TestRoom(t *testing.T) {
	e := newEngine(t)
	for _, c := range []struct {
		typ       string
		room      table.Room
		fit, lost string // apart by spaces; _ stands for a space in a value, = for what is given in its place
		near      string
	}{
		{"DOUBLE", table.Room{Kind: table.RoomWhole}, "2=2 -0=0 1e15=1000000000000000 9007199254740994=9007199254740994 inf=inf nan=nan", "1.5 -0.1 1e-300", ""},
		{"FLOAT", table.Room{Kind: table.RoomWhole}, "2=2 16777216=16777216", "1.5", ""},
		{"DECIMAL(10,2)", table.Room{Kind: table.RoomWhole}, "2.00=2 -3=-3", "1.50 -0.01", ""},
		{"VARCHAR", table.Room{Kind: table.RoomWhole}, "2 2.0 1e3 1.5e1 many", "1.5 1.5e0 1e-1 _1.50", ""},
		{"BIGINT", table.Room{Kind: table.RoomWhole}, "9223372036854775807", "", ""},
		{"DOUBLE", table.Room{Kind: table.RoomDecimal, Places: 2}, "1.1 0.07 -1.15 4.35 1.005e2=100.5 123456789012.34 1234567890123.45 12345678901234.56 1234567890123456.8 1e+20 1e+300 inf nan 0.0", "1.005 2.349 0.30000000000000004 1e-07 -0.001 123456789012.345", ""},
		{"DOUBLE", table.Room{Kind: table.RoomDecimal, Places: 25}, "1.1 1e-07", "1.5e-25", ""},
		{"FLOAT", table.Room{Kind: table.RoomDecimal, Places: 2}, "1.1 0.07 16777216.0 12345.67", "1.005 0.001", ""},
		{"DECIMAL(20,4)", table.Room{Kind: table.RoomDecimal, Places: 2}, "1.1000 1234567890123456.7800", "1.0050 -0.0001", ""},
		{"DECIMAL(10,2)", table.Room{Kind: table.RoomDecimal, Places: 2}, "1.10", "", ""},
		{"VARCHAR", table.Room{Kind: table.RoomDecimal, Places: 2}, "1.1 1.100 12345678901234567890.12 1.5e1 110e-2 x1.005 1.2.345", "1.005 1e-3 -.001", ""},
		{"DOUBLE", table.Room{Kind: table.RoomSingle}, "1.1 16777216.0 0.25 1e-30 inf nan", "", "16777217 0.1234567891 3.141592653589793"},
		{"INTEGER", table.Room{Kind: table.RoomSingle}, "16777216 -16777216 16777218", "16777217", ""},
		{"DECIMAL(12,4)", table.Room{Kind: table.RoomSingle}, "1.1000 0.0000", "", "16777217.0000"},
		{"BIGINT", table.Room{Kind: table.RoomDouble}, "9007199254740992 9007199254740994 -9223372036854775808", "9007199254740993 9223372036854775807", ""},
		{"DECIMAL(30,4)", table.Room{Kind: table.RoomDouble}, "1.1000 123456789012.3456", "", "12345678901234567890.1234"},
		{"VARCHAR", table.Room{Kind: table.RoomDouble}, "0.1 00000000000000000001.10 12345678901234568 much", "9007199254740993", "12345678901234567890.1234"},
		{"FLOAT", table.Room{Kind: table.RoomDouble}, "1.1", "", ""},
		{"TIMESTAMP", table.Room{Kind: table.RoomDay}, "2024-01-01_00:00:00=2024-01-01 infinity=infinity 0044-03-15_(BC)_00:00:00=0044-03-15_(BC)", "2024-01-01_23:59:59.9 1969-12-31_23:59:59.999999", ""},
		{"TIMESTAMP_NS", table.Room{Kind: table.RoomDay}, "2024-01-01_00:00:00=2024-01-01", "2024-01-01_00:00:00.000000001", ""},
		{"TIMESTAMP WITH TIME ZONE", table.Room{Kind: table.RoomDay}, "2024-01-01_00:00:00+00=2024-01-01", "2024-01-01_00:00:00+02", ""},
		{"VARCHAR", table.Room{Kind: table.RoomDay}, "2024-01-01 2024-01-01T00:00:00 yesterday infinity", "2024-01-01_10:00:00", ""},
		{"TIMESTAMP", table.Room{Kind: table.RoomMoment}, "2024-12-31_23:59:59 1969-12-31_23:59:59 infinity", "", "2024-12-31_23:59:59.9 1969-12-31_23:59:59.5"},
		{"TIMESTAMP", table.Room{Kind: table.RoomMoment, Places: 3}, "2024-12-31_23:59:59.999", "", "2024-12-31_23:59:59.9999"},
		{"TIMESTAMP", table.Room{Kind: table.RoomMoment, Places: 6}, "2024-12-31_23:59:59.999999", "", ""},
		{"TIMESTAMP WITH TIME ZONE", table.Room{Kind: table.RoomMoment}, "2024-12-31_23:59:59+00", "", "2024-12-31_23:59:59.5+00"},
		{"TIMESTAMP_NS", table.Room{Kind: table.RoomMoment, Places: 6}, "2024-12-31_23:59:59.999999", "", "2024-12-31_23:59:59.9999999"},
		{"VARCHAR", table.Room{Kind: table.RoomMoment}, "2024-12-31_23:59:59 2024-12-31_23:59:59.000 now", "", "2024-12-31_23:59:59.9"},
		{"TIME", table.Room{Kind: table.RoomClock}, "23:59:59", "", "23:59:59.9"},
		{"TIMESTAMP", table.Room{Kind: table.RoomClock, Places: 6}, "infinity", "2024-01-01_10:00:00", ""},
		{"VARCHAR", table.Room{Kind: table.RoomBare}, "a a_b _a", "", "a_ a__"},
		{"BIGINT", table.Room{Kind: table.RoomBare}, "1", "", ""},
		{"VARCHAR", table.Room{Kind: table.RoomClock, Places: 6}, "10:00:00.123456 -838:59:59", "2024-01-01_10:00:00", "10:00:00.1234567"},
	} {
		columns := []table.StreamColumn{streamed("n", "BIGINT", table.Plain), streamed(`a "b`, c.typ, table.Plain)}
		take := func(values []string) table.Table {
			t.Helper()
			var text strings.Builder
			text.WriteString("0,\n")
			for _, v := range values {
				v, _, _ = strings.Cut(v, "=")
				text.WriteString("1,\"" + strings.ReplaceAll(v, "_", " ") + "\"\n")
			}
			kept, err := e.Take(t.Context(), tenant, columns, feedText(text.String()), nil)
			if err != nil {
				t.Fatal(err)
			}
			return kept
		}
		to := append([]table.StreamColumn{}, columns...)
		to[1].Room = c.room
		to[1].Room.Type = "the target"
		give := func(kept table.Table, rounding table.Rounding) (string, []table.Rounded, error) {
			to[1].Room.Rounding = rounding
			var out bytes.Buffer
			_, err := e.Give(t.Context(), tenant, kept.Artifact, to, drainText(&out))
			if err != nil {
				return "", nil, err
			}
			told, err := e.Rounded(t.Context(), tenant, kept.Artifact, to)
			return out.String(), told, err
		}
		name := c.typ + " into " + string(c.room.Kind)
		fit := strings.Fields(c.fit)
		for _, rounding := range []table.Rounding{"", table.RoundInexact, table.RoundRefuse, table.RoundAllow} {
			got, told, err := give(take(fit), rounding)
			if err != nil || len(told) > 0 {
				t.Errorf("%s %s: %v %+v", name, rounding, err, told)
				continue
			}
			lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
			for i, v := range fit {
				if _, want, ok := strings.Cut(v, "="); ok && lines[i+1] != "1,"+strings.ReplaceAll(want, "_", " ") {
					t.Errorf("%s: %s is given as %s", name, v, lines[i+1])
				}
			}
		}
		refused := func(v string, kept table.Table, rounding table.Rounding) {
			t.Helper()
			_, _, err := give(kept, rounding)
			if err == nil {
				t.Errorf("%s: %s is lost", name, v)
				return
			}
			own := errs.From(err)
			if own.Code != "type_mismatch" || len(own.Details) != 1 || own.Details[0].Row != int64(len(fit)+2) || !strings.Contains(own.Message, `"a \"b"`) || !strings.Contains(own.Message, "the target") || own.Form == "" || own.Details[0].Form != own.Form {
				t.Errorf("%s: %s gives %v %+v", name, v, err, own.Details)
			}
		}
		for _, v := range strings.Fields(c.lost) {
			refused(v, take(append(append([]string{}, fit...), v)), "")
		}
		for _, v := range strings.Fields(c.near) {
			kept := take(append(append([]string{}, fit...), v, v))
			refused(v, kept, table.RoundRefuse)
			_, told, err := give(kept, "")
			want := table.Rounded{Column: `a "b`, Type: "the target", Rows: 2, Row: int64(len(fit) + 2), Spaces: c.room.Kind == table.RoomBare}
			if len(told) == 1 && told[0].Value != "" {
				told[0].Value = ""
			}
			if err != nil || len(told) != 1 || told[0] != want {
				t.Errorf("%s: of %s is told %+v, %v", name, v, told, err)
			}
		}
	}
}

// Where rounding is allowed, what is given is rounded here, for systems do it in ways of their own; a part that would be left out is
// refused all the same.
func TestRoomAllowsRounding(t *testing.T) {
	e := newEngine(t)
	for _, c := range []struct {
		typ         string
		coding      table.Coding
		room        table.Room
		value, want string
	}{
		{"DOUBLE", table.Plain, table.Room{Kind: table.RoomWhole}, "1.5", "2"},
		{"DOUBLE", table.Plain, table.Room{Kind: table.RoomWhole}, "-2.5", "-3"},
		{"DECIMAL(10,2)", table.Plain, table.Room{Kind: table.RoomWhole}, "1.50", "2"},
		{"VARCHAR", table.Plain, table.Room{Kind: table.RoomWhole}, "15e-1", "2"},
		{"DOUBLE", table.Plain, table.Room{Kind: table.RoomDecimal, Places: 2}, "1.005", "1.01"},
		{"FLOAT", table.Plain, table.Room{Kind: table.RoomDecimal, Places: 2}, "1.005", "1.01"},
		{"DECIMAL(38,4)", table.Plain, table.Room{Kind: table.RoomDecimal, Places: 2}, "-1234567890123456789012345678901234.5678", "-1234567890123456789012345678901234.57"},
		{"VARCHAR", table.Plain, table.Room{Kind: table.RoomDecimal, Places: 2}, "1.005", "1.01"},
		{"DOUBLE[]", table.Braces, table.Room{Kind: table.RoomDecimal, Places: 2}, "\"[1.005, 2.5]\"", `"{""1.01"",""2.5""}"`},
		{"BIGINT", table.Plain, table.Room{Kind: table.RoomDouble}, "9007199254740993", "9007199254740993"},
		{"TIMESTAMP_NS", table.Plain, table.Room{Kind: table.RoomMoment, Places: 6}, "2024-12-31 23:59:59.999999999", "2024-12-31 23:59:59.999999"},
		{"TIMESTAMP", table.Plain, table.Room{Kind: table.RoomDay}, "2024-12-31 23:59:59", ""},
		{"TIMESTAMP", table.Plain, table.Room{Kind: table.RoomClock}, "2024-12-31 23:59:59", ""},
	} {
		from := streamed("v", c.typ, table.Plain)
		if c.coding == table.Braces {
			from.Coding = table.JSON
		}
		kept, err := e.Take(t.Context(), tenant, []table.StreamColumn{streamed("b0", "BIGINT", table.Plain), from}, feedText("7,"+c.value+"\n"), nil)
		if err != nil {
			t.Fatal(err)
		}
		to := []table.StreamColumn{streamed("b0", "BIGINT", table.Plain), streamed("v", c.typ, c.coding)}
		to[1].Room = c.room
		to[1].Room.Rounding = table.RoundAllow
		var out bytes.Buffer
		_, err = e.Give(t.Context(), tenant, kept.Artifact, to, drainText(&out))
		if c.want == "" {
			if err == nil {
				t.Errorf("%s of %s is left out: %s", c.value, c.typ, out.String())
			}
			continue
		}
		told, lost := e.Rounded(t.Context(), tenant, kept.Artifact, to)
		if err != nil || lost != nil || out.String() != "7,"+c.want+"\n" || len(told) != 1 || told[0].Row != 1 {
			t.Errorf("%s of %s: %v %v %s %+v", c.value, c.typ, err, lost, out.String(), told)
		}
	}
}

// A place for times that keeps no zones is told of, or refused where nothing may be lost; keys go through, for all are in UTC.
func TestRoomWithoutZones(t *testing.T) {
	e := newEngine(t)
	kept, err := e.Take(t.Context(), tenant, []table.StreamColumn{streamed("at", "TIMESTAMP WITH TIME ZONE", table.Plain)}, feedText("\n2024-01-01 10:00:00+02\n2024-01-01 10:00:00.1234+00\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		room table.Room
		told []table.Rounded
	}{
		{table.Room{Places: 6}, nil},
		{table.Room{Places: 6, Zoneless: true}, []table.Rounded{{Column: "at", Rows: 2, Row: 2, Value: "2024-01-01 08:00:00+00", Zone: true}}},
		{table.Room{Places: 3, Zoneless: true}, []table.Rounded{
			{Column: "at", Rows: 2, Row: 2, Value: "2024-01-01 08:00:00+00", Zone: true}, {Column: "at", Rows: 1, Row: 3, Value: "2024-01-01 10:00:00.1234+00"},
		}},
		{table.Room{Places: 6, Zoneless: true, Rounding: table.RoundAllow}, nil},
		{table.Room{Places: 6, Zoneless: true, Rounding: table.RoundRefuse, Made: true}, []table.Rounded{{Column: "at", Rows: 2, Row: 2, Value: "2024-01-01 08:00:00+00", Zone: true}}},
		{table.Room{Places: 6, Zoneless: true, Rounding: table.RoundRefuse, Key: true}, []table.Rounded{{Column: "at", Rows: 2, Row: 2, Value: "2024-01-01 08:00:00+00", Zone: true}}},
	} {
		c.room.Kind = table.RoomMoment
		to := []table.StreamColumn{streamed("at", "TIMESTAMP WITH TIME ZONE", table.UTC)}
		to[0].Room = c.room
		var out bytes.Buffer
		if _, err := e.Give(t.Context(), tenant, kept.Artifact, to, drainText(&out)); err != nil {
			t.Errorf("%+v: %v", c.room, err)
		}
		told, err := e.Rounded(t.Context(), tenant, kept.Artifact, to)
		if err != nil || !slices.Equal(told, c.told) {
			t.Errorf("%+v: %+v, %v", c.room, told, err)
		}
	}
	to := []table.StreamColumn{streamed("at", "TIMESTAMP WITH TIME ZONE", table.UTC)}
	to[0].Room = table.Room{Kind: table.RoomMoment, Places: 6, Zoneless: true, Rounding: table.RoundRefuse, Type: "datetime(6)"}
	_, err = e.Give(t.Context(), tenant, kept.Artifact, to, drainText(&bytes.Buffer{}))
	own := errs.From(err)
	if err == nil || own.Code != "type_mismatch" || own.Details[0].Row != 2 || !strings.Contains(own.Message, "datetime(6)") || !strings.Contains(own.Hint, "without a zone") {
		t.Errorf("%v", err)
	}
}
