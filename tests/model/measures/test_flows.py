"""Flow measures: closed-form worlds, invariants, and England of January 2021."""

import csv
import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from model.measures import flows


def matrices(low=0):
    return st.integers(1, 7).flatmap(
        lambda n: hnp.arrays(np.int64, (n, n), elements=st.integers(low, 10_000), fill=st.nothing())
    )


def test_one_unit_keeps_everybody():
    everybody = np.array([[1234]])
    assert flows.retention(everybody) == 1
    assert flows.jaccard(everybody) == 1
    assert flows.import_share(everybody) == 0
    assert flows.gross_misalignment(everybody) == flows.net_misalignment(everybody) == 0


def test_mirror_image_commissioners_exchange_patients_without_net_flow():
    mirror = np.array([[900, 100], [100, 900]])
    assert flows.net_flow(mirror).tolist() == [0, 0]
    assert flows.gross_misalignment(mirror) == pytest.approx(0.1)
    assert flows.net_misalignment(mirror) == 0
    assert flows.effectiveness(mirror) == 0
    assert flows.jaccard(mirror) == pytest.approx([900 / 1100] * 2)


def test_one_way_drift_is_wholly_effective():
    drift = np.array([[80, 20], [0, 100]])
    assert flows.gross_misalignment(drift) == flows.net_misalignment(drift) == pytest.approx(0.1)
    assert flows.effectiveness(drift) == 1
    assert flows.net_flow(drift).tolist() == [-20, 20]
    assert flows.retention(drift) == pytest.approx([0.8, 1])
    assert flows.import_share(drift) == pytest.approx([0, 20 / 120])


def test_everybody_registered_where_they_live_has_no_effectiveness():
    assert np.isnan(flows.effectiveness(np.diag([3, 4])))
    assert flows.gross_misalignment(np.diag([3, 4])) == 0


def test_a_place_without_people_has_no_retention():
    empty = np.array([[5, 0], [0, 0]])
    assert np.isnan(flows.retention(empty)[1])
    assert np.isnan(flows.jaccard(empty)[1])
    assert np.isnan(flows.gross_misalignment(np.zeros((2, 2), int)))


@given(matrices())
def test_invariants(matrix):
    people = matrix.sum()
    assert flows.residents_registered(matrix).sum() == flows.registered(matrix).sum() == people
    assert flows.net_flow(matrix).sum() == 0
    assert (flows.inflow(matrix) - flows.outflow(matrix) == flows.net_flow(matrix)).all()
    if people:
        assert 0 <= flows.net_misalignment(matrix) <= flows.gross_misalignment(matrix) <= 1
    if people > np.trace(matrix):
        assert 0 <= flows.effectiveness(matrix) <= 1
        assert flows.effectiveness(matrix) == pytest.approx(
            flows.net_misalignment(matrix) / flows.gross_misalignment(matrix)
        )
    for share in (flows.retention(matrix), flows.import_share(matrix), flows.jaccard(matrix)):
        known = share[~np.isnan(share)]
        assert ((known >= 0) & (known <= 1)).all()


@given(matrices(), st.data())
def test_a_merger_keeps_people_and_never_raises_gross_misalignment(matrix, data):
    groups = data.draw(st.lists(st.integers(0, 3), min_size=len(matrix), max_size=len(matrix)))
    merged = flows.aggregate(matrix, groups, groups)
    assert merged.sum() == matrix.sum()
    for group in range(len(merged)):
        members = np.asarray(groups) == group
        assert flows.registered(merged)[group] == flows.registered(matrix)[members].sum()
        assert flows.residents_registered(merged)[group] == flows.residents_registered(matrix)[members].sum()
    if matrix.sum():
        assert flows.gross_misalignment(merged) <= flows.gross_misalignment(matrix)
        assert flows.net_misalignment(merged) <= flows.net_misalignment(matrix) + 1e-12


def test_merging_all_into_one_leaves_nothing_to_cross():
    merged = flows.aggregate([[80, 20], [30, 70]], [0, 0], [0, 0])
    assert merged.tolist() == [[200]]
    assert flows.gross_misalignment(merged) == 0


def test_flow_matrix_counts_rows_of_a_register():
    counted = flows.flow_matrix([0, 0, 1, 0], [0, 1, 1, 1], [5, 2, 7, 3], 2)
    assert counted.tolist() == [[5, 5], [0, 7]]
    assert counted.dtype == np.int64
    assert flows.flow_matrix([0, 0], [0, 2], [1, 4], (1, 3)).tolist() == [[1, 0, 4]]


def test_units_out_of_range_and_oblong_matrices_are_refused():
    with pytest.raises(ValueError, match=r"registered_in holds units 0\.\.2, expected 0\.\.1"):
        flows.flow_matrix([0, 1], [0, 2], [1, 1], 2)
    with pytest.raises(ValueError, match=r"square .* found shape \(2, 3\)"):
        flows.registered(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="groups are for"):
        flows.aggregate(np.zeros((2, 2)), [0, 0, 0], [0, 0])


def test_tables_hold_every_measure():
    units = flows.by_unit([[80, 20], [0, 100]])
    assert units["net_flow"].tolist() == [-20, 20]
    assert {len(v) for v in units.values()} == {2}
    assert flows.overall([[80, 20], [0, 100]]) == {
        "gross_misalignment": pytest.approx(0.1),
        "net_misalignment": pytest.approx(0.1),
        "effectiveness": 1,
    }


def published_flows(real_data):
    with gzip.open(real_data / "derived_ccg_flow_matrix_2021-01.csv.gz", "rt", encoding="utf-8") as lines:
        rows = [(r["RESIDENCE_CCG20CD"], r["REGISTERED_CCG20CD"], int(r["PATIENTS"])) for r in csv.DictReader(lines)]
    codes = sorted({code for row in rows for code in row[:2] if code.startswith("E38")})
    position = {code: i for i, code in enumerate(codes)}
    known = [row for row in rows if row[0] in position and row[1] in position]
    home, registered, patients = zip(*known, strict=True)
    matrix = flows.flow_matrix([position[c] for c in home], [position[c] for c in registered], patients, len(codes))
    return codes, matrix


def test_england_january_2021(real_data):
    codes, matrix = published_flows(real_data)
    assert len(codes) == 135
    assert flows.gross_misalignment(matrix) == pytest.approx(0.0417, abs=5e-5)
    assert flows.net_misalignment(matrix) == pytest.approx(0.0103, abs=5e-5)
    assert flows.effectiveness(matrix) == pytest.approx(0.247, abs=5e-4)


def test_england_commissioners_one_by_one(real_data):
    codes, matrix = published_flows(real_data)
    ours = flows.by_unit(matrix)
    with open(real_data / "derived_ccg_registered_vs_resident_2021-01.csv", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            at = codes.index(row["CCG20CD"])
            for column, name in (
                ("gp_registered_residents", "residents_registered"),
                ("stay", "stay"),
                ("inflow", "inflow"),
                ("outflow", "outflow"),
                ("net_flow", "net_flow"),
            ):
                assert int(row[column]) == ours[name][at], (row["name"], column)
