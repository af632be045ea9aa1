"""Parameters of digital providers: who joins, why, who leaves and returns."""

from __future__ import annotations

from model.parameters.writing import Section, by_age


class Digital(Section):
    """Practices that register people from anywhere and see them on a screen."""

    appeal_ages: by_age(int, "years", "first age of each band of appeal", "assumption", 0, 110) = (
        0, 16, 20, 25, 30, 35, 40, 50, 65,
    )  # fmt: skip
    appeal: by_age(float, "relative", "inclination to join by age", "fitted to joiners' ages to April 2019", 0, 10) = (
        0.0, 0.25, 0.9, 1.0, 0.7, 0.4, 0.15, 0.06, 0.012,
    )  # fmt: skip
