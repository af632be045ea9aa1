"""Practices, their lists and who is registered with them, from the published registers."""

from __future__ import annotations

from datetime import date

from model.errors import InputError
from model.geography.open_data import DIGITAL_PRACTICES, MEAN_GPS_PER_10000
from model.geography.published_ages import load_ages
from model.geography.published_layouts import PublishedFile
from model.geography.published_rows import PublishedFiles, refuse_duplicates

OUTSIDE_ENGLAND = r"[WSNLM]\d{8}|95[A-Z]{2}\d{2}[A-Z]\d|E99999999|NO\d{4}"
"""Codes a register gives to patients of Wales, Scotland, Northern Ireland (also as 95AA01S1) or the islands, and to
addresses that are none (NO2011)."""
YOUNGEST_EARLIER, OLDEST_EARLIER, DAYS_A_YEAR = 0.45, 2.05, 365.25
"""Years between two files of list sizes for the older to tell how lists have grown."""


def load_register(read: PublishedFiles) -> None:
    """Make the tables ``register`` (every row) and ``registrations`` (patients by area of the region and practice).

    Raises:
        InputError: a key twice, two files with the same sex, or an area that no lookup names and is not outside England.
    """
    read.con.execute(
        "CREATE TABLE register (practice VARCHAR, area VARCHAR, patients BIGINT, male BIGINT, name VARCHAR)"
    )
    sexes: dict[str, str] = {}
    for i, file in enumerate(read.files["register"]):
        keys = ["practice", "area", "sex"] if "sex" in file.columns else ["practice", "area"]
        refuse_duplicates(read.con, file, f"register_{i}", keys)
        sex = "upper(sex)" if "sex" in file.columns else "'ALL'"
        found = read.con.execute(f"SELECT DISTINCT {sex} FROM register_{i}").fetchall()
        for (value,) in found:
            if value in sexes or value not in ("ALL", "MALE", "FEMALE"):
                expected = f"only one file with them ({sexes[value]})" if value in sexes else "ALL, MALE or FEMALE"
                raise InputError(
                    f"{file.name}, column {file.column('sex')}: found {value}, expected {expected}; leave one file out"
                )
            sexes[value] = file.name
        _refuse_unknown_areas(read, file, f"register_{i}")
    if "ALL" not in sexes and len(sexes) == 1:
        ((given, name),) = sexes.items()
        other = "FEMALE" if given == "MALE" else "MALE"
        raise InputError(f"{name}, column SEX: found {given} alone, expected {other} as well, or ALL; add that file")
    # Separate files repeat the same people: ALL where it is given, otherwise men and women together.
    wanted = "('ALL')" if "ALL" in sexes else "('MALE', 'FEMALE')"
    for i, file in enumerate(read.files["register"]):
        sex = "upper(sex)" if "sex" in file.columns else "'ALL'"
        male = "male" if "male" in file.columns else f"CASE WHEN {sex} = 'MALE' THEN patients END"
        name = "name" if "name" in file.columns else "NULL"
        read.con.execute(f"""
            INSERT INTO register SELECT practice, area, CASE WHEN {sex} IN {wanted} THEN patients ELSE 0 END, {male},
                {name} FROM register_{i}
        """)
    read.con.execute("""
        CREATE TABLE registrations AS SELECT area, practice, sum(patients)::BIGINT AS patients FROM register
        WHERE area IN (SELECT area FROM area) GROUP BY ALL HAVING sum(patients) > 0
    """)


def _refuse_unknown_areas(read: PublishedFiles, file: PublishedFile, table: str) -> None:
    found = read.con.execute(f"""
        SELECT area, min(row) FROM {table}
        WHERE area NOT IN (SELECT area FROM area) AND NOT regexp_full_match(area, '{OUTSIDE_ENGLAND}')
        GROUP BY area ORDER BY 2 LIMIT 1
    """).fetchall()
    if found:
        code, row = found[0]
        lookup = read.files["area_facts"][0].name
        raise InputError(
            f"{file.name}, row {row}, column {file.column('area')}: found {code}, expected an LSOA in {lookup}; "
            "use a lookup of the same LSOAs (2011 or 2021) that covers all of England"
        )


