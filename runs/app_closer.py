"""Looking closer: one practice, one patient, chosen by code, name or number, or on the map."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import solara

from model.errors import InputError
from runs.app_panels import practice_facts, practice_named
from runs.app_patients import KINDS, facts, find, story
from runs.app_session import Session
from runs.app_views import Facts, Words


@dataclass(frozen=True)
class Picks:
    """What a visitor looks at, in one run; -1 = nothing."""

    run: int = 0
    practice: int = -1
    commissioner: int = -1

    def of_practice(self, practice: int) -> Picks:
        """The same with this practice."""
        return dataclasses.replace(self, practice=practice)

    def of_commissioner(self, commissioner: int) -> Picks:
        """The same with this commissioner, and no practice."""
        return dataclasses.replace(self, commissioner=commissioner, practice=-1)


@solara.component
def Practice(session: Session, version: tuple[int, int], picks: Picks, on_picks: Callable[[Picks], None]) -> None:
    """One practice."""
    problem, set_problem = solara.use_state("")
    solara.use_effect(lambda: set_problem(""), [picks])

    def choose(text: str) -> None:
        if not text.strip():
            return
        try:
            with session.lock:
                found = practice_named(session.model, text)
        except InputError as mistake:
            set_problem(f"{mistake}.")
            return
        set_problem("")
        on_picks(picks.of_practice(found))

    code = "" if picks.practice < 0 else str(session.model.region.practices[picks.practice])
    with solara.Div(classes=["gp-panel"]):
        solara.InputText(
            "Practice: code or name, then Enter", code, on_value=choose, error=problem or False, dense=True
        )
        if picks.practice >= 0:
            with session.lock:
                Facts(practice_facts(session.model, picks.practice))
        else:
            Words("Type a code or a name, or click a mark on the map.")


@solara.component
def Patient(session: Session, version: tuple[int, int], followed: int | None, on_followed: Callable[[], None]) -> None:
    """One patient, followed from month to month."""
    problem, set_problem = solara.use_state("")
    solara.use_effect(lambda: set_problem(""), [version[0]])

    def follow(row: int | None) -> None:
        try:
            if row is None:
                session.leave()
            else:
                session.follow(row)
            set_problem("")
        except InputError as mistake:
            set_problem(f"{mistake}.")
        on_followed()

    def search(kind: str) -> None:
        with session.lock:
            found = find(session.model, kind, -1 if session.followed is None else session.followed)
            if found is None:
                set_problem("Nobody like that is here this month.")
            else:
                follow(found)

    Words("Find somebody")
    with solara.Row(style="flex-wrap: wrap; gap: 6px; align-items: center"):
        for kind in KINDS:
            solara.Button(kind.capitalize(), on_click=lambda kind=kind: search(kind), small=True, outlined=True)
    # A field of its own where nobody is followed: one that held a number would say "None".
    solara.InputInt("Patient number", session.followed, on_value=follow, optional=True, dense=True).key(
        f"{session.followed is None}"
    )
    Words(problem, "gp-pending" if problem else "gp-quiet")
    if session.followed is None:
        return
    with session.lock:
        Words(story(session.model, session.followed), "gp-story")
        with solara.v.Html(tag="ol", class_="gp-diary"):
            for month, line in session.diary[-12:]:
                solara.v.Html(tag="li", children=[f"{month:%b %Y}: {line}"])
        with solara.Div(classes=["gp-panel"]):
            Facts(facts(session.model, session.followed))
