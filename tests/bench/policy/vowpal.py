"""Vowpal Wabbit on the contexts of the bench: microseconds for one prediction, and for learning from one.

Usage: vowpal.py INPUT.json; prints one JSON object. Examples are parsed before the clock starts.
"""

import json
import random
import sys
import time

from vowpalwabbit import Workspace

SEED = 7
ACTION_FEATURES = "-q ca -q aa"


def shared(context):
    return " ".join(f"{name}:{value}" for name, value in context)


def slates(context, factors):
    lines = [f"slates shared |c {shared(context)}"]
    for slot, levels in enumerate(factors):
        lines += [f"slates action {slot} |a l{slot}_{level}" for level in range(levels)]
    return lines + ["slates slot |s x"] * len(factors)


def labelled_slates(context, factors, chosen, cost):
    lines = slates(context, factors)
    lines[0] = f"slates shared {cost} |c {shared(context)}"
    slots = [f"slates slot {level}:{1 / levels} |s x" for level, levels in zip(chosen, factors)]
    return lines[: -len(factors)] + slots


def candidates(context, factors, count, dice):
    lines = [f"shared |c {shared(context)}"]
    for _ in range(count):
        action = " ".join(f"l{slot}_{dice.randrange(levels)}" for slot, levels in enumerate(factors))
        lines.append(f"|a {action}")
    return lines


def labelled_candidates(lines, cost, dice):
    at = 1 + dice.randrange(len(lines) - 1)
    return lines[:at] + [f"0:{cost}:{1 / (len(lines) - 1)} {lines[at]}"] + lines[at + 1 :]


def clock(workspace, examples, act):
    times = []
    for lines in examples:
        parsed = workspace.parse(lines)
        start = time.perf_counter()
        act(parsed)
        times.append((time.perf_counter() - start) * 1e6)
        workspace.finish_example(parsed)
    times.sort()
    return {"p50": times[len(times) // 2], "p99": times[len(times) * 99 // 100]}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        given = json.load(file)
    contexts, factors = given["contexts"], given["factors"]
    dice = random.Random(SEED)
    cost = lambda: -float(dice.random() < 0.1)
    result = {}

    workspace = Workspace(f"--slates --quiet --random_seed {SEED} {ACTION_FEATURES}")
    labelled = [
        labelled_slates(context, factors, [dice.randrange(levels) for levels in factors], cost())
        for context in contexts
    ]
    result["slates learn"] = clock(workspace, labelled, workspace.learn)
    plain = [slates(context, factors) for context in contexts]
    result["slates predict"] = clock(workspace, plain, workspace.predict)
    workspace.finish()

    for count, rounds in ((40, len(contexts)), (1000, 100)):
        workspace = Workspace(
            f"--cb_explore_adf --squarecb --quiet --random_seed {SEED} {ACTION_FEATURES}"
        )
        plain = [candidates(context, factors, count, dice) for context in contexts[:rounds]]
        labelled = [labelled_candidates(lines, cost(), dice) for lines in plain]
        result[f"squareCB {count} learn"] = clock(workspace, labelled, workspace.learn)
        result[f"squareCB {count} predict"] = clock(workspace, plain, workspace.predict)
        workspace.finish()
    print(json.dumps(result))


main()
