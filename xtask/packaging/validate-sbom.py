"""Validates bills of materials against the schema of CycloneDX 1.6."""

import pathlib
import sys

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

validator = JsonStrictValidator(SchemaVersion.V1_6)
for name in sys.argv[1:]:
    error = validator.validate_str(pathlib.Path(name).read_text(encoding="utf-8"))
    if error:
        sys.exit(f"{name}: {error}")
    print(f"{name}: valid CycloneDX 1.6")
if len(sys.argv) == 1:
    sys.exit("no bill of materials is named")
