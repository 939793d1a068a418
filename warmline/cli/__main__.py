from __future__ import annotations

from warmline.cli import main

main()
