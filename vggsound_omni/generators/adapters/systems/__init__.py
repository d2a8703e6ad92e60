"""Public systems as programs for ``cmd:``, each for an environment of its own; see docs/systems.md."""
