"""Random module programs, run in torch and followed from source: every disagreement is printed.

    python -m benchmarks.differential                          # 20,000 programs
    python -m benchmarks.differential --count 500 --first 7000
    python -m benchmarks.differential --show 133               # one program, made as short as it goes

Exit status 1 if a program crashed either front end, or disagreed without standing in `known.py`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import torch

from .known import known
from .programs import Drawn, draw
from .running import outcome, smaller


def main() -> int:
    torch.set_num_threads(1)
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        if arguments.show is not None:
            return _show(arguments.show, Path(folder))
        return _run(range(arguments.first, arguments.first + arguments.count), Path(folder))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--first", type=int, default=0, help="seed of the first program")
    parser.add_argument(
        "--show", type=int, help="print the program of this seed, without what does not matter"
    )
    return parser.parse_args()


def _run(seeds: range, folder: Path) -> int:
    counts: Counter[str] = Counter()
    start, failed = time.process_time(), False
    for seed in seeds:
        drawn = draw(seed)
        judged = outcome(drawn, folder)
        reason = known(drawn, judged)
        counts[f"known: {reason}" if reason else judged.kind] += 1
        if judged.kind not in ("agreed", "invalid") and not reason:
            failed = True
            print(f"{seed}: {judged.kind}: {judged.detail}", flush=True)
    for kind, count in counts.most_common():
        print(f"{count:6} {kind}")
    print(f"{len(seeds)} programs, {time.process_time() - start:.0f} s of CPU time")
    return int(failed)


def _show(seed: int, folder: Path) -> int:
    drawn = draw(seed)
    judged = outcome(drawn, folder)

    def same(candidate: Drawn) -> bool:
        try:
            compile(candidate.text, "candidate", "exec")
        except SyntaxError:
            return False
        return outcome(candidate, folder).kind == judged.kind

    print(smaller(drawn, same).text if judged.kind != "agreed" else drawn.text)
    print(f"# {judged.kind}: {judged.detail}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
