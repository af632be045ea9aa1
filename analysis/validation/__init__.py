"""Is the model to be believed: patterns of the world measured in runs, fits, reconstructions and forecasts, and their page.

``gpdrift validate`` fills one folder (``validation/`` by default); each kind of evidence is a table in it and a module
here that turns the table into a section of the page (:mod:`analysis.validation.page`).
"""
