"""The check of a pull request cannot be changed by it: facts of the workflow's text."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
TEXT = (ROOT / ".github" / "workflows" / "leaderboard.yml").read_text(encoding="utf-8")
STEPS = TEXT[TEXT.index("    steps:") :]


def test_the_base_branch_checks_and_the_proposal_is_data() -> None:
    assert re.search(r"^on:\n  pull_request_target:\n", TEXT, re.MULTILINE)
    assert "pull_request:" not in TEXT
    assert TEXT.count("uses: actions/checkout@") == TEXT.count("persist-credentials: false") == 2
    assert re.search(r"ref: \$\{\{ github.event.pull_request.base.sha \}\}\n\s+path: main\n", TEXT)
    assert re.search(r"ref: \$\{\{ github.event.pull_request.head.sha \}\}\n\s+path: proposed\n", TEXT)
    assert TEXT.index("pip install ./main") < TEXT.index("path: proposed"), (
        "nothing of the proposal is there to install"
    )
    assert re.search(r"^permissions:\n  contents: read\n\w", TEXT, re.MULTILINE)
    assert "secrets." not in TEXT
    assert "--published" in STEPS


def test_no_words_of_the_pull_request_reach_the_shell() -> None:
    for script in re.findall(r"run: (?:[|>]-?\n((?:\s{10,}.*\n?)+)|(.*))", STEPS):
        assert "${{" not in "".join(script)


def test_the_maintainers_own_the_workflow_and_what_is_written_by_hand() -> None:
    owned = (ROOT / ".github" / "CODEOWNERS").read_text(encoding="utf-8")
    for place in ("/.github/", "/leaderboard/OWNERS.toml", "/leaderboard/print.toml", "/leaderboard/cards/"):
        assert re.search(rf"^{re.escape(place)}\s+@", owned, re.MULTILINE), place
