"""The patients: draws, columns, demography, registration choice, the month of one patient and both engines."""
