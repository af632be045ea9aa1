"""Every parameter, in sections by what it is about: default, unit, range, meaning and source.

A number with a source lives here and nowhere else. Sources are named as in the evidence list of ``model/ODD.md``;
"assumption" marks a value without a published estimate, to be varied in sensitivity runs. Probabilities are per
year unless the unit says otherwise; the month's hazard is ``1 - (1 - p) ** (1 / 12)``.
"""
