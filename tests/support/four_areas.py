"""A region small enough to check by hand: four areas in a row, two commissioners, three practices, every table."""

import numpy as np

from model.geography.region import MIGRATION_AGES, RESIDENT_BAND_LIMITS, RESIDENT_BANDS, RegionTables


def four_areas() -> RegionTables:
    """Tables of a region that loads as it is."""
    areas = np.array(["E01000001", "E01000002", "E01000003", "E01000004"])
    ages = np.arange(1, 5)[:, None] * (np.arange(91) % 7 + 1)
    bands = {
        f"residents_{band}": ages[:, first : last + 1].sum(axis=1)
        for band, (first, last) in zip(RESIDENT_BANDS, RESIDENT_BAND_LIMITS, strict=True)
    }
    zones = np.array(["E02000001", "E02000001", "E02000002", "E02000002"])
    return {
        "areas": {
            "area": areas,
            "x": np.array([400_000.0, 402_000.0, 404_000.0, 406_000.0]),
            "y": np.array([300_000.0, 300_000.0, 300_000.0, 300_000.0]),
            "commissioner": np.array(["E38000001", "E38000001", "E38000002", "E38000002"]),
            "authority": np.array(["E06000001", "E06000001", "E06000001", "E06000002"]),
            "system": np.array(["E54000001", "E54000001", "E54000001", "E54000002"]),
            "deprivation_decile": np.array([1, 4, 7, 10]),
            "rural": np.array([False, False, False, True]),
            **bands,
            "neighbourhood": np.array(["U1", "U1", "U2", ""]),
            "zone": zones,
        },
        "population": {"area": areas, **{f"age_{a}": ages[:, a] for a in range(91)}},
        "practices": {
            "practice": np.array(["A81001", "A81002", "Y00003"]),
            "name": np.array(["Old Town", "Café, Station Rd", "Online"]),
            "x": np.array([400_100.0, 404_100.0, 402_100.0]),
            "y": np.array([300_100.0, 300_100.0, 300_100.0]),
            "commissioner": np.array(["E38000001", "E38000002", "E38000001"]),
            "list_size": np.array([700, 900, 60]),
            "gps_fte": np.array([3.5, 4.0, 0.0]),
            "opened": np.array(["1974-04-01", "NaT", "2017-11-06"], dtype="datetime64[D]"),
            "closed": np.array(["NaT", "NaT", "2021-03-31"], dtype="datetime64[D]"),
            "neighbourhood": np.array(["U1", "U2", ""]),
            "provider_kind": np.array(["gp", "gp", "digital"]),
            "list_0_17": np.array([140.0, 180.0, np.nan]),
            "list_18_49": np.array([280.0, 360.0, np.nan]),
            "list_50_64": np.array([140.0, 180.0, np.nan]),
            "list_65_up": np.array([140.0, 180.0, np.nan]),
            "male_share": np.array([0.5, 0.25, np.nan]),
            "weighted_list": np.array([710.5, 905.0, np.nan]),
        },
        "registrations": {
            "area": np.array(["E01000001", "E01000002", "E01000002", "E01000003", "E01000003", "E01000004"]),
            "practice": np.array(["A81001", "A81001", "Y00003", "A81001", "A81002", "A81002"]),
            "patients": np.array([400, 250, 50, 30, 500, 390]),
        },
        "successors": {
            "old": np.array(["E38000001"]),
            "month": np.array(["2021-04-01"], dtype="datetime64[D]"),
            "new": np.array(["E38000009"]),
        },
        "components": {
            "authority": np.array(["E06000001", "E06000002"]),
            "year": np.array([2019, 2019]),
            "population": np.array([2000, 1400]),
            "births": np.array([25, 14]),
            "deaths": np.array([20, 12]),
            "internal_in": np.array([90, 50]),
            "internal_out": np.array([95, 40]),
            "international_in": np.array([12, 3]),
            "international_out": np.array([6, 2]),
        },
        "destinations": {
            "origin": np.array(["E02000001", "E02000001", "E02000002"]),
            "destination": np.array(["E02000001", "E02000002", "E02000001"]),
            **{f"age_{band}": np.array([0.5, 0.25, 0.125]) for band in MIGRATION_AGES},
        },
        "immigration": {
            "zone": np.array(["E02000001", "E02000001", "E02000002"]),
            "sex": np.array(["F", "M", "F"]),
            **{f"age_{band}": np.array([1.0, 2.0, 3.0]) for band in MIGRATION_AGES},
        },
        "neighbours": {"area": areas[:3], "neighbour": areas[1:]},
        "names": {
            "code": np.array(
                ["E38000001", "E38000002", "E38000009", "E06000001", "E06000002", "E54000001", "E54000002"]
            ),
            "name": np.array(
                ["NHS Old CCG", "NHS New CCG", "NHS Whole CCG", "Oldham Bay", "Newhaven", "Old System", "New System"]
            ),
        },
    }
