"""What a results folder holds: every table, what a row is, and each column with unit and meaning.

``month`` is the first day of a month and the state shown is that of that day. What happens during a month (births,
moves, changes of registration) is in the row of the month that follows it, so that the change of a stock from one row
to the next is the sum of that next row's flows; at the start flows are 0.
"""

from __future__ import annotations

from model.geography.region import Column, Table
from model.patients.columns import CAUSES, INITIAL, KEPT, RETURNED
from model.patients.tally import COMPONENTS

REPORTED_CAUSES = tuple(name for code, name in enumerate(CAUSES) if code not in (INITIAL, KEPT, RETURNED))
"""Causes of a change of list; those who keep their practice after a move or come back to it change none."""


def cause_column(cause: str) -> str:
    """Column of the headline that counts the changes of a cause."""
    return "changes_" + cause.replace(" ", "_")


def _people(name: str, meaning: str) -> Column:
    return Column(name, "int", meaning, "people")


def _share(name: str, meaning: str, unit: str = "share") -> Column:
    return Column(name, "float", meaning, unit, nullable=True)


_MONTH = Column("month", "date", "first day of the month")
_COMPONENT_MEANINGS = {
    "births": "births", "deaths": "deaths of residents", "internal_in": "moves in from other authorities",
    "internal_out": "moves out to other authorities", "international_in": "immigrants, returning emigrants included",
    "international_out": "emigrants", "short_term_in": "short-term migrants who came",
    "short_term_out": "short-term migrants who left", "moves_within": "moves that stay inside the authority",
}  # fmt: skip
_COMPONENTS = tuple(_people(name, f"{_COMPONENT_MEANINGS[name]}, month before") for name in COMPONENTS)

_FLOWS = (
    _people("residents", "people who live in it"),
    _people("registered", "patients on the lists of its practices, wherever they live"),
    _people("ghosts", "of the registered, those who are not there"),
    _people("inflow", "registered in it, living elsewhere in the region (true addresses)"),
    _people("outflow", "living in it, registered elsewhere (true addresses)"),
    _people("net_flow", "inflow - outflow; registered - residents = net_flow + ghosts - unregistered"),
    _people("recorded_residents", "patients on any list whose recorded address is in it"),
    _people("recorded_inflow", "inflow by recorded addresses, ghosts included, as published registers show"),
    _people("recorded_outflow", "outflow by recorded addresses, ghosts included"),
    _people("recorded_net_flow", "recorded_inflow - recorded_outflow"),
    _people("unregistered", "residents on no list"),
    _people("out_of_area", "of the registered, those registered out of area"),
    _share("retention", "residents registered in it over its registered residents (true)"),
    _share("import_share", "inflow over registered people who are there (true)"),
    _share("jaccard", "both resident and registered over either (true)"),
    _share("recorded_retention", "retention by recorded addresses"),
    _share("recorded_import_share", "import share by recorded addresses"),
    _share("recorded_jaccard", "Jaccard by recorded addresses"),
    _share("registered_resident_ratio", "registered over residents", "ratio"),
)
_CHANGES = (
    _people("joined_from_others", "joined from lists of other commissioners, month before"),
    _people("joined_from_none", "joined from no list (births, first registrations), month before"),
    _people("left_to_others", "left for lists of other commissioners, month before"),
    _people("left_to_none", "left for no list (deaths, emigration, cleaning), month before"),
)

_OVERALL = (
    _people("residents", "people who live in the region"),
    _people("registered", "patients on lists"),
    _people("ghosts", "of them, not there"),
    _people("unregistered", "residents on no list"),
    _people("pending", "residents whose recorded address is old"),
    _people("out_of_area", "patients registered out of area"),
    _people("crossing", "residents registered with another commissioner (true)"),
    _share("gross_misalignment", "crossing over registered residents (true)"),
    _share("net_misalignment", "half the sum of |net flows| over registered residents (true)"),
    _share("effectiveness", "net over gross (true)"),
    _people("recorded_crossing", "patients whose recorded address is with another commissioner"),
    _share("recorded_gross_misalignment", "gross by recorded addresses"),
    _share("recorded_net_misalignment", "net by recorded addresses"),
    _share("recorded_effectiveness", "net over gross by recorded addresses"),
    _share("registered_resident_ratio", "registered over residents of the region", "ratio"),
    _share("registered_resident_ratio_sd", "its standard deviation between commissioners", "ratio"),
    _share("satisfaction", "share of patients satisfied, mean over patients"),
    _share("list_gini", "Gini coefficient of lists that have patients", ""),
    _people("practices", "practices that have patients"),
    _people("joined", "patients who joined a list or changed it, month before"),
    *(_people(cause_column(cause), f"changes of list: {cause}, month before") for cause in REPORTED_CAUSES),
    *_COMPONENTS,
)

_LIST = (
    Column("commissioner", "text", "commissioner responsible for its patients (fixed boundaries)"),
    _people("list_size", "patients on the list"),
    _people("ghosts", "of them, not there"),
    _people("out_of_area", "of them, registered out of area"),
)

