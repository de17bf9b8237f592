"""Counts the lines of answer.txt that are as expected. What lies in the workspace is read, and never run."""

import json
import pathlib
import sys
import time

if pathlib.Path("slow").exists():
    time.sleep(60)
if pathlib.Path("broken").exists():
    sys.exit("this judge is broken")
expected = pathlib.Path(sys.argv[1]).read_text().split()
answer = pathlib.Path("answer.txt")
lines = answer.read_text().split() if answer.is_file() else []
answer.unlink(missing_ok=True)
print("judged")
print(json.dumps({"reward": sum(a == b for a, b in zip(lines, expected)) / len(expected)}))
