"""Parameters of money: what lists, needs and services are paid."""

from __future__ import annotations

from model.parameters.writing import Section, by_age, parameter


class Money(Section):
    """What a commissioner is paid for a patient."""

    pounds_per_head: parameter(
        float,
        "GBP per patient per year",
        "allocation a head, mean, primary care aside",
        "computed: 2016/17, Pollock 2018",
        0,
        100_000,
    ) = 1240.0
    need_ages: by_age(int, "years", "first age of each band of need_by_age", "assumption", 0, 110) = (
        0, 5, 15, 25, 35, 45, 55, 65, 75, 85,
    )  # fmt: skip
    need_by_age: by_age(
        float, "relative", "commissioner need weight by age", "assumption: shape of cost by age, +/-25%", 0, 100
    ) = (1.0, 0.45, 0.55, 0.7, 0.75, 0.95, 1.3, 1.9, 2.9, 3.9)  # fmt: skip
    need_mean: parameter(
        float, "relative", "mean of need_by_age over England's residents, by which weights are divided",
        "computed: ONS mid-2020 estimates", 0.01, 100,
    ) = 1.115  # fmt: skip
