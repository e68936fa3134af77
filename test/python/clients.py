"""Runs every check of one module: clients.py MODULE. The stack is in SLUICE_BASE and SLUICE_ADMIN."""

import importlib
import inspect
import sys

module = importlib.import_module(sys.argv[1])
for name, check in inspect.getmembers(module, inspect.isfunction):
    if check.__module__ == module.__name__ and not inspect.signature(check).parameters:
        check()
        print(name.replace("_", " "), flush=True)
