"""Command line. See README.md."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

OPENAPI = Path(__file__).resolve().parent.parent
VERSIONS = [v for v in (OPENAPI / "extract" / "versions.txt").read_text().split() if v]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m extract")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--all", action="store_true", help="make mlflow.yaml and surfaces/ again")
    what.add_argument("--check", action="store_true", help="fail if --all would change a file")
    what.add_argument("--dump", type=Path, metavar="FILE", help="read the installed MLflow")
    what.add_argument("--merge", type=Path, nargs="+", metavar="FILE", help="dumps -> --out")
    parser.add_argument("--tolerant", action="store_true", help="--dump: list what handwritten.py lacks, and go on")
    parser.add_argument("--out", type=Path, default=OPENAPI, help="where --merge writes")
    args = parser.parse_args()
    if args.dump:
        dump(args.dump, args.tolerant)
    elif args.merge:
        merge(args.merge, args.out)
    else:
        sys.exit(make(check=args.check))


def dump(target: Path, tolerant: bool = False) -> None:
    from .app import load_server
    from . import graphql_schema, tag_keys
    from .operations import ExtractionError, extract

    try:
        server = load_server()
        result = extract(server, tolerant) | {"graphql": graphql_schema.dump()}
        result["tagKeys"] = tag_keys.read(server.package)
    except ExtractionError as error:
        sys.exit(f"{error}\n\nThe table to complete is openapi/extract/handwritten.py")
    target.write_text(json.dumps(result, indent=1) + "\n")
    print(f"MLflow {result['mlflow']}: {len(result['routes'])} routes,", end=" ")
    print(f"{len(result['operations'])} operations, {len(result['schemas'])} schemas")


def merge(dumps: list[Path], out: Path) -> None:
    from .emit import outputs, write
    from .merge import Merge

    merged = Merge([json.loads(path.read_text()) for path in dumps]).run()
    write(outputs(merged), out)
    for note in merged.notes:
        print(note)
    print(f"{len(merged.operations)} operations in all")


def make(check: bool) -> int:
    """Reads each version with its own interpreter: one process cannot import two versions of MLflow."""
    env = os.environ | {"PYTHONPATH": str(OPENAPI), "PYTHONDONTWRITEBYTECODE": "1"}
    with tempfile.TemporaryDirectory() as scratch:
        dumps = []
        for version in VERSIONS:
            dumps.append(str(Path(scratch) / f"{version}.json"))
            python = interpreter(version)
            subprocess.run(
                [python, "-W", "ignore", "-m", "extract", "--dump", dumps[-1]], env=env, check=True
            )
        out = Path(scratch) / "out" if check else OPENAPI
        python = interpreter(VERSIONS[-1])
        subprocess.run(
            [python, "-m", "extract", "--merge", *dumps, "--out", out], env=env, check=True
        )
        return compare(out) if check else 0


def compare(made: Path) -> int:
    names = {str(p.relative_to(made)) for p in made.rglob("*.*")}
    names |= {str(p.relative_to(OPENAPI)) for p in (OPENAPI / "surfaces").rglob("*.json")}
    changed = []
    for name in sorted(names):
        old, new = OPENAPI / name, made / name
        if not old.exists() or not new.exists() or old.read_bytes() != new.read_bytes():
            changed.append(name)
    for name in changed:
        print(f"differs: openapi/{name}")
    return 1 if changed else 0


def interpreter(version: str) -> str:
    """The Python of an environment with this MLflow, which the first use creates."""
    command = ["npm", "exec", "--no", "--", "node", "dev/mlflow-env.ts", version]
    made = subprocess.run(command, cwd=OPENAPI.parent, check=True, stdout=subprocess.PIPE, text=True)
    return made.stdout.strip()


main()
