"""``package.py FOLDER``: what frictionless thinks of the tables of a data package, as JSON."""

import json
import sys
from pathlib import Path

from frictionless import Package

folder = Path(sys.argv[1])
described = json.loads((folder / "datapackage.json").read_text())
# It cannot tell the size of Parquet files, nor read JSON Lines without rows; other oracles read those.
described["resources"] = [resource for resource in described["resources"] if resource.get("type") == "table"]
report = Package.from_descriptor(described, basepath=str(folder)).validate()
print(
    json.dumps(
        {
            "valid": report.valid,
            "tables": [task.name for task in report.tasks],
            "errors": [[task.name, error.type] for task in report.tasks for error in task.errors]
            + [["package", error.type] for error in report.errors],
        }
    )
)
