#!/usr/bin/env bash
# Checks the Helm chart without a cluster: lint, a render of every example in helm/kulanz/ci, each
# object against the schemas of the oldest and the newest Kubernetes supported, and the refusal of
# values that the schema forbids.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

chart=helm/kulanz
kubernetes_versions=(1.33 1.37)
rendered=$(mktemp --suffix=.yaml)
trap 'rm -f "$rendered"' EXIT

render() { helm template kulanz "$chart" --namespace kulanz "$@"; }

# refuses WHY FLAG...: rendering with these flags must fail.
refuses() {
  local why=$1
  shift
  if render "$@" >/dev/null 2>&1; then
    echo "chart: accepted $why" >&2
    exit 1
  fi
}

# The paths of all settings, as the environment variables that set them.
known_settings() {
  awk -F ' *= *' '
    /^\[/ { gsub(/[][]/, ""); section = toupper($0); gsub(/\./, "__", section) }
    /^[a-z_]+ *=/ { print "KULANZ__" section "__" toupper($1) }
  ' crates/chassis/src/kulanz.default.toml | sort -u
}

# Every variable that a manifest sets must be a setting: a service refuses to start with any other.
check_settings() {
  local unknown
  unknown=$(grep -oE 'KULANZ__[A-Z_]+' "$1" | sort -u | comm -23 - <(known_settings))
  if [[ -n $unknown ]]; then
    echo "chart: not a setting: $unknown" >&2
    exit 1
  fi
}

check_settings deploy/compose.yaml
helm lint --quiet --strict "$chart"
for values in "$chart"/ci/*-values.yaml; do
  helm lint --quiet --strict "$chart" --values "$values"
  render --values "$values" >"$rendered"
  for version in "${kubernetes_versions[@]}"; do
    kubernetes-validate --quiet --strict -k "$version" "$rendered"
  done
  check_settings "$rendered"
  echo "chart: $(basename "$values") renders $(grep -c '^kind:' "$rendered") valid objects"
done

render --set portalRoute.enabled=true --api-versions gateway.networking.k8s.io/v1 |
  grep -q '^kind: HTTPRoute' || { echo "chart: no HTTPRoute where it was asked for" >&2; exit 1; }
refuses "a value that does not exist" --set replicaCount=3
refuses "a service that does not exist" --set services.accounting.enabled=true
refuses "an HTTPRoute without the Gateway API" --set portalRoute.enabled=true
