#!/usr/bin/env bash
# Makes the keys of a constellation with openssl: one folder per issuer, with everyone's public key,
# the issuer's own private one, and a master key. Refuses to touch a folder that
# exists: a lost master key cannot be made again.
#
#   scripts/keys.sh FOLDER
set -euo pipefail

services=(claims personas experimentation messaging payments)
folder=${1:?usage: scripts/keys.sh FOLDER}

if [[ -e $folder ]]; then
  echo "keys: $folder exists; nothing was changed" >&2
  exit 1
fi
umask 077
for issuer in operator "${services[@]}"; do
  mkdir -p "$folder/$issuer"
  openssl genpkey -algorithm ed25519 -out "$folder/$issuer/$issuer.key.pem"
  openssl pkey -in "$folder/$issuer/$issuer.key.pem" -pubout -out "$folder/$issuer.pub.pem"
done
for issuer in operator "${services[@]}"; do
  cp "$folder"/*.pub.pem "$folder/$issuer/"
done
# What seals nothing needs one too: the tools derive from it what they then leave unused. The portal seals
# its cookies and signs nothing.
mkdir -p "$folder/portal"
for issuer in operator portal "${services[@]}"; do
  openssl rand -hex 32 >"$folder/$issuer/master.key"
done
rm "$folder"/*.pub.pem
echo "keys: $folder holds one folder per service, and operator for who signs staff tokens"