RESULT_TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table("headline", "a month of the whole region", ("month",), (_MONTH, *_OVERALL)),
        Table(
            "commissioners",
            "a month of a commissioner, on fixed boundaries and on those of the day",
            ("month", "boundaries", "commissioner"),
            (
                _MONTH,
                Column("boundaries", "text", "fixed: the region's own; current: after mergers dated up to the month"),
                Column("commissioner", "text", "code"),
                *_FLOWS,
                *_CHANGES,
            ),
        ),
        Table(
            "systems",
            "a month of a system; patients count to the system most residents of their commissioner live in",
            ("month", "system"),
            (_MONTH, Column("system", "text", "code"), *_FLOWS),
        ),
        Table(
            "flows",
            "patients of a month who live with one commissioner and are registered with one (fixed boundaries)",
            ("month", "home_commissioner", "registered_commissioner"),
            (
                _MONTH,
                Column("home_commissioner", "text", "commissioner of the home"),
                Column("registered_commissioner", "text", "commissioner of the practice"),
                _people("patients", "by where they live now, ghosts excluded; rows of two zeros are left out"),
                _people("recorded", "by recorded address, ghosts included"),
            ),
        ),
        Table(
            "authorities",
            "a month of a local authority",
            ("month", "authority"),
            (
                _MONTH,
                Column("authority", "text", "code"),
                _people("residents", "people who live in it"),
                _people("registered", "residents on a list, anywhere"),
                _people("unregistered", "residents on no list"),
                _share("effective_commissioners", "inverse Herfindahl of commissioners of residents", "number"),
                _share("largest_commissioner_share", "share of registered residents with the largest commissioner"),
                _people("commissioners", "commissioners with any of its residents"),
                *_COMPONENTS,
            ),
        ),
        Table(
            "practices",
            "a practice at the start, each April and at the end",
            ("month", "practice"),
            (
                _MONTH,
                Column("practice", "text", "code"),
                *_LIST,
                _people("joiners", "patients who joined since it was last recorded"),
                _people("leavers", "patients who left since it was last recorded"),
                Column("gps_fte", "float", "GPs", "full-time equivalents"),
                Column("load", "float", "patients per GP", "people"),
                _share("satisfaction", "share of patients satisfied"),
                Column("open", "bool", "takes new patients"),
                Column("takes_out_of_area", "bool", "registers patients from beyond its boundary"),
                Column("inner_boundary_km", "float", "distance within which it takes new patients", "km"),
                Column("outer_boundary_km", "float", "distance within which it keeps movers", "km"),
            ),
        ),
        Table(
            "providers",
            "a month of a practice of a digital provider or trust",
            ("month", "practice"),
            (
                _MONTH,
                Column("practice", "text", "code"),
                Column("name", "text", "name"),
                Column("kind", "text", "digital or trust"),
                *_LIST,
                _people("joiners", "patients who joined, month before"),
                _people("leavers", "patients who left, month before"),
                _share("satisfaction", "share of patients satisfied"),
            ),
        ),
        Table(
            "changes",
            "changes of registration in the month before, by cause and commissioner (fixed boundaries)",
            ("month", "cause", "from_commissioner", "to_commissioner"),
            (
                _MONTH,
                Column("cause", "text", "why"),
                Column("from_commissioner", "text", "commissioner of the list left; none = no list"),
                Column("to_commissioner", "text", "commissioner of the list joined; none = no list"),
                _people("patients", "patients"),
            ),
        ),
        Table(
            "events",
            "a policy event that took effect",
            ("month", "number"),
            (
                Column("month", "date", "first day of the month it holds from"),
                Column("number", "int", "position in the order of events, from 1"),
                Column("event", "text", "kind of event"),
                Column("detail", "text", "the event with its parameters, JSON"),
            ),
        ),
        Table(
            "reconciliation",
            "people of one place, practice, authority, age band and deprivation fifth: start, each April, end",
            ("month", "place", "practice", "authority", "age_band", "deprivation"),
            (
                _MONTH,
                Column("place", "text", "commissioner whose books are reconciled (fixed boundaries)"),
                Column("practice", "text", "practice"),
                Column("authority", "text", "authority of the recorded address"),
                Column("age_band", "text", "age"),
                Column("deprivation", "int", "fifth of areas by deprivation, 1 = most deprived"),
                _people("registered", "people on the place's lists; 0 in rows of outflow"),
                _people("real", "of them, there; rows of outflow 0"),
                Column("real_low", "float", "lower end of the 95% interval of real", "people"),
                Column("real_high", "float", "upper end of the 95% interval of real", "people"),
                _people("ghosts", "registered - real"),
                _people("inflow", "real people with a recorded address in another place"),
                _people("outflow", "real people of this place on a list of another"),
                _people("gap", "ghosts + inflow - outflow: contribution to registered - residents on lists"),
                Column("pounds", "float", "gap x need-weighted payment: paid for people it is not for", "GBP a year"),
                _share("weighted", "share of the practice's weighted list", "weighted patients"),
            ),
        ),
    )
}
"""Tables of a results folder by name, in the order they are written."""
