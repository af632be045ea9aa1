"""The fit of momentum: slopes of a known process, and the published lists."""

import numpy as np
import pytest

from analysis.fit_momentum import fit, main, slopes
from model.parameters.choosing import Choice


def test_slopes_and_fit_find_a_known_process():
    """Growth = a lasting part, an autoregression that halves in a year, and chance: 0.2 + 0.6 x 0.5^k of the variance."""
    rng = np.random.Generator(np.random.Philox(key=1))
    practices, years = 200_000, 6
    lasting = np.sqrt(0.2) * rng.standard_normal(practices)
    fading = rng.standard_normal(practices)
    growth = np.empty((practices, years))
    for year in range(years):
        growth[:, year] = lasting + np.sqrt(0.6) * fading + np.sqrt(0.2) * rng.standard_normal(practices)
        fading = 0.5 * fading + np.sqrt(0.75) * rng.standard_normal(practices)
    left = slopes(growth)
    assert left == pytest.approx([0.5, 0.35, 0.275, 0.2375], abs=0.005)
    assert fit(left, 0.8) == pytest.approx((0.2, 1.0), abs=0.02)


def test_published_lists_give_the_parameters_in_use(real_data, capsys):
    assert main([str(real_data / "gp_payments_practice_2014-2021.parquet")]) == 0
    printed = capsys.readouterr().out
    c = Choice()
    assert (
        f"choice.momentum {c.momentum:.2f}, choice.momentum_lasting {c.momentum_lasting:.2f}, "
        f"choice.fortune_half_life {c.fortune_half_life:.0f}, choice.fortune_spread {c.fortune_spread:.2f}" in printed
    )


def test_a_file_that_is_none_is_one_line(tmp_path, capsys):
    assert main([str(tmp_path / "none.parquet")]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
