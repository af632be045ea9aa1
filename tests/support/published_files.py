"""The layouts NHS England and ONS publish, as tiny files of the same shape."""

REGISTER = """PUBLICATION,EXTRACT_DATE,PRACTICE_CODE,PRACTICE_NAME,LSOA_CODE,SEX,NUMBER_OF_PATIENTS
GP_PRAC_PAT_LIST,01JAN2021,A81001,THE DENSHAM SURGERY,E01000001,ALL,700
GP_PRAC_PAT_LIST,01JAN2021,A81001,THE DENSHAM SURGERY,E01000002,ALL,90
GP_PRAC_PAT_LIST,01JAN2021,A81001,THE DENSHAM SURGERY,W01000003,ALL,6
GP_PRAC_PAT_LIST,01JAN2021,A81002,"SMITH, JONES & PARTNERS",E01000002,ALL,800
GP_PRAC_PAT_LIST,01JAN2021,A81002,"SMITH, JONES & PARTNERS",NO2011,ALL,4
"""
LISTS = """PUBLICATION,EXTRACT_DATE,TYPE,CCG_CODE,ONS_CCG_CODE,CODE,POSTCODE,SEX,AGE,NUMBER_OF_PATIENTS
GP_PRAC_PAT_LIST,01JAN2021,GP,16C,E38000001,A81001,TS18 1HU,ALL,ALL,796
GP_PRAC_PAT_LIST,01JAN2021,GP,16D,E38000002,A81002,TS18 2AW,ALL,ALL,804
"""
LOOKUP = """FID,LSOA11CD,LSOA11NM,CCG20CD,CCG20CDH,CCG20NM,STP20CD,STP20NM,CAL20CD,CAL20NM,LAD20CD,LAD20NM
1,E01000001,One 001A,E38000001,16C,NHS One CCG,E54000001,Both,E56,X,E06000001,Oneham
2,E01000002,Two 001A,E38000002,16D,NHS Two CCG,E54000001,Both,E56,X,E06000002,Twoham
"""
CENTROIDS = "FID,LSOA11CD,LSOA11NM,X,Y\n1,E01000001,One 001A,444000,518000\n2,E01000002,Two 001A,446000,518000\n"
POSTCODES = "pcds,oseast1m,osnrth1m\nTS18 1HU,444136,518701\nTS18 2AW,446100,518100\n"
EPRACCUR = "".join(
    f'"{code}","{name}","Y63","QHM","ROAD","","TOWN","","","{postcode}","19740401","","A","B","{ods}",'
    f'"20200401","","01642 000000","","","","0","","{ods}","","4",""\n'
    for code, name, postcode, ods in (
        ("A81001", "THE DENSHAM SURGERY", "TS18 1HU", "16C"),
        ("A81002", "SMITH, JONES & PARTNERS", "TS18 2AW", "16D"),
    )
)


def population(title_lines: int = 0) -> str:
    """Residents in the ONS layout: 10 of each age in the first area, 8 in the second, thousands with a comma."""
    header = "LSOA Code,LSOA Name,All Ages," + ",".join(map(str, range(90))) + ",90+\n"
    rows = f'E01000001,One 001A,"{910:,}",' + ",".join(["10"] * 91) + "\n"
    rows += f'E01000002,Two 001A,"{728 + 992:,}","{1000:,}",' + ",".join(["8"] * 90) + "\n"
    return "Mid-2020 estimates\n" * title_lines + header + rows


FILES = {
    "gp-reg-pat-prac-lsoa-all.csv": REGISTER,
    "gp-reg-pat-prac-all.csv": LISTS,
    "LSOA_to_CCG_Lookup.csv": LOOKUP,
    "centroids.csv": CENTROIDS,
    "ONSPD.csv": POSTCODES,
    "epraccur.csv": EPRACCUR,
    "SAPE23.csv": population(),
}
"""Every file by name: together a folder that imports."""
