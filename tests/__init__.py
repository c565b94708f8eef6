"""The tests, which need one image of Amazon's and not the five hundred that moto makes again for every new world."""

import os
from pathlib import Path

os.environ["MOTO_AMIS_PATH"] = str(Path(__file__).parent / "images.json")  # moto reads it when it is imported
