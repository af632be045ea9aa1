"""Tables of who provides: practices, digital providers and trusts, and the organisations practices belong to."""

from __future__ import annotations

from model.geography.region import Table
from model.result_columns import MONTH, flag, number, people, pounds, share, text

_LIST = (
    text("commissioner", "commissioner responsible for its patients (fixed boundaries)"),
    people("list_size", "patients on the list"),
    people("ghosts", "of them, not there"),
    people("out_of_area", "of them, registered out of area"),
)

PRACTICES = Table(
    "practices",
    "a practice that exists, at the start, each April and at the end; one that ended in between has a last row, empty",
    ("month", "practice"),
    (
        MONTH,
        text("practice", "code; new-0001, ... opened during the run"),
        *_LIST,
        people("joiners", "patients who joined since it was last recorded"),
        people("leavers", "patients who left since it was last recorded"),
        share("gps_fte", "GPs", "full-time equivalents"),
        share("load", "patients per GP, staff added by networks counted in; empty without GPs", "people"),
        share("satisfaction", "share of patients satisfied"),
        share("continuity", "share of patients who mostly see the doctor they prefer"),
        flag("open", "takes new patients"),
        flag("takes_out_of_area", "registers patients from beyond its boundary"),
        share("inner_boundary_km", "distance within which it takes new patients", "km"),
        share("outer_boundary_km", "distance within which it keeps movers", "km"),
        text("kind", "gp, digital or trust"),
        text("organisation", "who runs it: itself or the super-practice (a code), trust or digital provider (a name)"),
        text("federation", "federation it belongs to; empty = none"),
        text("network", "primary care network it belongs to; empty = none"),
        text("trust", "trust that runs it; empty = none"),
        share("carr_hill", "weighted over registered list, England's mean 1", "index"),
        share("weighted", "list weighted by the formula in force (Carr-Hill at the start)", "weighted patients"),
        pounds("income", "global sum and other payments, as of the quarter"),
        pounds("cost", "cost of running it, as of the quarter"),
        pounds("margin", "income less cost, as of the quarter", "GBP per patient a year"),
        flag("opened", "came into being since practices were last recorded"),
        flag("ended", "closed or merged since practices were last recorded"),
    ),
)

PROVIDERS = Table(
    "providers",
    "a month of a practice of a digital provider or trust",
    ("month", "practice"),
    (
        MONTH,
        text("practice", "code"),
        text("name", "name"),
        text("kind", "digital or trust"),
        *_LIST,
        people("joiners", "patients who joined, month before"),
        people("leavers", "patients who left, month before"),
        share("satisfaction", "share of patients satisfied"),
        text("provider", "digital provider or trust it belongs to; empty = not known"),
    ),
)

TRUSTS = Table(
    "trusts",
    "a hospital trust at the start, each April and at the end: the practices it runs and what they refer to it",
    ("month", "trust"),
    (
        MONTH,
        text("trust", "name"),
        text("place", "place its hospital stands in"),
        number("practices", "practices it runs", "practices"),
        people("patients", "patients on their lists"),
        share("share_of_patients", "share of all patients who are on its lists"),
        share("referral_share", "share of all referrals that it receives"),
        share("referral_share_unsteered", "the same were practices to refer regardless of who runs them"),
    ),
)

DIGITAL_HOMES = Table(
    "digital_homes",
    "a quarter (and the start) of the patients of a digital provider who live with one commissioner",
    ("month", "provider", "home_commissioner"),
    (
        MONTH,
        text("provider", "its name; the code of its practice where it has none"),
        text("home_commissioner", "commissioner of the home (fixed boundaries)"),
        people("patients", "patients who are there"),
        people("aged_20_39", "of them, aged 20-39"),
        people("new", "of them, on the list for less than twelve months"),
    ),
)

ORGANISATIONS = Table(
    "organisations",
    "an organisation of practices (federation, network, trust, digital provider, super-practice): start, April, end",
    ("month", "kind", "organisation"),
    (
        MONTH,
        text("kind", "federation, network, trust, digital or super-practice"),
        text(
            "organisation", "its name or code; a super-practice, which other lists have joined, has its practice's code"
        ),
        number("practices", "practices that belong to it", "practices"),
        people("patients", "patients on their lists"),
        people("ghosts", "of them, not there"),
        share("gps_fte", "GPs", "full-time equivalents"),
        share("satisfaction", "share of patients satisfied"),
        number("commissioners", "commissioners its lists belong to", "commissioners"),
        share("largest_commissioner_share", "share of patients with the largest of them"),
        number("places", "places its practices stand in", "places"),
        share("spread_km", "mean distance of patients' practices from their centre, straight line", "km"),
    ),
)
