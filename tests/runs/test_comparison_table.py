"""The table of a comparison says what its rows hold, in each of its forms."""

import dataclasses
import json

from two_compared import rows

from runs.comparison_table import as_json, render, render_markdown


def test_the_table_leaves_out_what_nobody_has_and_blanks_what_rounds_to_nothing():
    text = render(rows())
    assert "travel" not in text
    lines = text.splitlines()
    assert lines[2].split()[0] == "baseline"
    assert lines[3].split()[:2] == ["digital-entry", "0.750"]
    assert lines[4].split() == ["less", "baseline", "+0.250", "+1,200"], "0.001% of crossing rounds to nothing"
    assert len({len(line.rstrip()) for line in lines[2:4]}) == 1, "figures stand under one another"
    table = render_markdown(rows()).splitlines()
    assert table[0].count("|") == table[1].count("|") == table[2].count("|") == table[3].count("|")
    assert "| 1,210 (+1,200) |" in table[3]


def test_shares_differ_by_points():
    base, entry = rows()
    entry = dataclasses.replace(entry, differences={**entry.differences, "net": 0.0021, "gross": -0.0004})
    lines = render([base, entry]).splitlines()
    assert lines[4].split() == ["less", "baseline", "+0.250", "-0.04", "points", "+0.21", "points", "+1,200"]
    assert "| 50.00% (+0.21 points) |" in render_markdown([base, entry])


def test_json_has_null_where_there_is_no_value():
    told = json.loads(json.dumps(as_json(rows()), allow_nan=False))
    assert told["scenarios"][1]["values"]["travel"] is None
    assert told["scenarios"][0]["against"] is None
    assert {m["name"] for m in told["measures"]} == set(told["scenarios"][1]["differences"])
