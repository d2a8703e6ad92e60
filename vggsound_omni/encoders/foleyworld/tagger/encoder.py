"""The tagger as an encoder."""

from __future__ import annotations

from torch import Tensor

from vggsound_omni.encoders.encoder import Outputs
from vggsound_omni.encoders.foleyworld.bundled import HEARING, Bundled
from vggsound_omni.encoders.foleyworld.clips import TAGS
from vggsound_omni.encoders.foleyworld.frontend import log_mel

from .network import Tagger
from .spec import SPEC


class TaggerEncoder(Bundled):
    """Encodes sound to logits of :data:`.clips.TAGS`, an embedding of the clip, and one of every 0.96 s."""

    def __init__(self, device: str = "cpu") -> None:
        super().__init__(SPEC.name, "tagger", HEARING)
        self.classes = TAGS
        self._network = self._load(Tagger(), device)

    def outputs(self, samples: Tensor) -> Outputs:
        """Encodes (batch, n) to ``logits`` (batch, 30), ``embedding`` (batch, 128), ``patches`` (batch, n, 128)."""
        logits, embedding, patches = self._network(log_mel(samples))
        return {"logits": logits, "embedding": embedding, "patches": patches}
