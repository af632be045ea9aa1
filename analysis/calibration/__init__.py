"""Estimating dynamic parameters by the distance of simulated patterns to published ones (``gpdrift calibrate dynamics``)."""
