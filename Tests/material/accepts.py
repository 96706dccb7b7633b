"""What the library jsonschema says of values: an answer for each, the reason that it is refused for, or null.

Usage: accepts.py FILE, which has {"schema": ..., "instances": [...]}.
"""

import json
import sys

import jsonschema

with open(sys.argv[1], encoding="utf-8") as file:
    given = json.load(file)
checker = jsonschema.validators.validator_for(given["schema"])
checker.check_schema(given["schema"])
validator = checker(given["schema"])
errors = (jsonschema.exceptions.best_match(validator.iter_errors(instance)) for instance in given["instances"])
print(json.dumps([error and f"{error.json_path}: {error.message}" for error in errors]))
