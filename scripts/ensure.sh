#!/usr/bin/env bash
# Makes sure that what a make target needs from the system is there: installs what is missing with
# apt where that exists (as root or through sudo), and otherwise says exactly what to install.
#
#   scripts/ensure.sh run     a C compiler (SQLite is compiled in)
#   scripts/ensure.sh test    also PostgreSQL and Redis: the tests start private ones of their own
#   scripts/ensure.sh ci      also Go, npm and Python: the tools of scripts/tools.sh come through them
set -euo pipefail

packages=()
wanted=()

# missing WHAT PACKAGE...: notes what a person would call it and the Debian packages that bring it.
missing() {
  wanted+=("$1")
  shift
  packages+=("$@")
}

has() { command -v "$1" >/dev/null; }

# Where the tests look for the server's programs.
has_postgresql() {
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

# Older releases cannot fetch the toolchain that a module asks for.
has_go() {
  has go && [[ $(go env GOVERSION) =~ ^go1\.([0-9]+) ]] && ((BASH_REMATCH[1] >= 21))
}

check_run() {
  has cc || missing "a C compiler" build-essential
  has pkg-config || missing "pkg-config" pkg-config
}

check_test() {
  check_run
  has_postgresql || missing "PostgreSQL 15 or newer in /usr/lib/postgresql" postgresql
  { has redis-server && has redis-cli; } || missing "Redis 7 (redis-server, redis-cli)" redis-server
}

check_ci() {
  check_test
  has git || missing "git" git
  has_go || missing "Go 1.21 or newer" golang-go
  has npm || missing "Node.js with npm" nodejs npm
  python3 -c 'import ensurepip' 2>/dev/null || missing "Python 3 with venv" python3-venv
  has shellcheck || missing "ShellCheck" shellcheck
}

as_root() {
  if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

install_packages() {
  ((${#packages[@]} == 0)) && return
  echo "ensure: missing: $(printf '%s; ' "${wanted[@]}")" >&2
  if ! has apt-get || { ((EUID != 0)) && ! has sudo; }; then
    echo "ensure: install them, then try again (Debian's names: ${packages[*]})" >&2
    exit 1
  fi
  echo "ensure: installing ${packages[*]}" >&2
  local log
  log=$(mktemp)
  if ! {
    as_root apt-get update &&
      as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
        ca-certificates "${packages[@]}"
  } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "ensure: apt-get failed, see $log" >&2
    exit 1
  fi
  rm -f "$log"
}

# What the distribution brings can still be too old; that no package manager can mend.
verify() {
  packages=() wanted=()
  "check_$1"
  if ((${#wanted[@]} > 0)); then
    echo "ensure: still missing after installation: $(printf '%s; ' "${wanted[@]}")" >&2
    exit 1
  fi
}

purpose=${1:-run}
case $purpose in
  run | test | ci) ;;
  *)
    echo "ensure: '$purpose' is not one of run, test, ci" >&2
    exit 64
    ;;
esac

has cargo || {
  echo "ensure: cargo is missing: install Rust with rustup (https://rustup.rs)" >&2
  exit 1
}
"check_$purpose"
install_packages
verify "$purpose"
