"""Break the models and count who notices.

    cd tests/python && python -m laboratory ../../target --mutants 400

The target folder is that of a `dbt build` of the sample into the database that the
PG* variables name; nothing is written there. Standard output gets one JSON object per
mutant, standard error the counts.
"""

import argparse
import json
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path

import psycopg
from oracle.raw import sample as sample_rows

from .compiled import Compiled, load_target
from .mutants import Mutant, mutated, parse
from .mutation import (
    SURVIVED,
    Bench,
    Verdict,
    all_mutants,
    judge_on_platforms,
    sample,
)


def judge_all(compiled: Compiled, chosen: list[Mutant]) -> list[Verdict]:
    """Judge mutants in one session; a process's share of the work."""
    raw = sample_rows()
    with psycopg.connect() as session:
        bench = Bench(session, compiled, raw)
        verdicts: list[Verdict] = []
        for number, mutant in enumerate(chosen, start=1):
            verdicts.append(bench.judge(mutant))
            if sys.stderr.isatty() and number % 10 == 0:
                sys.stderr.write(f"\r{number} of {len(chosen)}")
        session.rollback()
    return verdicts


def judge_survivors(
    compiled: Compiled, survivors: list[Mutant], platforms: int
) -> list[Verdict]:
    """Judge what the sample does not show on tiny platforms."""
    with psycopg.connect() as session:
        bench = Bench(session, compiled, sample_rows())
        verdicts = judge_on_platforms(
            session, compiled, bench, survivors, range(platforms)
        )
        session.rollback()
    return verdicts


def show(compiled: Compiled, verdicts: list[Verdict]) -> None:
    """Print verdicts with what was changed."""
    for verdict in verdicts:
        mutant = verdict.mutant
        tree = parse(compiled.nodes[mutant.model].sql)
        line = asdict(verdict) | {"change": mutated(tree, mutant.place)[1]}
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Read the arguments, judge, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("target", type=Path, help="folder that dbt build wrote")
    parser.add_argument("--mutants", type=int, default=400, help="how many (400)")
    parser.add_argument(
        "--skip", type=int, default=0, help="leave out the first ones, judged before"
    )
    parser.add_argument("--seed", type=int, default=1, help="which ones (1)")
    parser.add_argument(
        "--models", nargs="*", help="break these alone (all intermediate and mart ones)"
    )
    parser.add_argument("--jobs", type=int, default=2, help="processes (2)")
    parser.add_argument(
        "--platforms", type=int, default=100, help="tiny platforms for survivors (100)"
    )
    arguments = parser.parse_args()
    compiled = load_target(arguments.target)
    everything = [
        mutant
        for mutant in all_mutants(compiled)
        if not arguments.models or mutant.model in arguments.models
    ]
    last = arguments.skip + arguments.mutants
    chosen = sample(everything, last, arguments.seed)[arguments.skip :]
    shares = [chosen[n :: arguments.jobs] for n in range(arguments.jobs)]
    with ProcessPoolExecutor(arguments.jobs) as pool:
        verdicts = [
            verdict
            for share in pool.map(judge_all, [compiled] * len(shares), shares)
            for verdict in share
        ]
    survivors = [v.mutant for v in verdicts if v.noticed_by == SURVIVED]
    verdicts = [v for v in verdicts if v.noticed_by != SURVIVED]
    show(compiled, verdicts)
    last_verdicts = judge_survivors(compiled, survivors, arguments.platforms)
    show(compiled, last_verdicts)
    verdicts += last_verdicts
    sys.stderr.write(f"{len(everything)} mutants possible, {len(chosen)} judged\n")
    for who, count in Counter(v.noticed_by for v in verdicts).most_common():
        sys.stderr.write(f"{count:6} {who}\n")


if __name__ == "__main__":
    main()
