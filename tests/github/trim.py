"""Makes openapi.json, the part of GitHub's published description that Krampus' requests are checked against.

    npm pack @octokit/openapi@23.0.2
    python -m tests.github.trim octokit-openapi-23.0.2.tgz

The source is @octokit/openapi, MIT licensed, © Octokit contributors. Only requests are kept: query parameters and
bodies, with all references resolved. What GitHub enforces but does not publish (lengths) is added, and what Krampus
never sends is left out, so that a slip is found.
"""

from __future__ import annotations

import json
import sys
import tarfile
from pathlib import Path
from typing import Any

SOURCE = "package/generated/api.github.com.json"
TARGET = Path(__file__).with_name("openapi.json")
REPO = "/repos/{owner}/{repo}"
OPERATIONS = (
    "GET /user",
    "GET /users/{username}",
    "GET /rate_limit",
    f"GET {REPO}",
    f"GET {REPO}/issues",
    f"POST {REPO}/issues",
    f"GET {REPO}/issues/{{issue_number}}",
    f"PATCH {REPO}/issues/{{issue_number}}",
    f"PUT {REPO}/issues/{{issue_number}}/lock",
    f"DELETE {REPO}/issues/{{issue_number}}/lock",
    f"GET {REPO}/issues/{{issue_number}}/comments",
    f"POST {REPO}/issues/{{issue_number}}/comments",
    f"GET {REPO}/issues/comments/{{comment_id}}",
    f"PATCH {REPO}/issues/comments/{{comment_id}}",
    f"GET {REPO}/labels",
    f"POST {REPO}/labels",
    f"GET {REPO}/pulls",
    f"GET {REPO}/pulls/{{pull_number}}",
    f"GET {REPO}/commits",
    f"GET {REPO}/commits/{{ref}}",
    f"GET {REPO}/contents/{{path}}",
    f"GET {REPO}/installation",
    f"GET {REPO}/environments/{{environment_name}}",
    f"GET {REPO}/environments/{{environment_name}}/deployment-branch-policies",
    f"GET {REPO}/rules/branches/{{branch}}",
    f"GET {REPO}/rulesets/{{ruleset_id}}",
    f"GET {REPO}/branches",
    f"GET {REPO}/branches/{{branch}}/protection",
    f"GET {REPO}/codeowners/errors",
    f"GET {REPO}/actions/oidc/customization/sub",
    f"GET {REPO}/actions/permissions/workflow",
    "GET /app",
    "POST /app/installations/{installation_id}/access_tokens",
)
KEPT = ("type", "properties", "required", "items", "enum", "oneOf", "anyOf", "maxLength", "minimum", "maximum")
NEVER_SENT = {"assignee", "milestone", "type", "issue_field_values", "repository_ids"}
LIMITS: dict[str, dict[str, Any]] = {
    "title": {"type": "string", "maxLength": 256},
    "body": {"type": "string", "maxLength": 65_536},
    "labels": {"type": "array", "maxItems": 100, "items": {"type": "string", "maxLength": 50, "pattern": "^[^,]+$"}},
    "assignees": {"type": "array", "maxItems": 10, "items": {"type": "string"}},
    "color": {"type": "string", "pattern": "^[0-9A-Fa-f]{6}$"},
    "description": {"type": "string", "maxLength": 100},
    "name": {"type": "string", "maxLength": 50, "pattern": "^[^,]+$"},
    "per_page": {"type": "integer", "minimum": 1, "maximum": 100},
}


def trim(whole: dict[str, Any]) -> dict[str, Any]:
    """Operation -> its query parameters and its body, as JSON Schemas that allow nothing else."""
    kept = {}
    for name in OPERATIONS:
        verb, path = name.split()
        operation = whole["paths"][path][verb.lower()]
        parameters = [_resolve(one, whole) for one in operation.get("parameters", ())]
        query = {one["name"]: _limit(one["name"], one["schema"], whole) for one in parameters if one["in"] == "query"}
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        kept[name] = {"query": query, "body": _body(content, whole) if content else None}
    return {"source": "@octokit/openapi, MIT", "version": whole["info"]["version"], "operations": kept}


def _body(schema: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    resolved = _resolve(schema, whole)
    fields = {name: one for name, one in resolved["properties"].items() if name not in NEVER_SENT}
    return {
        "type": "object",
        "properties": {name: _limit(name, one, whole) for name, one in fields.items()},
        "required": resolved.get("required", []),
        "additionalProperties": False,
    }


def _limit(name: str, schema: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    plain, ours = _plain(schema, whole), LIMITS.get(name)
    # In a query, `labels` is one string, of another type than ours.
    return ours if ours and plain.get("type", ours["type"]) == ours["type"] else plain


def _plain(schema: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    """A schema without references and words; OpenAPI's `nullable` as JSON Schema writes it."""
    resolved = _resolve(schema, whole)
    plain: dict[str, Any] = {key: value for key, value in resolved.items() if key in KEPT}
    if "properties" in plain:
        plain["properties"] = {name: _plain(one, whole) for name, one in plain["properties"].items()}
        plain["additionalProperties"] = False
    if "items" in plain:
        plain["items"] = _plain(plain["items"], whole)
    for one_of in ("oneOf", "anyOf"):
        if one_of in plain:
            plain[one_of] = [_plain(one, whole) for one in plain[one_of]]
    if resolved.get("nullable"):
        plain.pop("type", None)
        return {"anyOf": [{**plain, **({"type": resolved["type"]} if "type" in resolved else {})}, {"type": "null"}]}
    return plain


def _resolve(schema: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        found: Any = whole
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return schema


def main(archive: Path) -> None:
    """Write openapi.json anew."""
    with tarfile.open(archive) as package:
        member = package.extractfile(SOURCE)
        assert member is not None
        whole = json.load(member)
    TARGET.write_text(json.dumps(trim(whole), indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
