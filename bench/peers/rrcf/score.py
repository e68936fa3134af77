"""Scores each series of a JSON file by a robust random cut forest, and prints the scores as JSON.

The forest is that of the library's own streaming example: 40 trees of 256 points, shingles of 4, the mean collusive
displacement of the newest shingle as its score.
"""

import json
import sys

import numpy as np
import rrcf

TREES, TREE_SIZE, SHINGLE = 40, 256, 4


def scores_of(values):
    np.random.seed(0)
    forest = [rrcf.RCTree() for _ in range(TREES)]
    scores = [0.0] * (SHINGLE - 1)
    for index, point in enumerate(rrcf.shingle(np.array(values, dtype=float), size=SHINGLE)):
        displacement = 0.0
        for tree in forest:
            if len(tree.leaves) > TREE_SIZE:
                tree.forget_point(index - TREE_SIZE)
            tree.insert_point(point, index=index)
            displacement += tree.codisp(index) / TREES
        scores.append(displacement)
    return scores


with open(sys.argv[1], encoding="utf-8") as file:
    series = json.load(file)
print(json.dumps([scores_of(values) for values in series]))
