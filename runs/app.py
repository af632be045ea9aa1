"""The browser app: a run that can be watched, steered and looked into. ``gpdrift serve`` shows it; it needs no network.

A Mesa model on Mesa's browser server (Solara). Mesa's ready-made page, SolaraViz, makes a new model by its own rules for
scenarios, which cannot hold a timeline of policy; this page is made of the same components instead. Everything a visitor
changes lives in a :class:`Session` of that visitor.
"""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any

import solara

from runs import app_offers
from runs.app_areas import MEASURES, summary
from runs.app_closer import Patient, Picks, Practice
from runs.app_controls import Settings, changed
from runs.app_headlines import HEADLINES
from runs.app_kept import SessionMap
from runs.app_opening import OPENING
from runs.app_panels import COLUMNS, commissioner_facts, commissioner_rows, month_facts
from runs.app_player import Player
from runs.app_session import Choices, Session
from runs.app_views import Choice, Facts, Key, Picture, ScaleBar, Sources, Table, Tabs, Words
from runs.later import load_now, loaded

SHOWN_AFTER = 0.5
"""Seconds a browser takes as a rule to show what it was sent; whatever can wait until then leaves it the processor."""
TABS = ("Through time", "Who goes where", "Commissioners", "Practice", "Patient")


@solara.component
def App() -> None:
    """The whole page, and the state of one visitor."""
    offered = app_offers.OFFERED
    tick, set_tick = solara.use_state(0)
    chosen = solara.use_reactive(Choices(region=offered.first))
    session = solara.use_memo(lambda: OPENING.take() or Session(offered, chosen.value), [])
    player = solara.use_memo(lambda: Player(session, lambda: set_tick(lambda now: now + 1)), [])
    picks = solara.use_reactive(Picks(run=session.run))
    tab = solara.use_reactive(0)
    solara.use_effect(lambda: player.close, [])
    solara.use_effect(player.drawn, [tick])
    if picks.value.run != session.run:
        picks.set(Picks(run=session.run))

    def change(**values: Any) -> None:
        chosen.set(changed(chosen.peek(), values))

    with solara.v.Html(tag="main", class_="gp"):
        Head(session, player, chosen.peek, chosen.value != session.choices, tick)
        # Always there, so that what follows keeps its place, and with it its state, when there is something to say.
        with solara.v.Html(tag="div", class_="gp-error" if player.error else "gp-quiet", attributes={"role": "alert"}):
            solara.Text(player.error)
            if player.error:
                solara.Button("Dismiss", on_click=player.forget_error, text=True, small=True)
        with solara.v.Html(tag="div", class_="gp-pending gp-idle" if session.notes else "gp-quiet"):
            solara.Text(" ".join(session.notes))
        Settings(offered, chosen.value, change)
        with solara.Div(classes=["gp-map"]):
            Map(session, session.version, session.followed, picks.value, picks.set, tab.set)
        with solara.Div(classes=["gp-side"]):
            Tabs("What is shown beside the map", TABS, tab.value, tab.set)
            with solara.v.Html(tag="div", attributes={"role": "tabpanel", "aria-label": TABS[tab.value]}):
                Side(session, session.version, session.followed, tab.value, picks.value, picks.set, player.show)


@solara.component
def Head(session: Session, player: Player, chosen: Callable[[], Choices], pending: bool, tick: int) -> None:
    """Where the run is, the buttons that move it, and the figures of the month."""

    def read() -> tuple[str, Any, int, Choices]:
        with session.lock:
            return f"{session.model.month:%B %Y}", month_facts(session.model), session.elapsed, session.choices

    # Once a month: a step holds the lock, and that it is going on is said meanwhile.
    month, facts, elapsed, about = solara.use_memo(read, [session.version])
    with solara.v.Html(tag="header", class_="gp-head"):
        with solara.Div(classes=["gp-title"]):
            solara.v.Html(tag="h1", children=[f"gpdrift: {month}"], attributes={"aria-live": "polite", "id": "month"})
            solara.v.Html(tag="p", children=[f"{about.run}: month {elapsed} of {about.months}"])
        with solara.Div(classes=["gp-go"]):
            over, busy = session.finished, bool(player.busy)
            if player.playing:
                solara.Button("Pause", on_click=player.pause, color="primary")
            else:
                solara.Button("Play", on_click=lambda: player.play(chosen()), color="primary", disabled=over or busy)
            still = player.playing or busy
            solara.Button("Step", on_click=lambda: player.step(chosen()), outlined=True, disabled=over or still)
            solara.Button("Reset", on_click=lambda: player.restart(chosen()), outlined=True, disabled=busy)
        Facts(facts, "gp-facts")
        said = player.busy or ("The run is over." if over else "")
        if pending and not player.busy:
            said = "Changed settings hold from the next start: press " + ("Play or Step." if elapsed == 0 else "Reset.")
        solara.v.Html(
            tag="p", class_="gp-said" + (" gp-pending" if said else ""), children=[said], attributes={"role": "status"}
        )


def drawn(draw: Callable[[], Any]) -> Any:
    """What is drawn, or, where that fails, a sentence; the traceback goes where the server runs."""
    try:
        return draw()
    except Exception as bug:
        traceback.print_exc(file=sys.stderr)
        return f"This cannot be drawn ({type(bug).__name__}); the details are where gpdrift serve runs."


