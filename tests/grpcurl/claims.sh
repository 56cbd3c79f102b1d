# The life of one claim from outside, sourced by run.sh: its account, what is said against it, and how a
# person's data is handed out and destroyed. Uses the helpers of call.sh and run.sh's request_id.
# shellcheck shell=bash

claims=kulanz.claims.v1.ClaimsService
# Set by run.sh before the first call: tokens of staff and of a debtor.
admin=""
session=""
# Set by account: the claim of the example and whose it is.
example=""
person=""

# awaited PATTERN METHOD JSON TOKEN: the call's answer, once it holds the pattern (events take a moment).
awaited() {
  local pattern=$1 answer attempt
  shift
  for attempt in {1..150}; do
    answer=$(call "$@") && grep -qE -- "$pattern" <<<"$answer" && break
    sleep 0.2
  done
  ((attempt)) && printf '%s\n' "$answer"
}

# day 2026-11-16: a date of the contracts.
day() {
  local year month day
  IFS=- read -r year month day <<<"$1"
  echo "{\"year\": $year, \"month\": ${month#0}, \"day\": ${day#0}}"
}

# kitchen CREDITOR: an import of one claim of 1,200.00 EUR, due 4 November 2024, in default from the 30th.
kitchen() {
  cat <<JSON
{"header": {"request_id": "$(request_id)", "creditor_id": "$1", "source_name": "outside", "schema_version": 1}}
{"row": {"row_number": 2, "row": {"claim_reference": "OUTSIDE-1", "customer_number": "OUTSIDE-1",
  "contract_subject": "Einbauküche", "contract_date": $(day 2024-09-20), "invoice_date": $(day 2024-10-21),
  "due_date": $(day 2024-11-04), "reminder_sent_on": $(day 2024-11-29),
  "principal": {"currency_code": "EUR", "minor_units": 120000},
  "given_name": "Ottilie", "family_name": "Quastenberg", "birth_date": $(day 1984-05-17),
  "address": {"street": "Am Speicher 4", "postcode": "04109", "city": "Leipzig", "country_code": "DE"},
  "email": "ottilie.quastenberg@example.org", "language": "de"}}}
{"finish": {}}
JSON
}

# booked NUMBER DAY EUROS REFERENCE: one entry of a bank's file.
booked() {
  cat <<XML
<Ntry><Amt Ccy="EUR">$3</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>$2</Dt></BookgDt><ValDt><Dt>$2</Dt></ValDt><AcctSvcrRef>OUTSIDE-$1</AcctSvcrRef>
<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>
<NtryDtls><TxDtls><Refs><AcctSvcrRef>OUTSIDE-$1</AcctSvcrRef><EndToEndId>NOTPROVIDED</EndToEndId></Refs>
<RmtInf><Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>$4</Ref></CdtrRefInf></Strd></RmtInf>
</TxDtls></NtryDtls></Ntry>
XML
}

# bank_file IBAN REFERENCE: the four payments of the example, 530.00 EUR, as camt.053.
bank_file() {
  local balance="<Amt Ccy=\"EUR\">%s</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-11-13</Dt></Dt></Bal>"
  cat <<XML
<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
<GrpHdr><MsgId>OUTSIDE</MsgId><CreDtTm>2026-11-13T20:00:00</CreDtTm></GrpHdr>
<Stmt><Id>OUTSIDE</Id><ElctrncSeqNb>1</ElctrncSeqNb><CreDtTm>2026-11-13T20:00:00</CreDtTm>
<Acct><Id><IBAN>$1</IBAN></Id><Ccy>EUR</Ccy></Acct>
XML
  # shellcheck disable=SC2059 # the format is ours
  printf "<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp>$balance<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp>$balance\n" 1000.00 1530.00
  booked 1 2025-02-10 100.00 "$2"
  booked 2 2025-09-01 150.00 "$2"
  booked 3 2026-03-02 80.00 "$2"
  booked 4 2026-08-03 200.00 "$2"
  echo "</Stmt></BkToCstmrStmt></Document>"
}

