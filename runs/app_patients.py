"""Following one patient: where they live, whose list they are on and why, in sentences; and finding one worth following."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from model.patients.columns import (
    CAUSES,
    GONE,
    MOVED,
    NONE,
    PRESENCE,
    PRESENCE_NAMES,
    PRESENT,
    SWITCHED,
    UNCOUNTED,
)  # fmt: skip

if TYPE_CHECKING:
    from model.model import RegistrationModel
    from model.patients.patient import Patient

WHY = {
    "initial": "was on this list when the run began",
    "born": "was born onto the mother's list",
    "arrived": "registered after arriving from outside",
    "first registration": "registered after living here on no list",
    "moved": "registered here after moving home",
    "switched": "changed practice without moving home",
    "followed mother": "followed the mother's registration",
    "died": "died",
    "emigrated": "left, and was taken off the list",
    "cleaned": "was taken off by list cleaning",
    "kept after move": "moved home and kept the practice",
    "returned": "registered on coming back",
    "displaced": "lost the practice, which closed",
    "joined digital": "joined a digital provider",
    "left digital": "left a digital provider",
    "back to old practice": "went back to the old practice",
    "merged": "came along when the practice was merged",
    "list split": "was moved when a digital list was split",
    "moved to home area": "was moved to a practice of the home area by policy",
    "removed in error": "was taken off a list by mistake",
}
"""What each cause of a change of registration means; one for each of ``CAUSES``."""

KINDS = {
    "across a border": "registered with another commissioner than the one of the home",
    "moved this month": "registered after a move this month",
    "switched this month": "changed practice without moving this month",
    "digital": "on a digital provider's list",
    "ghost": "on a list but not there",
}
"""Kinds of patients that can be found, and what they are."""
CHUNK = 1 << 20


def find(model: RegistrationModel, kind: str, after: int = -1) -> int | None:
    """Row of the next patient of a kind after a row, from the first again where none is left; None where there is none."""
    rows = model.engine.rows
    for low, high in ((after + 1, rows), (0, min(after + 1, rows))):
        for first in range(low, high, CHUNK):
            found = np.flatnonzero(_of_kind(model, kind, first, min(first + CHUNK, high)))
            if found.size:
                return first + int(found[0])
    return None


def _of_kind(model: RegistrationModel, kind: str, first: int, last: int) -> np.ndarray:
    columns, region = model.engine.columns, model.region
    presence = (columns.flags[first:last] & PRESENCE) >> 1
    practice = columns.practice[first:last]
    here = (presence == PRESENT) | (presence == UNCOUNTED)
    listed = practice != NONE
    if kind == "ghost":
        return ~here & (presence != GONE) & listed
    at = np.where(listed, practice, 0)
    if kind == "across a border":
        home = columns.home[first:last]
        across = region.area_commissioner[home] != region.practice_commissioner[at]
        return here & listed & across & (model.lists.provider[at] < 0)
    if kind == "digital":
        return here & listed & (model.lists.provider[at] >= 0)
    cause = {"moved this month": MOVED, "switched this month": SWITCHED}[kind]
    new = columns.since[first:last] == model.month_number - 1
    return here & listed & new & (columns.cause[first:last] == cause)


def facts(model: RegistrationModel, row: int) -> list[tuple[str, str]]:
    """What is known of a patient, as (label, value)."""
    patient, region = model.patients.find(row), model.region
    home = int(model.engine.columns.home[row])
    pairs = [
        ("Patient", f"{row}"),
        ("Age and sex", f"{patient.age}, {'female' if patient.sex == 'F' else 'male'}"),
        ("There?", _presence(patient)),
        ("Home", f"{patient.home}, {region.name_of(str(region.authorities[region.area_authority[home]]))}"),
        ("Commissioner of the home", region.name_of(str(region.commissioners[region.area_commissioner[home]]))),
        ("Address on the register", patient.recorded_home + (" (old)" if patient.pending else "")),
        ("Practice", practice_name(model, patient)),
    ]
    if patient.practice is not None:
        pairs += [
            ("Commissioner of the practice", region.name_of(patient.practice.commissioner)),
            ("On this list since", f"{patient.registered_since:%B %Y}"),
            ("Out of area", "yes, without home visits" if patient.out_of_area else "no"),
        ]
    previous = patient.previous_practice
    return [
        *pairs,
        ("Practice before", previous.name if previous is not None else "none on record"),
        ("Why the last change", WHY[patient.cause]),
        ("Works in", patient.work or "does not work, or not here"),
        ("Health need among people of that age", f"{100 * patient.need:.0f} of 100 (100 = frailest)"),
        ("Likes care on a screen", f"{100 * patient.digital_affinity:.0f} of 100"),
    ]


def story(model: RegistrationModel, row: int) -> str:
    """A patient in a sentence or two."""
    patient, region = model.patients.find(row), model.region
    home = int(model.engine.columns.home[row])
    who = (
        f"{'Woman' if patient.sex == 'F' else 'Man'} of {patient.age}"
        if patient.age >= 18
        else f"Child of {patient.age}"
    )
    if not patient.is_resident:
        listed = f"still on the list of {practice_name(model, patient)}" if patient.practice_code else "on no list"
        return f"{who}, not there any more ({_presence(patient)}); {listed}."
    place = region.name_of(str(region.commissioners[region.area_commissioner[home]]))
    text = f"{who}, lives in {patient.home} ({place})"
    if patient.practice is None:
        return f"{text}, on no list: {WHY[patient.cause]}."
    theirs = region.name_of(patient.practice.commissioner)
    paid = "which counts to the same commissioner" if theirs == place else f"which counts to {theirs}, not to {place}"
    return f"{text}, on the list of {practice_name(model, patient)}, {paid}; {WHY[patient.cause]}."


def note(model: RegistrationModel, row: int) -> dict[str, str]:
    """What of a patient is compared from month to month."""
    patient = model.patients.find(row)
    return {
        "home": patient.home,
        "practice": patient.practice_code or "",
        "presence": patient.presence,
        "recorded": patient.recorded_home,
        "age": str(patient.age),
    }


def changes(model: RegistrationModel, row: int, before: dict[str, str]) -> list[str]:
    """What happened to a patient in a month, in sentences; empty where nothing did."""
    now, patient = note(model, row), model.patients.find(row)
    said = []
    if now["presence"] != before["presence"]:
        said.append(f"Now: {_presence(patient)}.")
    if now["home"] != before["home"]:
        told = "" if now["recorded"] == now["home"] else f" The register still says {now['recorded']}."
        said.append(f"Moved home from {before['home']} to {now['home']}.{told}")
    if now["practice"] != before["practice"]:
        said.append(
            f"From the list of {_named(model, before['practice'])} to that of {_named(model, now['practice'])}:"
            f" {WHY[patient.cause]}."
        )
    elif now["recorded"] != before["recorded"]:
        said.append(f"Told the practice the address: the register says {now['recorded']} now.")
    if now["age"] != before["age"] and patient.is_resident:
        said.append(f"Turned {now['age']}.")
    return said


def practice_name(model: RegistrationModel, patient: Patient) -> str:
    """Name of a patient's practice with its code, or that there is none."""
    return _named(model, patient.practice_code or "")


def _named(model: RegistrationModel, code: str) -> str:
    if not code:
        return "nobody"
    at = int(np.searchsorted(model.region.practices, code))
    if at >= len(model.region.practices) or model.region.practices[at] != code:
        at = int(np.flatnonzero(model.region.practices == code)[0])
    name = str(model.region.practice_names[at])
    return f"{name} ({code})" if name and name != code else code


def _presence(patient: Patient) -> str:
    said = {
        "present": "lives here", "uncounted": "lives here, missed by the census", "emigrated": "left the country",
        "short-term gone": "left after a short stay", "duplicate or dead": "counted twice, or dead",
        "gone": "died or left, and off the books",
    }  # fmt: skip
    assert set(said) == set(PRESENCE_NAMES)
    return said[patient.presence]


assert set(WHY) == set(CAUSES)
