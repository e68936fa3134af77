"""Mines the lines of a JSON file with Drain3 as it comes, and prints lines a second of processor time."""

import json
import logging
import sys
import time

from drain3 import TemplateMiner

logging.disable(logging.CRITICAL)


def lines_a_second(miner, lines):
    started = time.process_time()
    for line in lines:
        miner.add_log_message(line)
    return len(lines) / (time.process_time() - started)


with open(sys.argv[1], encoding="utf-8") as file:
    all_lines = json.load(file)
known = TemplateMiner()
cold = lines_a_second(known, all_lines)
print(json.dumps({"cold": cold, "warm": lines_a_second(known, all_lines)}))