def soon(work: Callable[[], Any]) -> Callable[[], None]:
    """Have something done in a thread of its own once the browser shows the page; what is given back calls it off."""
    begins = threading.Timer(SHOWN_AFTER, work)
    begins.daemon = True
    begins.start()
    return begins.cancel


@solara.component
def Map(
    session: Session,
    version: tuple[int, int],
    followed: int | None,
    picks: Picks,
    on_picks: Callable[[Picks], None],
    on_tab: Callable[[int], None],
) -> None:
    """The map, what its colours mean, and the same in words."""
    measure, set_measure = solara.use_state("elsewhere")
    shown, set_shown = solara.use_state(True)
    picture = solara.use_memo(lambda: SessionMap(session.region), [version[0]])
    solara.use_effect(lambda: soon(lambda: picture.picture), [picture])

    def draw() -> tuple[bytes, Any, str]:
        with session.lock:
            model, counts = session.model, session.counts()
            png, scale = picture.draw(
                model, counts, measure, version[0], begins=version == session.version and version[1] == 0,
                practice=picks.practice, commissioner=picks.commissioner, patient=-1 if followed is None else followed, with_practices=shown,
            )  # fmt: skip
            return png, scale, summary(model, counts, measure)

    result = solara.use_memo(lambda: drawn(draw), [version, measure, shown, picks, followed])

    def pick(at: dict[str, float]) -> None:
        with session.lock:
            found = picture.pick(session.model, float(at["across"]), float(at["down"]))
            area = found.area
            of = int(session.region.area_commissioner[area])
        on_picks(picks.of_practice(found.practice) if found.practice >= 0 else picks.of_commissioner(of))
        on_tab(TABS.index("Practice" if found.practice >= 0 else "Commissioners"))

    labels = {key: about.label for key, about in MEASURES.items()}
    with solara.Row(style="align-items: center"):
        Choice("Map shows", labels, measure, set_measure)
        solara.Switch(label="Practices", value=shown, on_value=set_shown)
    if isinstance(result, str):
        Words(result, "gp-error")
        return
    png, scale, words = result
    Picture(png, f"Map. {words}", pick)
    ScaleBar(measure, scale)
    Key()
    Words(words)
    Words(MEASURES[measure].help)
    Sources(session.region.about)


@solara.component
def Side(
    session: Session,
    version: tuple[int, int],
    followed: int | None,
    tab: int,
    picks: Picks,
    on_picks: Callable[[Picks], None],
    on_followed: Callable[[], None],
) -> None:
    """What the tab chosen shows."""
    if tab == 0:
        ThroughTime(session, version)
    elif tab == 1:
        Flows(session, version)
    elif tab == 2:
        Commissioners(session, version, picks, on_picks)
    elif tab == 3:
        Practice(session, version, picks, on_picks)
    else:
        Patient(session, version, followed, on_followed)


@solara.component
def ThroughTime(session: Session, version: tuple[int, int]) -> None:
    """Divergence month by month."""
    headline, set_headline = solara.use_state("gross_misalignment")

    def draw() -> Any:
        from runs.app_charts import through_time

        with session.lock:
            return through_time(session.model, headline)

    # Reading what was collected takes pandas, which is loaded while the map is looked at already.
    ready, set_ready = solara.use_state(loaded("pandas"))

    def prepare() -> None:
        load_now("pandas")
        set_ready(True)

    solara.use_effect(lambda: None if ready else soon(prepare), [])
    result = solara.use_memo(lambda: drawn(draw) if ready else None, [version, headline, ready])
    labels = {key: about.label for key, about in HEADLINES.items()}
    Choice("Lower chart", labels, headline, set_headline)
    if result is None:
        Words("Drawing ...")
    else:
        Chart(result, "Chart")


def Chart(result: Any, kind: str) -> None:
    """A chart and what it shows in words, or why there is none."""
    if isinstance(result, str):
        Words(result, "gp-error")
    else:
        Picture(result.png, f"{kind}. {result.words}")
        Words(result.words)


@solara.component
def Flows(session: Session, version: tuple[int, int]) -> None:
    """The flow matrix."""

    def draw() -> Any:
        from runs.app_charts import flow_matrix

        with session.lock:
            return flow_matrix(session.model)

    result = solara.use_memo(lambda: drawn(draw), [version])
    Chart(result, "Heat map of the flow matrix")


@solara.component
def Commissioners(session: Session, version: tuple[int, int], picks: Picks, on_picks: Any) -> None:
    """The table of commissioners; one picked is outlined on the map."""

    def read() -> tuple[list[dict[str, Any]], list[str]]:
        with session.lock:
            return commissioner_rows(session.model), session.region.commissioners.tolist()

    rows, codes = solara.use_memo(read, [version])

    def pick(code: str) -> None:
        if code in codes:
            on_picks(picks.of_commissioner(codes.index(code)))

    number = picks.commissioner
    with solara.Div(classes=["gp-panel"]):  # one element whatever is picked, so that the table keeps how it is sorted
        Table(
            rows=rows, columns=list(COLUMNS), chosen=codes[number] if number >= 0 else None, event_pick=pick,
            caption="Gap = registered less resident. Press a heading to sort, a name to look closer.",
        )  # fmt: skip
        names = {code: f"{session.region.name_of(code)} ({code})" for code in codes}
        Choice("Look closer at", names, codes[number] if number >= 0 else None, pick, "choose one")
        if number >= 0:
            with session.lock:
                Facts(commissioner_facts(session.model, number))
