"""What a results folder holds: every table, what a row is, and each column with unit and meaning.

``month`` is the first day of a month and the state shown is that of that day. What happens during a month (births,
moves, changes of registration) is in the row of the month that follows it, so that the change of a stock from one row
to the next is the sum of that next row's flows; at the start flows are 0.
"""

from __future__ import annotations

from model.geography.region import Column, Table
from model.patients.columns import CAUSES, INITIAL, KEPT, RETURNED
from model.patients.tally import COMPONENTS
from model.result_columns import MONTH, number, people, pounds, share, text
from model.result_tables_money import AUTHORITY_MONEY, MONEY, MONEY_OF_THE_REGION, columns_of
from model.result_tables_places import LEFT_BEHIND, NEIGHBOURHOODS, PLACES, PROFILES
from model.result_tables_providers import DIGITAL_HOMES, ORGANISATIONS, PRACTICES, PROVIDERS, TRUSTS

REPORTED_CAUSES = tuple(name for code, name in enumerate(CAUSES) if code not in (INITIAL, KEPT, RETURNED))
"""Causes of a change of list; those who keep their practice after a move or come back to it change none."""


def cause_column(cause: str) -> str:
    """Column of the headline that counts the changes of a cause."""
    return "changes_" + cause.replace(" ", "_")


_COMPONENT_MEANINGS = {
    "births": "births", "deaths": "deaths of residents", "internal_in": "moves in from other authorities",
    "internal_out": "moves out to other authorities", "international_in": "immigrants, returning emigrants included",
    "international_out": "emigrants", "short_term_in": "short-term migrants who came",
    "short_term_out": "short-term migrants who left", "moves_within": "moves that stay inside the authority",
}  # fmt: skip
_COMPONENTS = tuple(people(name, f"{_COMPONENT_MEANINGS[name]}, month before") for name in COMPONENTS)

_FLOWS = (
    people("residents", "people who live in it"),
    people("registered", "patients on the lists of its practices, wherever they live"),
    people("ghosts", "of the registered, those who are not there"),
    people("inflow", "registered in it, living elsewhere in the region (true addresses)"),
    people("outflow", "living in it, registered elsewhere (true addresses)"),
    people("net_flow", "inflow - outflow; registered - residents = net_flow + ghosts - unregistered"),
    people("recorded_residents", "patients on any list whose recorded address is in it"),
    people("recorded_inflow", "inflow by recorded addresses, ghosts included, as published registers show"),
    people("recorded_outflow", "outflow by recorded addresses, ghosts included"),
    people("recorded_net_flow", "recorded_inflow - recorded_outflow"),
    people("unregistered", "residents on no list"),
    people("out_of_area", "of the registered, those registered out of area"),
    people("digital", "of the registered, those with a digital provider"),
    people("digital_residents", "residents with a digital provider, wherever its lists count"),
    share("retention", "residents registered in it over its registered residents (true)"),
    share("import_share", "inflow over registered people who are there (true)"),
    share("jaccard", "both resident and registered over either (true)"),
    share("recorded_retention", "retention by recorded addresses"),
    share("recorded_import_share", "import share by recorded addresses"),
    share("recorded_jaccard", "Jaccard by recorded addresses"),
    share("registered_resident_ratio", "registered over residents", "ratio"),
)
_CHANGES = (
    people("joined_from_others", "joined from lists of other commissioners, month before"),
    people("joined_from_none", "joined from no list (births, first registrations), month before"),
    people("left_to_others", "left for lists of other commissioners, month before"),
    people("left_to_none", "left for no list (deaths, emigration, cleaning), month before"),
)

_AS_OF_THE_QUARTER = (
    share("travel_km", "mean distance to the practice, straight line, conventional lists; as of the quarter", "km"),
    share("share_nearest", "share with the nearest practice, conventional lists; as of the quarter"),
    share("low_reach", "residents with less than half the mean of GPs within reach (2SFCA); as of the quarter"),
    share("frail_mismatched", "frail residents on a list outside the commissioner of their home; as of the quarter"),
    share("satisfaction_slope", "slope index of inequality of satisfaction: least less most deprived", "share"),
    pounds("funding_slope", "slope index of inequality of payments to practices per need-weighted head"),
    pounds("unfunded", "unfunded liability, sum over commissioners of |.|, ghosts in the base; as of the quarter"),
    pounds(
        "mismatch",
        "money that is late or early against the lists of today, sum over commissioners of |.|; as of the quarter",
    ),
    pounds("misallocated", "money that would have to change hands to follow the need of residents; as of the quarter"),
    *columns_of(MONEY_OF_THE_REGION, "; as of the quarter"),
)

