"""Checkpoints: a run as it stood after a month, on disk, to be gone on with after the process has died.

Whoever resumes makes the same model from the same scenario and region as at the start (that is exact: every draw is
keyed), then puts in its place whatever has changed since. So a checkpoint holds state only, nothing that the start
gives again: the patients' columns, and a plain tree of numbers, words and arrays for everything else.

The folder, format 1. Nothing in it is pickled; every array is a plain ``.npy``, alone or in an uncompressed ``.npz``::

    NAME.checkpoint/
      run.json                 format, model version, scenario, engine, region (as named, and where), every how many
                               months, results folder. Written before the first month: a run killed before its first
                               checkpoint begins anew.
      lock                     held by the process that runs it
      month-0012/              after 12 months: appears complete or not at all; the one before goes afterwards
        manifest.json          format, model version, region digest, months, month; bytes and CRC-32 of each file
        state.json, state.npz  the tree, and the arrays it names (:mod:`.trees`, :mod:`.model_state`)
        patients-born.npy ...  one column of all patients each, rows in use, as ``model.patients.columns`` has them
        history-0006.json, history-0006.npz
        history-0012.json, history-0012.npz
                               rows recorded and measures collected since the history before (:mod:`.history`); older
                               ones are shared between checkpoints by hard links, so each is written once

``run.json`` and ``manifest.json`` carry the CRC-32 of their own content.
"""