def load_practices(read: PublishedFiles) -> None:
    """Make the tables ``list``, ``fact``, ``site``, ``gps`` and ``ages``: what the files say of practices.

    Raises:
        InputError: a practice twice, or in the register and not among the lists; an opening or closing day that is none.
    """
    for kind in ("epraccur", "map", "list_ages", "workforce"):
        read.load(kind)
        for i, file in enumerate(read.files.get(kind, [])):
            keys = ["practice", "sex", "age"] if kind == "list_ages" else ["practice"]
            refuse_duplicates(read.con, file, f"{kind}_{i}", keys)
            for role in ("opened", "closed"):
                if role in file.columns:
                    _refuse_bad_dates(read, file, f"{kind}_{i}", role)
    load_ages(read)
    read.con.execute(
        "CREATE TABLE list (practice VARCHAR, patients BIGINT, postcode VARCHAR, commissioner VARCHAR, ods VARCHAR)"
    )
    for i, file in enumerate(read.files.get("lists", [])):
        _keep_totals(read, file, f"lists_{i}", f"totals_{i}")
        codes = [c if c in file.columns else f"NULL AS {c}" for c in ("commissioner", "commissioner_ods")]
        read.con.execute(f"INSERT INTO list SELECT practice, patients, postcode, {', '.join(codes)} FROM totals_{i}")
    if read.files.get("lists"):
        for i, file in enumerate(read.files["register"]):
            _refuse_unknown_practices(read, file, f"register_{i}")
    else:
        read.con.execute(
            "INSERT INTO list SELECT practice, sum(patients)::BIGINT, NULL, NULL, NULL FROM register GROUP BY 1"
        )
    _describe_practices(read)


def _keep_totals(read: PublishedFiles, file: PublishedFile, table: str, totals: str) -> None:
    """Make a table of the rows of a list-size file that give a GP practice's whole list, each once."""
    wanted = " AND ".join(
        [
            "patients > 0",
            *(f"upper({c}) = 'ALL'" for c in ("sex", "age") if c in file.columns),
            *(f"upper({c}) = 'GP'" for c in ("type",) if c in file.columns),
        ]
    )
    read.con.execute(f"CREATE TABLE {totals} AS SELECT * FROM {table} WHERE {wanted}")
    refuse_duplicates(read.con, file, totals, ["practice"])


def set_earlier_lists_aside(read: PublishedFiles, dates: list[tuple[PublishedFile, date]]) -> None:
    """Make the table ``grown`` (practice, ln growth of the list per year) of list sizes half a year to two years older.

    Files of such dates are taken out of the lists of the region, to be its earlier lists, and out of ``dates``, the
    extract dates found; the growth of a list is the mean over them.

    Raises:
        InputError: a practice twice in one of them.
    """
    read.con.execute("CREATE TABLE grown_since (practice VARCHAR, patients BIGINT, years DOUBLE)")
    newest = max((found for _, found in dates), default=None)
    extracted = {file.name: found for file, found in dates if file.layout.kind == "lists"}
    # Where no list sizes are of the newest date, something else is wrong, and is said when dates are compared.
    if newest is None or newest not in extracted.values():
        return
    files = read.files["lists"]
    kept: list[PublishedFile] = []
    for i, file in enumerate(files):
        years = (newest - extracted.get(file.name, newest)).days / DAYS_A_YEAR
        if YOUNGEST_EARLIER <= years <= OLDEST_EARLIER:
            _keep_totals(read, file, f"lists_{i}", f"earlier_{i}")
            read.con.execute(f"INSERT INTO grown_since SELECT practice, patients, {years} FROM earlier_{i}")
            read.con.execute(f"DROP TABLE lists_{i}")
            dates.remove((file, extracted[file.name]))
        else:
            if i > len(kept):
                read.con.execute(f"ALTER TABLE lists_{i} RENAME TO lists_{len(kept)}")
            kept.append(file)
    read.files["lists"], read.files["earlier_lists"] = kept, [file for file in files if file not in kept]


