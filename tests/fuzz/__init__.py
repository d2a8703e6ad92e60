"""Fuzz campaigns: ``python -m tests.fuzz media|manifest|submission|worker --n 2000 --seed 0 --seconds 600``.

Each campaign is a module of this package with ``campaign(n, seed, seconds) -> Counter[str]``: it tries ``n`` inputs
that depend only on ``seed``, stops early after ``seconds``, and counts outcomes by name. An outcome whose name begins
with :data:`FINDING` is a defect of the program; all others ("read", "refused", ...) are fine.
"""

FINDING = "FINDING"
"""How the name of an outcome begins that must not happen: ``FINDING: TypeError in read_audio``, for example."""
CAMPAIGNS = ("media", "manifest", "submission", "worker")
"""Modules of this package."""
