#!/usr/bin/env bash
# Tests from outside: starts `kulanz dev` with the sample in memory and calls it as a stranger would, with
# grpcurl (or buf curl) and no proto files: what is offered, good calls, and every kind of bad one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/grpcurl/call.sh
source tests/grpcurl/call.sh
# shellcheck source=tests/grpcurl/claims.sh
source tests/grpcurl/claims.sh

data=$(mktemp -d)
kulanz=${CARGO_TARGET_DIR:-target}/debug/kulanz
server=""

stop() {
  [[ -n $server ]] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
  rm -rf "$data"
}
trap stop EXIT

# Three ports in a row on which nobody listens.
free_ports() {
  local port offset taken
  while true; do
    port=$((20000 + RANDOM % 20000))
    taken=no
    for offset in 0 1 2; do
      if (exec 3<>"/dev/tcp/127.0.0.1/$((port + offset))") 2>/dev/null; then taken=yes; fi
    done
    [[ $taken == no ]] && echo "$port" && return
  done
}

start() {
  local port attempt
  port=$(free_ports)
  address=127.0.0.1:$port
  export KULANZ__GRPC__LISTEN=$address
  export KULANZ__PORTAL__LISTEN=127.0.0.1:$((port + 1))
  export KULANZ__INBOX__LISTEN=127.0.0.1:$((port + 2))
  export KULANZ__SERVICES__CLAIMS=http://$address
  export KULANZ__AUTH__KEYS=$data/keys
  "$kulanz" dev --sample --memory --seed 7 --data "$data" >"$data/log" 2>&1 &
  server=$!
  for attempt in {1..600}; do
    # The last line of the summary: everything before it has happened.
    grep -q 'Ctrl-C ends it' "$data/log" && return
    kill -0 "$server" 2>/dev/null || break
    sleep 0.2
  done
  echo "kulanz dev did not become ready (attempt $attempt):" >&2
  cat "$data/log" >&2
  exit 1
}

# token ROLE [FLAG...]: a bearer token from the operator's key.
token() {
  local role=$1
  shift
  "$kulanz" token --role "$role" "$@"
}

# A new request_id.
request_id() {
  cat /proc/sys/kernel/random/uuid
}

cargo build --quiet --package kulanz
start
admin=$(cat "$data/token")
tenant=$(sed -n 's/^tenant = "\(.*\)"/\1/p' "$data/dev.toml")
echo "calling $address, $(head -c 60 < <(grep '^portfolio' "$data/log"))"

# What is offered.
offered=$(services)
for service in $claims kulanz.personas.v1.PersonasService kulanz.messaging.v1.MessagingService \
  kulanz.payments.v1.PaymentsService kulanz.experimentation.v1.ExperimentationService \
  grpc.health.v1.Health; do
  if grep -qx "$service" <<<"$offered"; then good=yes; else good=no; fi
  report "$good" "reflection lists $service" "$offered"
done
described=$(describe "$claims.GetStatement")
if grep -q GetStatement <<<"$described"; then good=yes; else good=no; fi
report "$good" "reflection describes a call" "$described"
answers "the whole is healthy" SERVING grpc.health.v1.Health/Check '{}'

# Good calls, along the walk.
listed=$(call $claims/ListClaims '{"page_size": 1}' "$admin")
claim=$(field claimId <<<"$listed")
debtor=$(field debtorId <<<"$listed")
next_page=$(field nextPageToken <<<"$listed")
answers "a claim is read" "\"claimId\": *\"$claim\"" $claims/GetClaim "{\"claim_id\": \"$claim\"}" "$admin"
answers "a statement names its norms" '§' $claims/GetStatement "{\"claim_id\": \"$claim\"}" "$admin"
answers "a debtor has a persona" probabilit kulanz.personas.v1.PersonasService/GetPersona \
  "{\"debtor_id\": \"$debtor\"}" "$admin"
answers "decisions carry their probability" jointPropensity \
  kulanz.experimentation.v1.ExperimentationService/ListDecisions '{}' "$admin"
experimentation=kulanz.experimentation.v1.ExperimentationService
policy=$(call $experimentation/ListPolicies '{"page_size": 1}' "$admin" | field policyId)
etag=$(call $experimentation/GetPolicy "{\"policy_id\": \"$policy\"}" "$admin" | field etag)
refuses "of a log without known outcomes nothing is evaluated" NO_MATURED_OUTCOME $experimentation/EvaluatePolicy \
  "{\"policy_id\": \"$policy\"}" "$admin"
