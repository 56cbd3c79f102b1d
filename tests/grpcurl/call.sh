# Calls from outside, sourced by run.sh: one spelling for grpcurl and, where that cannot be had, buf curl.
# shellcheck shell=bash

# Set by run.sh before the first call.
address=""
failures=0
checks=0

# call METHOD [JSON] [TOKEN]: the answer, or the error as JSON, on standard output.
call() {
  local method=$1 body=${2:-"{}"} token=${3:-}
  local headers=()
  [[ -n $token ]] && headers=(-H "authorization: Bearer $token")
  if command -v grpcurl >/dev/null; then
    grpcurl -plaintext -format-error -max-time 60 "${headers[@]}" -d @ "$address" "$method" <<<"$body" 2>&1
  else
    buf curl --protocol grpc --http2-prior-knowledge "${headers[@]}" --data @- \
      "http://$address/$method" <<<"$body" 2>&1
  fi
}

# services: the full names of all services, by reflection.
services() {
  if command -v grpcurl >/dev/null; then
    grpcurl -plaintext "$address" list
  else
    buf curl --protocol grpc --http2-prior-knowledge --list-services "http://$address"
  fi
}

# methods: the full names of all calls, SERVICE/METHOD.
methods() {
  if command -v grpcurl >/dev/null; then
    services | while read -r service; do
      grpcurl -plaintext "$address" list "$service" | sed 's|\.\([A-Za-z]*\)$|/\1|'
    done
  else
    buf curl --protocol grpc --http2-prior-knowledge --list-methods "http://$address"
  fi
}

# describe SYMBOL: its definition, by reflection.
describe() {
  if command -v grpcurl >/dev/null; then
    grpcurl -plaintext "$address" describe "$1"
  else
    buf curl --protocol grpc --http2-prior-knowledge --list-methods "http://$address"
  fi
}

# field NAME: the first string or number of this name in the JSON on standard input.
# Everything is read, so that whoever writes it is not cut off (SIGPIPE).
field() {
  sed -n "s/.*\"$1\": *\"\{0,1\}\([^\",]*\)\"\{0,1\}.*/\1/p" | sed -n 1p
}

# The text of an answer together with what its details say: they may come as encoded messages.
readable() {
  local encoded
  printf '%s\n' "$1"
  { grep -oE '[A-Za-z0-9+/]{24,}={0,2}' <<<"$1" || true; } | while read -r encoded; do
    base64 --decode <<<"$encoded" 2>/dev/null | tr -c '[:print:]' '\n' || true
    echo
  done
}

report() {
  local good=$1 what=$2 answer=$3
  checks=$((checks + 1))
  if [[ $good == yes ]]; then
    echo "ok    $what"
  else
    failures=$((failures + 1))
    printf 'FAIL  %s\n%s\n' "$what" "$answer"
  fi
}

# answers WHAT PATTERN METHOD JSON TOKEN: the call succeeds and its answer holds the pattern.
answers() {
  local what=$1 pattern=$2 answer good=no
  shift 2
  if answer=$(call "$@") && grep -qE -- "$pattern" <<<"$answer"; then good=yes; fi
  report "$good" "$what" "$answer"
}

# refuses WHAT PATTERN METHOD JSON TOKEN: the call fails and its error holds the pattern.
refuses() {
  local what=$1 pattern=$2 answer good=no
  shift 2
  if ! answer=$(call "$@") && readable "$answer" | grep -E -- "$pattern" >/dev/null; then good=yes; fi
  report "$good" "$what" "$answer"
}