def _refuse_bad_dates(read: PublishedFiles, file: PublishedFile, table: str, role: str) -> None:
    found = read.con.execute(f"""
        SELECT row, practice, "{role}" FROM {table}
        WHERE coalesce("{role}", '') <> '' AND try_strptime("{role}", '%Y%m%d') IS NULL ORDER BY row LIMIT 1
    """).fetchall()
    if found:
        row, practice, value = found[0]
        raise InputError(
            f"{file.name}, row {row} (practice {practice}), column {file.column(role)}: found {value!r}, "
            "expected a date such as 19740401; correct the cell, or empty it"
        )


def _refuse_unknown_practices(read: PublishedFiles, file: PublishedFile, table: str) -> None:
    found = read.con.execute(f"""
        SELECT practice, min(row) FROM {table} WHERE practice NOT IN (SELECT practice FROM list)
        GROUP BY practice ORDER BY 2 LIMIT 1
    """).fetchall()
    if found:
        code, row = found[0]
        raise InputError(
            f"{file.name}, row {row}, column {file.column('practice')}: found {code}, expected a practice in "
            f"{read.files['lists'][0].name}; use list sizes of the same extract date"
        )


def _describe_practices(read: PublishedFiles) -> None:
    """Collect what the files say of each practice as facts, in order of belief."""
    read.con.execute("""
        CREATE TABLE fact (belief INTEGER, practice VARCHAR, name VARCHAR, postcode VARCHAR, commissioner VARCHAR,
            ods VARCHAR, opened VARCHAR, closed VARCHAR, network VARCHAR)
    """)
    for kind, belief in (("map", 1), ("epraccur", 2)):
        for i, file in enumerate(read.files.get(kind, [])):
            wanted = ("name", "postcode", "commissioner", "commissioner_ods", "opened", "closed", "network")
            listed = ", ".join(w if w in file.columns else "NULL" for w in wanted)
            read.con.execute(f"INSERT INTO fact SELECT {belief}, practice, {listed} FROM {kind}_{i}")
            if {"network", "network_name"} <= set(file.columns):
                read.con.execute(f"INSERT INTO named SELECT network, network_name FROM {kind}_{i} WHERE network <> ''")
    read.con.execute(
        "INSERT INTO fact SELECT 0, practice, NULL, postcode, commissioner, ods, NULL, NULL, NULL FROM list"
    )
    read.con.execute(
        "INSERT INTO fact SELECT 3, practice, min(name), NULL, NULL, NULL, NULL, NULL, NULL FROM register GROUP BY practice"
    )
    read.con.execute("CREATE TABLE site (practice VARCHAR, postcode VARCHAR, x DOUBLE, y DOUBLE)")
    for i, file in enumerate(read.files.get("sites", [])):
        if "practice" in file.columns:
            _refuse_two_sites(read, file, f"sites_{i}")
        keys = ", ".join(k if k in file.columns else "NULL" for k in ("practice", "postcode"))
        read.con.execute(f"INSERT INTO site SELECT {keys}, x, y FROM sites_{i} WHERE x IS NOT NULL AND y IS NOT NULL")
    read.con.execute("CREATE TABLE gps (practice VARCHAR, gps DOUBLE)")
    for i in range(len(read.files.get("workforce", []))):
        read.con.execute(f"INSERT INTO gps SELECT practice, max(gps) FROM workforce_{i} GROUP BY practice")


def _refuse_two_sites(read: PublishedFiles, file: PublishedFile, table: str) -> None:
    found = read.con.execute(f"""
        SELECT practice, min(row), max(row) FROM {table} WHERE practice <> '' AND x IS NOT NULL AND y IS NOT NULL
        GROUP BY practice HAVING count(DISTINCT (x, y)) > 1 ORDER BY 2 LIMIT 1
    """).fetchall()
    if found:
        practice, first, last = found[0]
        raise InputError(
            f"{file.name}, row {last} (practice {practice}), column {file.column('x')}: found another site than in row "
            f"{first}, expected the main site alone; remove the other rows"
        )


