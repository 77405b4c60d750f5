"""`python -m bench [NAME]`: every benchmark, or the one that is named."""

import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bench import consoles, first_view, live, pages, recolour
from tests.shop import Shop, running_shop

BENCHMARKS: Mapping[str, Callable[[Shop], None]] = {
    "pages": pages.measure,
    "first-view": first_view.measure,
    "configurator": recolour.measure,
    "live": live.measure,
    "consoles": consoles.measure,
}


def main(arguments: Sequence[str]) -> int:
    unknown = [name for name in arguments if name not in BENCHMARKS]
    if unknown:
        print(f"There is no benchmark {unknown[0]}; there are {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder, running_shop(Path(folder)) as shop:
        for name in arguments or BENCHMARKS:
            BENCHMARKS[name](shop)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
