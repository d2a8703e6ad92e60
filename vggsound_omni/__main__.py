"""``python -m vggsound_omni`` is ``omni-bench``."""

from vggsound_omni.cli import main

if __name__ == "__main__":
    main()
