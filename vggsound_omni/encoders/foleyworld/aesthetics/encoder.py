"""The aesthetics regressor as an encoder."""

from __future__ import annotations

from torch import Tensor

from vggsound_omni.encoders.encoder import Outputs
from vggsound_omni.encoders.foleyworld.bundled import HEARING, Bundled
from vggsound_omni.encoders.foleyworld.frontend import log_mel

from .network import AXES, Aesthetics
from .spec import SPEC


class AestheticsEncoder(Bundled):
    """Judges sound on four axes, each from 1 to 10: PQ, PC, CU and CE."""

    def __init__(self, device: str = "cpu") -> None:
        super().__init__(SPEC.name, "aesthetics", HEARING)
        self._network = self._load(Aesthetics(), device)

    def outputs(self, samples: Tensor) -> Outputs:
        """Encodes (batch, samples) to ``pq``, ``pc``, ``cu`` and ``ce``, (batch,) each."""
        return dict(zip(AXES, self._network(log_mel(samples)).T, strict=True))
