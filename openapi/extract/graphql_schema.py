"""MLflow's GraphQL schema. Fields that MLflow resolves with a query of their own are marked."""

import re

# Marks fields that the gateway has to judge in addition to those of the two root types.
RESOLVED = "directive @resolved on FIELD_DEFINITION\n"


def dump() -> dict[str, object]:
    from mlflow.server.graphql.graphql_schema_extensions import schema

    core = schema.graphql_schema
    roots = {core.query_type.name, core.mutation_type.name}
    resolved, fields = set(), {}
    for name, type_ in core.type_map.items():
        if name.startswith("__") or not hasattr(type_, "fields"):
            continue
        graphene = getattr(type_, "graphene_type", None)
        for field in type_.fields:
            fields[f"{name}.{field}"] = str(type_.fields[field].type)
            if name not in roots and hasattr(graphene, f"resolve_{_snake(field)}"):
                resolved.add(f"{name}.{field}")
    return {"schema": _marked(str(schema), resolved), "fields": fields}


def check(older: dict[str, object], newest: dict[str, object]) -> list[str]:
    """Root fields and inputs that only an older version has; the gateway knows the newest version's."""
    return sorted(
        f"GraphQL's {place} is not in the newest version"
        for place in older["fields"]
        if re.match(r"(Query|Mutation|\w+Input)\.", place) and place not in newest["fields"]
    )


def _snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda m: "_" + m.group().lower(), name)


def _marked(sdl: str, resolved: set[str]) -> str:
    out, type_ = [], ""
    for line in sdl.splitlines():
        if start := re.match(r"type (\w+)", line):
            type_ = start.group(1)
        field = re.match(r"  (\w+)[(:]", line)
        out.append(f"{line} @resolved" if field and f"{type_}.{field.group(1)}" in resolved else line)
    return RESOLVED + "\n".join(out) + "\n"