# The example of a claim through three changes of the base rate, four payments and the fee of an instalment
# plan: imported, paid, agreed on, read.
account() {
  local creditor imported payable file statement fee court wrong="" figure count
  creditor=$(call $claims/ListCreditors '{}' "$admin" | field creditorId)
  imported=$(call $claims/ImportClaims "$(kitchen "$creditor")" "$admin")
  example=$(field claimId <<<"$imported")
  person=$(field debtorId <<<"$imported")
  payable=$(awaited '"reference"' kulanz.payments.v1.PaymentsService/ListPaymentOptions \
    "{\"claim_ids\": [\"$example\"]}" "$admin")
  file=$(bank_file "$(field iban <<<"$payable")" "$(field reference <<<"$payable")" | base64 --wrap=0)
  answers "a bank's file with four payments is booked" '"matchedCount": *"4"' \
    kulanz.payments.v1.PaymentsService/ImportBankStatement \
    "{\"header\": {\"request_id\": \"$(request_id)\", \"format\": \"BANK_STATEMENT_FORMAT_CAMT053\"}}
     {\"chunk\": \"$file\"}" "$admin"
  awaited '"minorUnits": *"53000"' $claims/GetStatement "{\"claim_id\": \"$example\"}" "$admin" >/dev/null
  # An instalment plan made by phone: 0.7 x 51.50 on half of 789.02 (§ 31b RVG), and of the flat sum of 20.00
  # for both fees what the first has not used up, 6.55. Not a cent more, and not a second time.
  fee="\"claim_id\": \"$example\", \"kind\": \"COST_KIND_ARRANGEMENT_FEE\", \"reason\": \"Ratenzahlung vom 16.11.2026\""
  refuses "an instalment fee above the legal one" LAW_REFUSED $claims/BookCost \
    "{\"request_id\": \"$(request_id)\", $fee, \"amount\": {\"currency_code\": \"EUR\", \"minor_units\": 4261}}" "$admin"
  answers "the instalment fee is booked with its norm" 'Nr. 1000 Nr. 2 VV RVG, § 31b RVG' $claims/BookCost \
    "{\"request_id\": \"$(request_id)\", $fee, \"amount\": {\"currency_code\": \"EUR\", \"minor_units\": 4260}}" "$admin"
  refuses "an instalment fee a second time" LAW_REFUSED $claims/BookCost \
    "{\"request_id\": \"$(request_id)\", $fee, \"amount\": {\"currency_code\": \"EUR\", \"minor_units\": 1}}" "$admin"
  court="\"claim_id\": \"$example\", \"kind\": \"COST_KIND_COURT_FEE\", \"reason\": \"Mahnbescheid\""
  refuses "a court fee above the table, with what is permitted" '"permitted": *"38.00 EUR"' $claims/BookCost \
    "{\"request_id\": \"$(request_id)\", $court, \"amount\": {\"currency_code\": \"EUR\", \"minor_units\": 3801}}" "$admin"
  refuses "a fee of collection that rises before its two weeks are over" "first_demand_received|LAW_REFUSED" $claims/BookCost \
    "{\"request_id\": \"$(request_id)\", \"claim_id\": \"$example\", \"kind\": \"COST_KIND_BUSINESS_FEE\",
      \"rate\": \"0.9\", \"reason\": \"no answer\"}" "$admin"
  answers "each entry carries what its formula was fed with" '"value": *"1200.00"' $claims/ListEntries \
    "{\"claim_id\": \"$example\"}" "$admin"
  statement=$(call $claims/GetStatement "{\"claim_id\": \"$example\"}" "$admin")
  # Worked out by hand in services/claims/tests/it/example.rs, there with another fee: principal 789.02,
  # interest 14.94, costs 67.25 + 13.45 + 42.60, together 927.26, each day 0.14 more.
  for figure in 78902 1494 12330 92726 53000 4260 14; do
    grep -qE "\"minorUnits\": *\"$figure\"" <<<"$statement" || wrong+="no $figure "
  done
  for figure in 8.37 7.27 6.27 6.52; do
    grep -qE "\"rate\": *\"$figure\"" <<<"$statement" || wrong+="no rate $figure "
  done
  count=$(grep -cE '"kind": *"STATEMENT_LINE_KIND_PAYMENT"' <<<"$statement")
  if [[ -z $wrong && $count == 4 ]]; then good=yes; else good=no; fi
  report "$good" "the statement of the example is right to the cent" "$wrong$count payments $statement"
  refuses "a statement of a day before there was a claim" AS_OF_BEFORE_CLAIM $claims/GetStatement \
    "{\"claim_id\": \"$example\", \"as_of\": $(day 2020-01-01)}" "$admin"
}

# upload CHALLENGE SLOT NAME BASE64...: the messages of an upload.
upload() {
  local challenge=$1 slot=$2 name=$3 piece
  shift 3
  echo "{\"header\": {\"request_id\": \"$(request_id)\", \"challenge_id\": \"$challenge\",
    \"slot\": \"$slot\", \"file_name\": \"$name\"}}"
  for piece in "$@"; do echo "{\"chunk\": \"$piece\"}"; done
}

# What the person says against the claim, what is asked of whom, and the answer.
challenged() {
  local token visit opened challenge question written mebibyte
  token=$(call $claims/CreateAccessLink "{\"request_id\": \"$(request_id)\", \"debtor_id\": \"$person\"}" "$admin" |
    field token)
  visit=$(call $claims/OpenAccess "{\"token\": \"$token\", \"birth_date\": $(day 1984-05-17)}" | field sessionToken)
  opened=$(call $claims/OpenDispute "{\"request_id\": \"$(request_id)\", \"claim_id\": \"$example\",
    \"reason\": \"DISPUTE_REASON_DEFECTIVE\", \"explanation\": \"The doors do not close\"}" "$visit")
  challenge=$(field disputeId <<<"$opened")
  if [[ $challenge == dispute_* ]]; then good=yes; else good=no; fi
  report "$good" "a debtor objects" "$opened"
  answers "from the same second nobody may ask for it" claims.hold.dispute $claims/CheckOutreach \
    "{\"checks\": [{\"debtor_id\": \"$person\", \"claim_ids\": [\"$example\"],
      \"channel\": \"CHANNEL_EMAIL\", \"purpose\": \"OUTREACH_PURPOSE_COLLECT\"}]}" "$admin"
  answers "a debtor shows something" application/pdf $claims/UploadEvidence \
    "$(upload "$challenge" correspondence Brief.pdf "$(printf '%%PDF-1.7\n' | base64)")" "$visit"
  refuses "a program named as a document" EVIDENCE_TYPE $claims/UploadEvidence \
    "$(upload "$challenge" correspondence Brief.pdf "$(printf 'MZ\x90\x00\x03' | base64)")" "$visit"
  mebibyte=$({ printf '%%PDF-1.7\n' && head -c 1048567 /dev/zero; } | base64 --wrap=0)
  refuses "a file beyond the limit" EVIDENCE_TOO_LARGE $claims/UploadEvidence \
    "$(upload "$challenge" correspondence Film.pdf "$mebibyte"{,,,,,,,,,,})" "$visit"
  refuses "another debtor's challenge is not there" NOT_FOUND $claims/GetChallenge \
    "{\"challenge_id\": \"$challenge\"}" "$session"
  question=$(call $claims/AskCreditor "{\"request_id\": \"$(request_id)\", \"claim_id\": \"$example\",
    \"challenge_id\": \"$challenge\", \"text\": \"Was the kitchen inspected?\"}" "$admin" | field questionId)
  answers "the challenge waits for the creditor" CHALLENGE_STATE_WITH_CREDITOR $claims/GetChallenge \
    "{\"challenge_id\": \"$challenge\"}" "$admin"
  if call $claims/GetChallenge "{\"challenge_id\": \"$challenge\"}" "$visit" | grep -q inspected; then good=no; else good=yes; fi
  report "$good" "what the creditor is asked is not the debtor's to read" inspected
  answers "the creditor answers" "$question" $claims/AnswerQuestion \
    "{\"request_id\": \"$(request_id)\", \"question_id\": \"$question\", \"answer\": \"Yes, it was.\"}" "$admin"
  refuses "an answered question is answered once" QUESTION_ANSWERED $claims/AnswerQuestion \
    "{\"request_id\": \"$(request_id)\", \"question_id\": \"$question\", \"answer\": \"No.\"}" "$admin"
  refuses "a decision needs an answer for the person" resolution $claims/ResolveChallenge \
    "{\"request_id\": \"$(request_id)\", \"challenge_id\": \"$challenge\",
      \"outcome\": \"CHALLENGE_STATE_REJECTED\", \"reason\": \"seen\"}" "$admin"
  answers "a decision answers the person with a date" decidedAt $claims/ResolveChallenge \
    "{\"request_id\": \"$(request_id)\", \"challenge_id\": \"$challenge\", \"resolution\": \"The doors were mended.\",
      \"outcome\": \"CHALLENGE_STATE_REJECTED\", \"reason\": \"papers seen\"}" "$admin"
  written="{\"debtor_id\": \"$person\"}"
  awaited 'doors were mended' kulanz.messaging.v1.MessagingService/ListMessages "$written" "$admin" >/dev/null
  answers "the decision is written to the debtor" 'doors were mended' \
    kulanz.messaging.v1.MessagingService/ListMessages "$written" "$admin"
  answers "and before it, that the objection has arrived" 'Ihr Einwand ist da' \
    kulanz.messaging.v1.MessagingService/ListMessages "$written" "$admin"
  answers "the debtor reads it" 'doors were mended' $claims/GetChallenge "{\"challenge_id\": \"$challenge\"}" "$visit"
  refuses "a decided challenge takes nothing more" 'CHALLENGE_STATE' $claims/UploadEvidence \
    "$(upload "$challenge" correspondence Brief.pdf "$(printf '%%PDF-1.7\n' | base64)")" "$visit"
}

# The end: the claim is withdrawn, the person's data handed out, and destroyed.
forgotten() {
  local exported service
  refuses "a person with an open claim is not forgotten yet" CLAIM_STATE \
    $claims/EraseDebtor "{\"request_id\": \"$(request_id)\", \"debtor_id\": \"$person\", \"reason\": \"asked\"}" "$admin"
  answers "the creditor withdraws the claim" CLAIM_STATE_WITHDRAWN $claims/WithdrawClaim \
    "{\"request_id\": \"$(request_id)\", \"claim_id\": \"$example\", \"reason\": \"goodwill\"}" "$admin"
  refuses "what the state does not allow is refused with the state" 'the claim is withdrawn' $claims/OpenDispute \
    "{\"request_id\": \"$(request_id)\", \"claim_id\": \"$example\", \"reason\": \"DISPUTE_REASON_OTHER\"}" "$admin"
  exported=$(call $claims/ExportDebtorData "{\"debtor_id\": \"$person\"}" "$admin" || true)
  good=yes
  for service in claims personas experimentation messaging payments; do
    grep -qE "\"service\": *\"$service\"" <<<"$exported" || good=no
  done
  grep -q Quastenberg <<<"$exported" || good=no
  report "$good" "a person's copy holds what every service holds" "$exported"
  answers "a person is forgotten" "DEBTOR_STATE_ERASED" $claims/EraseDebtor \
    "{\"request_id\": \"$(request_id)\", \"debtor_id\": \"$person\", \"reason\": \"asked\"}" "$admin"
  exported=$(call $claims/GetDebtor "{\"debtor_id\": \"$person\"}" "$admin" || true)
  exported+=$(call $claims/GetClaim "{\"claim_id\": \"$example\"}" "$admin" || true)
  if grep -qiE 'Quastenberg|Ottilie' <<<"$exported"; then good=no; else good=yes; fi
  report "$good" "nothing personal is left to read" "$exported"
}
