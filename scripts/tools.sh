#!/usr/bin/env bash
# Installs the pinned developer tools named as arguments into one folder outside the source tree, so
# that nothing global changes and every machine runs the same versions.
#
#   scripts/tools.sh grpcurl helm buf kubernetes-validate cargo-deny
#
# Each tool comes from the package manager of its own language. A version that is already there
# costs nothing; a new version gets a folder of its own.
set -euo pipefail

tools=${KULANZ_TOOLS:-$HOME/.cache/kulanz/tools}

grpcurl_version=1.9.3
helm_version=4.2.4
buf_version=1.75.0
kubernetes_validate_version=1.37.0
cargo_deny_version=0.20.2
vowpalwabbit_version=9.11.9

need() {
  command -v "$1" >/dev/null || {
    echo "tools: $2 is built with '$1', which is not installed: $3" >&2
    exit 1
  }
}

# Makes the programs of one installed version the current ones.
link() {
  mkdir -p "$tools/bin"
  local program
  for program in "$@"; do ln -sfn "$program" "$tools/bin/$(basename "$program")"; done
}

go_tool() {
  local name=$1 version=$2 package=$3 home
  home=$tools/$name-$version
  if [[ ! -x $home/$name ]]; then
    need go "$name" "install Go 1.26 or newer (https://go.dev/dl)"
    echo "tools: building $name $version" >&2
    GOBIN=$home GOFLAGS=-trimpath CGO_ENABLED=0 go install "$package@v$version"
  fi
  link "$home/$name"
}

install_grpcurl() {
  go_tool grpcurl "$grpcurl_version" github.com/fullstorydev/grpcurl/cmd/grpcurl
}

install_helm() {
  go_tool helm "$helm_version" helm.sh/helm/v4/cmd/helm
}

install_buf() {
  local home=$tools/buf-$buf_version
  if [[ ! -x $home/node_modules/.bin/buf ]]; then
    need npm buf "install Node.js 20 or newer with npm"
    echo "tools: installing buf $buf_version" >&2
    mkdir -p "$home"
    npm install --silent --no-save --prefix "$home" "@bufbuild/buf@$buf_version" >/dev/null
  fi
  link "$home/node_modules/.bin/buf"
}

install_kubernetes-validate() {
  local home=$tools/kubernetes-validate-$kubernetes_validate_version
  if [[ ! -x $home/bin/kubernetes-validate ]]; then
    need python3 kubernetes-validate "install python3 with its venv module"
    echo "tools: installing kubernetes-validate $kubernetes_validate_version" >&2
    python3 -m venv "$home"
    "$home/bin/pip" install --quiet "kubernetes-validate==$kubernetes_validate_version"
  fi
  link "$home/bin/kubernetes-validate"
}

# The yardstick of the policy's bench; its Python module under a name of its own.
install_vowpalwabbit() {
  local home=$tools/vowpalwabbit-$vowpalwabbit_version
  if [[ ! -x $home/bin/vowpal-python ]]; then
    need python3 vowpalwabbit "install python3 with its venv module"
    echo "tools: installing vowpalwabbit $vowpalwabbit_version" >&2
    python3 -m venv "$home"
    "$home/bin/pip" install --quiet --only-binary :all: "vowpalwabbit==$vowpalwabbit_version"
    printf '#!/bin/sh\nexec "%s" "$@"\n' "$home/bin/python" >"$home/bin/vowpal-python"
    chmod +x "$home/bin/vowpal-python"
  fi
  link "$home/bin/vowpal-python"
}

# Built without optimisation: it runs for a second and compiles in a third of the time.
install_cargo-deny() {
  local home=$tools/cargo-deny-$cargo_deny_version
  if [[ ! -x $home/bin/cargo-deny ]]; then
    echo "tools: building cargo-deny $cargo_deny_version (some minutes, once)" >&2
    CARGO_TARGET_DIR=$home/build cargo install --quiet --locked --debug --root "$home" \
      "cargo-deny@$cargo_deny_version"
    rm -rf "$home/build"
  fi
  link "$home/bin/cargo-deny"
}

for tool in "$@"; do
  case $tool in
    grpcurl | helm | buf | kubernetes-validate | cargo-deny | vowpalwabbit) "install_$tool" ;;
    *)
      echo "tools: '$tool' is not one of grpcurl, helm, buf, kubernetes-validate, cargo-deny, vowpalwabbit" >&2
      exit 64
      ;;
  esac
done
