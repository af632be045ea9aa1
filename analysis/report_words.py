"""What the words of the report mean, and what it cannot say."""

GLOSSARY = (
    ("Resident", "A person who lives in an area, whether on a list or not."),
    ("Registered", "On the list of a practice; counted to that practice's commissioner, wherever the person lives."),
    ("Ghost", "On a list but not there: emigrated, a short stay that has ended, a duplicate, or dead. A person who moved"
     " and has not told the practice is no ghost."),
    ("On no list", "A resident who is registered nowhere."),
    ("Net flow", "People registered with a commissioner and living with another, less those living with it and registered"
     " elsewhere. Registered less resident = ghosts - on no list + net flow."),
    ("True, recorded", "True flows go by where people live now, recorded ones by the address on the register, as published"
     " registers do."),
    ("Fixed boundaries", "Commissioners as they were at the start, so that a merger cannot hide drift. Boundaries of the day"
     " follow mergers."),
    ("Money late or early", "What the payment rule would move on today's lists, less what it has moved."),
    ("Money not where need is", "What would have to change hands between commissioners for money to follow the need of"
     " residents, or of the real patients on lists."),
    ("Need-weighted", "People counted by how much care they need; England's mean is 1."),
    ("Lowest to highest", "The range of runs that differ only in their random draws (seed)."),
    ("95% interval", "Of a mean difference between two scenarios over seeds, paired seed by seed (Student's t). It tells how"
     " well the model's answer is known, not how well the model knows the world."),
)  # fmt: skip
"""Words and their meaning."""

PAIRED = (
    "These are results of a simulation. Runs of one seed share births, moves and tastes, so a difference between two"
    " scenarios is the effect of what differs between them under the assumptions listed below; levels are less certain"
    " than differences, and neither is a forecast."
)
UNPAIRED = (
    "These are results of a simulation. No seed is shared between {scenarios} and {baseline}: births, moves and tastes"
    " differ by chance, so their difference is not the effect of the scenario alone and is no more certain than their"
    " levels. Neither is a forecast."
)
LIMITS = (
    "Parameters marked as assumptions have no published source. Each can be changed with --set and its weight in the"
    " answer seen.",
)
"""What to bear in mind, after what a difference is."""
