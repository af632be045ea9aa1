"""What is made of results: plots, reports, validation, calibration and sensitivity."""
