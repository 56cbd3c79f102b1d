#!/usr/bin/env bash
# Compares the contracts with those of the newest version tag. Before the first tag the main branch is
# the yardstick and a change is only shown: contracts may still move, with an ADR that says why.
set -euo pipefail

tag=$(git tag --list 'v*' --sort=-version:refname | head -n 1)
if [[ -n $tag ]]; then
  exec buf breaking proto --against ".git#tag=$tag,subdir=proto"
fi

if ! git rev-parse --verify --quiet refs/heads/main:proto/kulanz >/dev/null; then
  echo "breaking: nothing to compare with: there is no main branch with contracts here"
  exit 0
fi
if ! buf breaking proto --against '.git#branch=main,subdir=proto'; then
  echo "breaking: the contracts above change main's; say why in docs/adr (a warning until v0.1.0)"
fi
