"""`make faults ROUNDS=N SEED=S`: a desk at work, one fault a round, and what it cost. Exit 1 if anything.

round  fault               acknowledged, lost, doubled, wrong
"""

import argparse
import asyncio
import random
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.faults.books import auditor
from tests.faults.faults import FAULTS
from tests.faults.ledger import Ledger
from tests.faults.rounds import play
from tests.running import running_desk

ROUNDS = 10
REPLICAS_EVERY = 3
"""One round in so many has two replicas of every service all along."""
SHOWN_MAX = 8
ENVIRONMENT = {"MAIL_LEASE_S": "6", "BUNDLE_S": "1", "MAIL_TO_ADDRESS_MAX": "1000000"}
"""A mail that a killed sender had taken is due again, and one that others may join leaves, after this: quiet comes
sooner than usual. Its few people write more in an hour than the caps would let pass."""


def drawn(rng: random.Random) -> Iterator[str]:
    """Faults without end, none again before each other has had its turn."""
    while True:
        faults = list(FAULTS)
        rng.shuffle(faults)
        yield from faults


async def campaign(rounds: int, seed: int, logs: Path | None) -> bool:
    """Play the rounds on one desk; whether everything held. Each round is printed as it ends."""
    rng, ledger, sound = random.Random(seed), Ledger(), True
    faults = drawn(rng)
    print(f"seed {seed}, {rounds} rounds", flush=True)
    async with running_desk(environment=ENVIRONMENT) as desk, auditor(desk) as reader:
        for number in range(1, rounds + 1):
            replicas = number % REPLICAS_EVERY == 0
            played = await play(desk, ledger, reader, rng, next(faults), replicas=replicas)
            print(f"{number:>3}  {played.line}", flush=True)
            for finding in played.found[:SHOWN_MAX]:
                print(f"     {finding.kind}: {finding.what}", flush=True)
            sound = sound and not played.found
            if logs and played.found:
                shutil.copytree(desk.state / "logs", logs / str(number), dirs_exist_ok=True)
    print("sound" if sound else "NOT sound", flush=True)
    return sound


def main() -> None:
    """From the command line."""
    parser = argparse.ArgumentParser(description="Faults under load, and what they cost.")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--logs", type=Path, help="where the logs of a round that lost something are kept")
    asked = parser.parse_args()
    sys.exit(not asyncio.run(campaign(asked.rounds, asked.seed, asked.logs)))


if __name__ == "__main__":
    main()