def practices_sql(grown: bool) -> str:
    """The query whose rows are the table ``practices`` of a region; ``grown`` adds the growth of lists."""

    def believed(column: str) -> str:
        return f"first({column} ORDER BY belief) FILTER (coalesce({column}, '') <> '') AS {column}"

    facts = ", ".join(map(believed, ("name", "postcode", "commissioner", "ods", "opened", "closed", "network")))
    bands = ", ".join(
        f"coalesce(sum(patients) FILTER (age BETWEEN {first} AND {last}), 0)::BIGINT AS list_{band}"
        for band, first, last in (("0_17", 0, 17), ("18_49", 18, 49), ("50_64", 50, 64), ("65_up", 65, 200))
    )
    return f"""
        WITH known AS (SELECT practice, {facts} FROM fact GROUP BY practice),
        by_practice AS (SELECT practice, avg(x) AS x, avg(y) AS y FROM site WHERE practice IS NOT NULL GROUP BY 1),
        by_postcode AS (SELECT postcode, avg(x) AS x, avg(y) AS y FROM site WHERE postcode IS NOT NULL GROUP BY 1),
        by_patients AS (
            SELECT practice, sum(x::DOUBLE * patients) / sum(patients) AS x,
                sum(y::DOUBLE * patients) / sum(patients) AS y
            FROM registrations JOIN area USING (area) GROUP BY practice
        ),
        codes AS (SELECT ods, min(code) AS code FROM ods_commissioners WHERE ods <> '' GROUP BY ods),
        doctors AS (SELECT practice, max(gps) AS gps FROM gps WHERE gps > 0 GROUP BY practice),
        by_age AS (SELECT practice, {bands} FROM ages GROUP BY practice),
        men AS (
            SELECT practice, sum(patients) FILTER (sex = 'MALE') / sum(patients) AS share FROM ages GROUP BY practice
            UNION ALL SELECT practice, sum(male) / sum(patients) FROM register
            WHERE practice NOT IN (SELECT practice FROM ages) GROUP BY practice
            HAVING count(male) > 0 AND sum(patients) > 0
        ),
        grown AS (
            SELECT practice, avg(ln(list.patients / grown_since.patients) / years) AS growth
            FROM list JOIN grown_since USING (practice) WHERE list.patients > 0 GROUP BY practice
        )
        SELECT list.practice, coalesce(known.name, list.practice) AS name,
            coalesce(by_practice.x, by_postcode.x, by_patients.x) AS x,
            coalesce(by_practice.y, by_postcode.y, by_patients.y) AS y,
            coalesce(known.commissioner, codes.code, known.ods) AS commissioner, list.patients AS list_size,
            coalesce(doctors.gps, round(list.patients * {MEAN_GPS_PER_10000} / 10000, 2)) AS gps_fte,
            try_strptime(opened, '%Y%m%d')::DATE AS opened, try_strptime(closed, '%Y%m%d')::DATE AS closed,
            network AS neighbourhood,
            CASE WHEN list.practice IN {DIGITAL_PRACTICES} THEN 'digital' ELSE 'gp' END AS provider_kind,
            by_age.* EXCLUDE (practice), men.share AS male_share{", grown.growth" if grown else ""}
        FROM list LEFT JOIN known USING (practice) LEFT JOIN by_practice USING (practice)
        LEFT JOIN by_postcode ON by_postcode.postcode = known.postcode LEFT JOIN by_patients USING (practice)
        LEFT JOIN codes ON codes.ods = known.ods LEFT JOIN doctors USING (practice)
        LEFT JOIN by_age USING (practice) LEFT JOIN men USING (practice) LEFT JOIN grown USING (practice)
        ORDER BY list.practice
    """
