"""A study as Prolific's interface takes it: what participants are told, where they go, and how they come back.

The fields are those of "the study object" in Prolific's documentation of its interface.
"""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from vggsound_omni.errors import UserError

from .given import Completion, minutes
from .study import Study

PARAMETERS = "PROLIFIC_PID={{%PROLIFIC_PID%}}&STUDY_ID={{%STUDY_ID%}}&SESSION_ID={{%SESSION_ID%}}"
"""What Prolific fills in and the page passes on to the server."""


def prolific_study(study: Study, address: str, completion: Completion, reward: int) -> str:
    """Returns the study as JSON.

    Args:
        study: what is asked.
        address: of ``listen serve``, which gives every participant a place of their own.
        completion: the code that proves that one finished.
        reward: for a participant, in the smallest unit of the account's currency (cents, pence).

    Raises:
        UserError: the address is none that participants can reach, or there is no code.
    """
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.netloc or parts.query or parts.fragment:
        raise UserError(f"--address is {address[:80]!r}; one such as https://example.org/listen/ is expected.")
    if completion.code is None:
        raise UserError("Prolific takes its participants back with a completion code: give one with --code.")
    fields = {
        "name": study.title,
        "description": study.consent,
        "external_study_url": f"{address.rstrip('/')}/?{PARAMETERS}",
        "prolific_id_option": "url_parameters",
        "completion_codes": [
            {"code": completion.code, "code_type": "COMPLETED", "actions": [{"action": "MANUALLY_REVIEW"}]}
        ],
        "total_available_places": len(study.sessions),
        "estimated_completion_time": minutes(study),
        "reward": reward,
        "device_compatibility": ["desktop", "mobile", "tablet"],
        "peripheral_requirements": ["audio"],
    }
    return json.dumps(fields, indent=1, ensure_ascii=False) + "\n"