_OVERALL = (
    people("residents", "people who live in the region"),
    people("registered", "patients on lists"),
    people("ghosts", "of them, not there"),
    people("unregistered", "residents on no list"),
    people("pending", "residents whose recorded address is old"),
    people("out_of_area", "patients registered out of area"),
    people("crossing", "residents registered with another commissioner (true)"),
    share("gross_misalignment", "crossing over registered residents (true)"),
    share("net_misalignment", "half the sum of |net flows| over registered residents (true)"),
    share("effectiveness", "net over gross (true)"),
    people("recorded_crossing", "patients whose recorded address is with another commissioner"),
    share("recorded_gross_misalignment", "gross by recorded addresses"),
    share("recorded_net_misalignment", "net by recorded addresses"),
    share("recorded_effectiveness", "net over gross by recorded addresses"),
    share("registered_resident_ratio", "registered over residents of the region", "ratio"),
    share(
        "registered_resident_ratio_sd", "its standard deviation between commissioners, large and small alike", "ratio"
    ),
    share("satisfaction", "share of patients satisfied, mean over patients"),
    share("list_gini", "Gini coefficient of lists that have patients", ""),
    number("practices", "practices that exist", "practices"),
    share("mean_list", "patients of a practice", "people"),
    number("closed_lists", "practices whose list takes nobody new", "practices"),
    people("digital", "patients of digital providers"),
    share("digital_share", "share of patients who are with a digital provider"),
    share("out_of_area_share", "share of patients registered out of area"),
    people("waiting", "residents who lost their practice (closed, failed, or struck off by mistake) and look for one"),
    share("organisation_hhi", "Herfindahl index of organisations in a place, mean over patients", "index"),
    share("largest_organisation_share", "share of the largest organisation in a place, mean over patients"),
    people("joined", "patients who joined a list or changed it, month before"),
    *(people(cause_column(cause), f"changes of list: {cause}, month before") for cause in REPORTED_CAUSES),
    *_COMPONENTS,
    *_AS_OF_THE_QUARTER,
)

RESULT_TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table("headline", "a month of the whole region", ("month",), (MONTH, *_OVERALL)),
        Table(
            "commissioners",
            "a month of a commissioner, on fixed boundaries and on those of the day",
            ("month", "boundaries", "commissioner"),
            (
                MONTH,
                text("boundaries", "fixed: the region's own; current: after mergers dated up to the month"),
                text("commissioner", "code"),
                *_FLOWS,
                *_CHANGES,
            ),
        ),
        Table(
            "systems",
            "a month of a system; patients count to the system most residents of their commissioner live in",
            ("month", "system"),
            (MONTH, text("system", "code"), *_FLOWS),
        ),
        Table(
            "flows",
            "patients of a month who live with one commissioner and are registered with one (fixed boundaries)",
            ("month", "home_commissioner", "registered_commissioner"),
            (
                MONTH,
                text("home_commissioner", "commissioner of the home"),
                text("registered_commissioner", "commissioner of the practice"),
                people("patients", "by where they live now, ghosts excluded; rows of two zeros are left out"),
                people("recorded", "by recorded address, ghosts included"),
            ),
        ),
        Table(
            "authorities",
            "a month of a local authority",
            ("month", "authority"),
            (
                MONTH,
                text("authority", "code"),
                people("residents", "people who live in it"),
                people("registered", "residents on a list, anywhere"),
                people("unregistered", "residents on no list"),
                share("effective_commissioners", "inverse Herfindahl of commissioners of residents", "number"),
                share("largest_commissioner_share", "share of registered residents with the largest commissioner"),
                people("commissioners", "commissioners with any of its residents"),
                share("residents_per_commissioner", "registered residents with each of them, mean", "people"),
                *_COMPONENTS,
            ),
        ),
        PRACTICES,
        PROVIDERS,
        ORGANISATIONS,
        TRUSTS,
        DIGITAL_HOMES,
        MONEY,
        AUTHORITY_MONEY,
        PLACES,
        NEIGHBOURHOODS,
        LEFT_BEHIND,
        PROFILES,
        Table(
            "changes",
            "changes of registration in the month before, by cause and commissioner (fixed boundaries)",
            ("month", "cause", "from_commissioner", "to_commissioner"),
            (
                MONTH,
                text("cause", "why"),
                text("from_commissioner", "commissioner of the list left; none = no list"),
                text("to_commissioner", "commissioner of the list joined; none = no list"),
                people("patients", "patients"),
            ),
        ),
        Table(
            "events",
            "a policy event that took effect",
            ("month", "number"),
            (
                Column("month", "date", "first day of the month it holds from"),
                Column("number", "int", "position in the order of events, from 1"),
                text("event", "kind of event"),
                text("detail", "the event with its parameters, JSON"),
                text("outcome", "what came of it that the parameters do not say: what it chose, how far it got"),
            ),
        ),
        Table(
            "reconciliation",
            "people of one place, practice, authority, age band and deprivation fifth: start, each April, end",
            ("month", "place", "practice", "authority", "age_band", "deprivation"),
            (
                MONTH,
                text("place", "commissioner whose books are reconciled (fixed boundaries)"),
                text("practice", "practice"),
                text("authority", "authority of the recorded address"),
                text("age_band", "age"),
                Column("deprivation", "int", "fifth of areas by deprivation, 1 = most deprived"),
                people("registered", "people on the place's lists; 0 in rows of outflow"),
                people("real", "of them, there; rows of outflow 0"),
                Column("real_low", "float", "lower end of the 95% interval of real", "people"),
                Column("real_high", "float", "upper end of the 95% interval of real", "people"),
                people("ghosts", "registered - real"),
                people("inflow", "real people with a recorded address in another place"),
                people("outflow", "real people of this place on a list of another"),
                people(
                    "gap",
                    "ghosts + inflow - outflow: contribution to registered - residents on lists, by recorded address",
                ),
                Column("pounds", "float", "gap x need-weighted payment: paid for people it is not for", "GBP a year"),
                share(
                    "weighted",
                    "share of the practice's weighted list as published for the start, at any date",
                    "weighted patients",
                ),
            ),
        ),
    )
}
"""Tables of a results folder by name, in the order they are written."""
