"""What was published of the generalist dilemma, as claims about two ways of training, and what this study says of each.

The published numbers are those of Omni2Sound (Dai et al., 2026) on VGGSound-Omni, from notes on the paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from .summary import Number, Summary

Verdict = Literal["confirmed", "not seen", "opposite", "one seed only", "not measured", "not run"]


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One way of training is better than another on a track."""

    finding: int
    better: str  # an arm
    worse: str  # an arm
    track: str
    metric: str
    published: str  # the numbers in print, worse to better


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A claim and what was found."""

    claim: Claim
    difference: Number | None  # positive: as published
    ran: bool  # whether both ways of training are evaluated on the track, with the same seeds

    @property
    def verdict(self) -> Verdict:
        """Confirmed or opposite if the interval excludes 0; one training each tells nothing of others."""
        if self.difference is None:
            return "not measured" if self.ran else "not run"
        if self.difference.seeds < 2:
            return "one seed only"
        return "confirmed" if self.difference.low > 0 else "opposite" if self.difference.high < 0 else "not seen"


FINDINGS: Final[dict[int, str]] = {
    1: "Without a bridge, more text helps T2A and harms V2A",
    2: "The bridge is better on T2A and V2A at once, at a T2A share of .10",
    3: "Only captions that are right are a bridge",
    4: "Stage 1 before stage 2 is better than stage 2 alone",
    5: "Stage 3 merged into stage 2 harms V2A",
    6: "Stage 3 after stage 2 helps V2A and off-screen sound",
    7: "Stage 3 costs a little on VT2A and T2A",
}

_PUBLISHED: Final = (
    Claim(finding=1, better="apart-40", worse="apart-20", track="t2a", metric="fad", published="FAD 1.36, 1.06"),
    Claim(finding=1, better="apart-20", worse="apart-40", track="v2a", metric="fad", published="FAD 0.62, 0.56"),
    Claim(finding=2, better="bridge", worse="apart-40", track="t2a", metric="fad", published="FAD 1.06, 0.94"),
    Claim(finding=2, better="bridge", worse="apart-20", track="v2a", metric="fd", published="FD ?, 3.61"),
    Claim(finding=3, better="bridge", worse="poor-bridge", track="t2a", metric="fad", published="FAD 1.13, 0.94"),
    Claim(finding=4, better="s1-s2", worse="bridge", track="vt2a", metric="fd", published="FD 4.40, 2.83"),
    Claim(finding=4, better="s1-s2", worse="bridge", track="vt2a", metric="fad", published="FAD 0.63, 0.53"),
    Claim(finding=5, better="s1-s2", worse="s1-s2s3", track="v2a", metric="fd", published="FD 3.81, 3.61"),
    Claim(finding=6, better="s1-s2-s3", worse="s1-s2", track="v2a", metric="fd", published="FD 3.61, 3.41"),
    Claim(finding=6, better="s1-s2-s3", worse="s1-s2", track="offscreen", metric="fad", published="FAD 0.97, 0.85"),
    Claim(finding=6, better="s1-s2-s3", worse="s1-s2", track="offscreen", metric="kl", published="KL 1.46, 1.39"),
    Claim(finding=7, better="s1-s2", worse="s1-s2-s3", track="vt2a", metric="fd", published="FD 2.95, 2.83"),
    Claim(finding=7, better="s1-s2", worse="s1-s2-s3", track="t2a", metric="fad", published="FAD 1.01, 0.94"),
)
"""As the paper measures it."""

_TRUTH: Final = (
    (1, "apart-40", "apart-20", "t2a", "event_f1"),
    (1, "apart-20", "apart-40", "v2a", "av_f1"),
    (2, "bridge", "apart-40", "t2a", "event_f1"),
    (2, "bridge", "apart-20", "v2a", "av_f1"),
    (3, "bridge", "poor-bridge", "t2a", "event_f1"),
    (3, "bridge", "poor-bridge", "vt2a", "av_f1"),
    (4, "s1-s2", "bridge", "vt2a", "av_f1"),
    (5, "s1-s2", "s1-s2s3", "v2a", "av_f1"),
    (6, "s1-s2-s3", "s1-s2", "v2a", "av_f1"),
    (6, "s1-s2-s3", "s1-s2", "offscreen", "event_f1"),
    (6, "s1-s2-s3", "s1-s2", "conflict", "leak"),
    (7, "s1-s2", "s1-s2-s3", "vt2a", "av_f1"),
    (7, "s1-s2", "s1-s2-s3", "t2a", "event_f1"),
)
"""The same by FoleyWorld's truth, which nobody has published."""

CLAIMS: Final = sorted(
    (
        *_PUBLISHED,
        *(
            Claim(finding=number, better=better, worse=worse, track=track, metric=metric, published="")
            for number, better, worse, track, metric in _TRUTH
        ),
    ),
    key=lambda claim: claim.finding,
)


def check(found: Summary) -> list[Checked]:
    """Returns every claim with the difference that the study found."""
    return [
        Checked(
            claim=claim,
            difference=found.difference(claim.better, claim.worse, claim.track, claim.metric),
            ran=found.alike(claim.better, claim.worse, claim.track),
        )
        for claim in CLAIMS
    ]
