"""Drawing from running sums: by halving and by counting, the place is the same."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from model.patients.running_sums import first_above, first_of_few_above

PARTS = st.lists(st.sampled_from([0.0, 1e-3, 0.25, 1.0, 7.5]), min_size=1, max_size=60).filter(any)


@given(parts=PARTS, u=st.floats(0, 1))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_counting_finds_what_halving_finds(parts, u):
    sums = np.cumsum(np.asarray(parts, np.float32))
    place = first_of_few_above(sums, u * float(sums[-1]))
    assert place == first_above(sums, 0, len(sums), u * float(sums[-1]))
    assert parts[place] > 0, "a place that adds nothing is never drawn"
