"""Tables of money: commissioners and authorities each quarter, and the money in the tables of places and the headline."""

from __future__ import annotations

from collections.abc import Sequence

from model.commissioning.money_columns import HEADLINE, MONEY_COLUMNS, PLACES, MoneyColumn
from model.geography.region import Column, Table
from model.result_columns import MONTH, share, text

_MARGINS = ("people_from_elsewhere", "people_elsewhere")
"""Inflow and outflow of people, which the places table has anyway."""
MONEY_OF_PLACES = tuple(column for column in PLACES if column.name not in _MARGINS)
"""Money in the places table."""
MONEY_OF_THE_REGION = tuple(column for column in HEADLINE if column.name != "frail_mismatched")
"""Money in the headline, which has the share of the frail."""


def columns_of(quantities: Sequence[MoneyColumn], note: str = "") -> tuple[Column, ...]:
    """Columns of results for quantities of the money book."""
    return tuple(Column(q.name, "float", q.meaning + note, q.unit, nullable=True) for q in quantities)


MONEY = Table(
    "money",
    "a quarter (January, April, July, October; and the start) of a commissioner on fixed boundaries",
    ("month", "commissioner"),
    (
        MONTH,
        text("commissioner", "code"),
        *columns_of(MONEY_COLUMNS["commissioners"]),
        share("carr_hill_list", "its practices' lists weighted by the formula in force", "weighted patients"),
    ),
)

AUTHORITY_MONEY = Table(
    "authority_money",
    "a quarter (and the start) of a local authority: money by residence",
    ("month", "authority"),
    (MONTH, text("authority", "code"), *columns_of(MONEY_COLUMNS["authorities"])),
)
