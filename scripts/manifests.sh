#!/usr/bin/env bash
# Renders deploy/kubernetes/kulanz.yaml from the chart, for those who apply manifests without Helm.
# With --check it only tells whether the committed file is what the chart renders now.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

target=deploy/kubernetes/kulanz.yaml

render() {
  echo "# Generated from helm/kulanz by 'make manifests': do not edit."
  helm template kulanz helm/kulanz --namespace kulanz --no-hooks \
    --values deploy/values-manifests.yaml |
    grep -vE '^ *(helm\.sh/chart|app\.kubernetes\.io/managed-by|# Source):'
}

if [[ ${1:-} == --check ]]; then
  if ! diff --unified "$target" <(render); then
    echo "manifests: $target is not what the chart renders: run 'make manifests'" >&2
    exit 1
  fi
else
  mkdir -p "$(dirname "$target")"
  render >"$target"
fi
