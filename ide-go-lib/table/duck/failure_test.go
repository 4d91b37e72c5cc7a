package duck

import "testing"

// What is put into words may begin with any letter.
func TestFirstLetters(t *testing.T) {
	for given, want := range map[string]string{"": "", "an x": "An x", "été": "Été", "表": "表"} {
		if got := capital(given); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
	if got := lower("Éa.") + article("éa") + article("ea") + article(""); got != "éaa éaan eaa " {
		t.Errorf("%q", got)
	}
}

// Only whole names that a relation gives are left out of messages; those of users stay, however much they look like them.
func TestNamesOfRelationsAreNotTold(t *testing.T) {
	for name, want := range map[string]bool{
		"_t1": true, "_t12": true, "_t1.id": true, "_t_looked": true, "unnamed_subquery": true, "__row__": true, "__row___": true, "__times0__": true, "__clean3": true,
		"sales_t1": false, "_t1_amount": false, "__index_level_0__": false, "__total__": false, "__rows__": false, "_total": false, "sales_t1.id": false, "__cleaned": false,
	} {
		if internalName(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
	for message, want := range map[string]string{
		`wrong in "_t1"."amount"`: `Wrong in "amount".`, "wrong in _t1.amount": "Wrong in amount.", "wrong in sales_t1.x": "Wrong in sales_t1.x.", `wrong in "_t1_amount"`: `Wrong in "_t1_amount".`,
		"wrong in __index_level_0__": "Wrong in __index_level_0__.", "wrong in __total__": "Wrong in __total__.", "wrong in __row__ here": "Wrong in  here.", "wrong in __broken__": "Wrong in __broken__.",
	} {
		if got := plain(message, []string{"__broken__"}); got != want {
			t.Errorf("%s: %q, not %q", message, got, want)
		}
	}
}