refuses "a window runs forward" 'later than' $experimentation/EvaluatePolicy \
  "{\"policy_id\": \"$policy\", \"from\": \"2026-02-01T00:00:00Z\", \"until\": \"2026-01-01T00:00:00Z\"}" "$admin"
refuses "the static policy is not promoted" POLICY_STATE $experimentation/PromotePolicy \
  "{\"request_id\": \"$(request_id)\", \"policy_id\": \"$policy\", \"etag\": \"$etag\"}" "$admin"
refuses "a policy that changed since is not promoted" ETAG_MISMATCH $experimentation/PromotePolicy \
  "{\"request_id\": \"$(request_id)\", \"policy_id\": \"$policy\", \"etag\": \"other\"}" "$admin"
decided=$(call $experimentation/ListDecisions '{}' "$admin" | field debtorId)
answers "groups are compared by how they were treated" harsh_tone $experimentation/AnalyzeParity \
  "{\"debtor_id\": \"$decided\", \"group\": \"first\"}" "$admin"
refuses "a person without a group is named" '.0..group' $experimentation/AnalyzeParity \
  "{\"debtor_id\": \"$decided\"}" "$admin"
answers "messages were scheduled or sent" messageId kulanz.messaging.v1.MessagingService/ListMessages \
  '{"page_size": 1}' "$admin"
answers "a claim can be paid by transfer" IBAN\|iban kulanz.payments.v1.PaymentsService/ListPaymentOptions \
  "{\"claim_ids\": [\"$claim\"]}" "$admin"
answers "a page leads to the next one" claimId $claims/ListClaims \
  "{\"page_size\": 2, \"page_token\": \"$next_page\"}" "$admin"

# Who calls. `claim` is another debtor's than the one whose link is opened below.
refuses "no token" TOKEN_MISSING $claims/GetClaim "{\"claim_id\": \"$claim\"}"
refuses "a token of nobody" TOKEN_INVALID $claims/GetClaim "{\"claim_id\": \"$claim\"}" "${admin}x"
analyst=$(token analyst --tenant "$tenant")
refuses "a role without the right" CALL_NOT_ALLOWED $claims/HoldClaim "{\"claim_id\": \"$claim\"}" "$analyst"
other=$(call $claims/CreateTenant "{\"request_id\": \"$(request_id)\", \"tenant\": {
  \"agency_name\": \"Other Agency\", \"register_number\": \"R 1\", \"supervisory_authority\": \"Court\",
  \"contact_email\": \"post@example.org\", \"contact_phone\": \"+49301234567\",
  \"privacy_url\": \"https://example.org/privacy\", \"portal_base_url\": \"https://example.org\",
  \"locale\": \"de\", \"time_zone\": \"Europe/Berlin\",
  \"address\": {\"street\": \"Weg 1\", \"postcode\": \"10115\", \"city\": \"Berlin\", \"country_code\": \"DE\"},
  \"collection_account\": {\"holder\": \"Other Agency\", \"iban\": \"DE89370400440532013000\"}}}" "$admin")
stranger=$(token admin --tenant "$(field tenantId <<<"$other")")
refuses "another tenant's claim is not there" NOT_FOUND $claims/GetClaim "{\"claim_id\": \"$claim\"}" "$stranger"
answers "another tenant sees no claims" '^\{ *\}?$' $claims/ListClaims '{}' "$stranger"

# A debtor opens the link that `kulanz dev` printed: the second factor counts, every letter of the link too.
link=$(sed -n 's|.*/l/\([A-Za-z0-9_-]*\).*|\1|p' "$data/log" | head -n 1)
born=$(sed -nE 's|.*birth date ([0-9]{2})\.([0-9]{2})\.([0-9]{4}).*|{"year": \3, "month": \2, "day": \1}|p' "$data/log" |
  sed -E 's/: 0/: /g')
own=$(sed -n 's/.*"claim_id":"\([^"]*\)".*/\1/p' "$data/log" | head -n 1)
refuses "a tampered link" LINK_INVALID $claims/OpenAccess \
  "{\"token\": \"A${link:1}\", \"birth_date\": $born}"
