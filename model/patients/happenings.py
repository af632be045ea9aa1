"""What can happen to a patient in a month."""

(
    NOTHING,
    DEATH,
    EMIGRATION,
    MOVE_ACROSS,
    MOVE_WITHIN,
    BIRTH,
    REGISTRATION,
    ADDRESS_TOLD,
    CLEANING,
    RETURN,
    IMMIGRATION,
) = range(11)
"""What happened to a patient this month."""