refuses "a link with another's birth date" SECOND_FACTOR_WRONG $claims/OpenAccess \
  "{\"token\": \"$link\", \"birth_date\": {\"year\": 1901, \"month\": 1, \"day\": 1}}"
session=$(call $claims/OpenAccess "{\"token\": \"$link\", \"birth_date\": $born}" | field sessionToken)
answers "a debtor sees the own statement" '§' $claims/GetStatement "{\"claim_id\": \"$own\"}" "$session"
refuses "a debtor sees no one else's" NOT_FOUND $claims/GetStatement \
  "{\"claim_id\": \"$claim\"}" "$session"
refuses "a debtor may not hold claims" CALL_NOT_ALLOWED $claims/HoldClaim \
  "{\"claim_id\": \"$own\"}" "$session"

# One claim from its import to the end of the person's data.
account
challenged
forgotten

# Bad requests.
refuses "an id of another kind" INVALID_FIELDS\|NOT_FOUND $claims/GetClaim "{\"claim_id\": \"$debtor\"}" "$admin"
refuses "a page token of another query" PAGE_TOKEN_INVALID $claims/ListClaims \
  "{\"page_size\": 1, \"reference\": \"another\", \"page_token\": \"$next_page\"}" "$admin"
refuses "an account with a wrong check digit" 'collection_account.iban' $claims/CreateTenant \
  "{\"request_id\": \"$(request_id)\", \"tenant\": {\"agency_name\": \"X\",
    \"collection_account\": {\"holder\": \"X\", \"iban\": \"DE88370400440532013000\"}}}" "$admin"
refuses "half a bank file" STATEMENT_MALFORMED kulanz.payments.v1.PaymentsService/ImportBankStatement \
  "{\"header\": {\"request_id\": \"$(request_id)\", \"format\": \"BANK_STATEMENT_FORMAT_CAMT053\"}}
   {\"chunk\": \"$(printf '<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>' | base64 --wrap=0)\"}" \
  "$admin"

# Every call of the contracts is there: it answers UNIMPLEMENTED exactly if it stands in the list of those
# that a later version delivers. What only services and debtors may call is not reached from here.
announced=$(sed -n 's|^ *"/\(.*\)",$|\1|p' proto/src/undelivered.rs)
wrong="" reached=0
for method in $(methods | grep '^kulanz\.'); do
  answer=$(readable "$(call "$method" '{}' "$admin" || true)")
  grep -q CALL_NOT_ALLOWED <<<"$answer" && continue
  reached=$((reached + 1))
  listed=no absent=no
  grep -qxF "$method" <<<"$announced" && listed=yes
  grep -qx '.*UNIMPLEMENTED.*' <<<"$answer" && absent=yes
  [[ $listed == "$absent" ]] || wrong+="$method: listed $listed, absent $absent"$'\n'
done
if [[ -z $wrong ]] && ((reached > 50)); then good=yes; else good=no; fi
report "$good" "what is not delivered yet is announced, and nothing else" "$wrong$reached calls reached"

# Writing once.
id=$(request_id)
hold="{\"request_id\": \"$id\", \"claim_id\": \"$claim\", \"kind\": \"HOLD_KIND_MANUAL\", \"reason\": \"test\"}"
first=$(call $claims/HoldClaim "$hold" "$admin")
answers "a repeated write gets the first answer" "$(field holdId <<<"$first")" $claims/HoldClaim "$hold" "$admin"
refuses "another write under the same request_id" REQUEST_ID_REUSED $claims/HoldClaim \
  "${hold/test/other}" "$admin"
answers "a held claim may not be written about" ruleId $claims/CheckOutreach \
  "{\"checks\": [{\"debtor_id\": \"$debtor\", \"claim_ids\": [\"$claim\"],
    \"channel\": \"CHANNEL_EMAIL\", \"purpose\": \"OUTREACH_PURPOSE_COLLECT\"}]}" "$admin"

# Time passes.
short=$(token admin --tenant "$tenant" --lifetime 1m)
answers "a token is good for its time" claimId $claims/GetClaim "{\"claim_id\": \"$claim\"}" "$short"
"$kulanz" clock advance 2m >/dev/null
refuses "an expired token" TOKEN_EXPIRED $claims/GetClaim "{\"claim_id\": \"$claim\"}" "$short"

echo "$((checks - failures)) passed, $failures failed"
((failures == 0))
