#!/usr/bin/env python3
"""Writes vectors.json: worked cases for `kulanz law verify`, in the format that docs/law.md describes.

A second calculation, independent of the crate: Fractions instead of integers over a common denominator, day by
day where the crate goes segment by segment, the printed garnishment tables instead of the formula, the printed
fee tables instead of the steps. A few cases are worked by hand and stand as literals with their working.

    python3 crates/law/tests/vectors.py > crates/law/tests/vectors.json
"""

import csv
import json
from calendar import monthrange
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

DATA = Path(__file__).parent.parent / "data"
DAY = timedelta(days=1)


def rows(name):
    lines = [line for line in (DATA / name).read_text().splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))


def cents(fraction):
    """EUR, half up, as text with two places."""
    whole = (fraction * 100 + Fraction(1, 2)).__floor__()
    sign, whole = ("-", -whole) if whole < 0 else ("", whole)
    return f"{sign}{whole // 100}.{whole % 100:02d}"


def plus_months(day, months):
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def iso(text):
    return date.fromisoformat(text)


VECTORS = {}


def case(topic, family, given, out):
    cases = VECTORS.setdefault(topic, [])
    cases.append({"id": f"own-{topic}-{len(cases) + 1:03d}", "family": family, "in": given, "out": out})


# Interest, one day at a time.
BASE = {iso(row["from"]): Fraction(row["percent_per_year"]) for row in rows("base_rate.csv")}


def half_year(day):
    return date(day.year, 1 if day.month < 7 else 7, 1)


def interest(family, principal, start, end, points):
    start, end, amount, points = iso(start), iso(end), Fraction(principal), Fraction(points)
    days, segments = start, []
    while days <= end:
        rate = BASE[half_year(days)] + points
        if not segments or half_year(segments[-1][1]) != half_year(days):
            segments.append([days, days, 0, rate, Fraction(0), Fraction(0), Fraction(0)])
        part = segments[-1]
        part[1], part[2] = days, part[2] + 1
        leap = 366 if monthrange(days.year, 2)[1] == 29 else 365
        for index, year in ((4, 365), (5, leap), (6, 360)):
            part[index] += amount * rate / 100 / year
        days += DAY

    def sums(index):
        exact = [part[index] for part in segments]
        rounded = sum(Fraction(cents(value)) for value in exact)
        return {"sum_of_rounded_segments": cents(rounded), "rounded_total": cents(sum(exact))}

    def rate(value):
        return f"{Decimal(value.numerator) / Decimal(value.denominator):.2f}"

    case("interest", family,
         {"principal": principal, "from": start.isoformat(), "to_inclusive": end.isoformat(),
          "points_over_base": f"{float(points):.2f}"},
         {"segments": [[p[0].isoformat(), p[1].isoformat(), p[2], rate(p[3])] for p in segments],
          "act365": sums(4), "actact": sums(5), "act360": sums(6)})


interest("falling_rates", "812.45", "2024-03-09", "2025-09-17", "5")
interest("falling_rates", "99999.99", "2008-10-02", "2010-01-31", "5")
interest("negative_base_rate", "740.10", "2013-01-01", "2014-12-31", "5")
interest("negative_base_rate", "12.34", "2016-06-30", "2016-07-01", "9")
interest("payment_day_switch", "1500.00", "2026-02-03", "2026-03-14", "5")
interest("payment_day_switch", "1500.00", "2026-02-03", "2026-03-15", "5")
interest("mortgage_2_5_points", "187654.32", "2025-12-30", "2026-07-02", "2.5")
interest("b2b_nine_points", "23456.78", "2014-07-29", "2015-07-01", "9")
interest("rate_change_no_lost_day", "3650.00", "2022-12-31", "2023-01-01", "5")
interest("equal_rate_neighbours", "777.77", "2015-06-30", "2015-07-02", "5")
interest("leap_year", "36600.00", "2024-02-29", "2024-02-29", "5")
interest("leap_year", "4321.00", "2023-11-11", "2024-03-01", "9")
interest("tiny_amount", "0.01", "2002-01-01", "2026-12-31", "9")
interest("long_run", "1000.00", "2002-01-01", "2026-12-31", "5")
interest("eight_points_before_2014_07_29", "5120.50", "2011-05-05", "2012-02-29", "8")

# Fees, from the printed tables of Anlage 2 RVG.
PRINTED = {name: [(Fraction(row["value_up_to"]), Fraction(row["fee"])) for row in rows(f"rvg_printed_{name}.csv")]
           for name in ("2021", "2025")}


def fee(table, value):
    return next(fee for up_to, fee in PRINTED[table] if Fraction(value) <= up_to)


for table in ("2021", "2025"):
    for family, value in (("small_claim_le_50", "50.00"), ("small_claim_le_50", "0.01"),
                          ("step_boundary", "500.00"), ("step_boundary", "500.01"), ("step_boundary", "10000.01"),
                          ("table_row_le_10000", "7300.00"), ("table_row_gt_10000", "13000.00"),
                          ("table_row_gt_10000", "65000.01"), ("table_row_gt_10000", "499999.99")):
        case("rvg_fee_1_0", family, {"table": table, "value": value}, {"fee_1_0": cents(fee(table, value))})
# Above the printed table, by hand: 3,752.00 + 3 x 175.00 for 650,000 and 650,000.01 starts a fourth step.
case("rvg_fee_1_0", "table_row_gt_10000", {"table": "2025", "value": "650000.00"}, {"fee_1_0": "4277.00"})
case("rvg_fee_1_0", "table_row_gt_10000", {"table": "2025", "value": "650000.01"}, {"fee_1_0": "4452.00"})


def collection(family, table, value, rate, agreement, vat="19"):
    one = fee(table, value)
    if Fraction(value) <= 50:
        one = {"2021": Fraction(30), "2025": Fraction(63, 2)}[table]
    fees = {"fee_2300": cents(max(Fraction(15), Fraction(cents(one * Fraction(rate)))))}
    if agreement:
        fees["fee_1000_2"] = cents(fee(table, Fraction(value) / 2) * Fraction(7, 10))
    total = sum(Fraction(value) for value in fees.values())
    fees["flat_7002"] = cents(min(Fraction(20), total / 5))
    net = total + Fraction(fees["flat_7002"])
    tax = Fraction(cents(net * Fraction(vat) / 100))
    case("rvg_inkasso", family,
         {"table": table, "value": value, "rate_2300": rate, "instalment_agreement": agreement, "vat_percent": vat},
         {**fees, "net": cents(net), "vat19": cents(tax), "gross": cents(net + tax)})


for table in ("2021", "2025"):
    for rate in ("0.5", "0.9", "1.3"):
        collection("small_claim_le_50", table, "37.20", rate, False)
        collection("step_boundary", table, "2000.01", rate, False)
        collection("table_row_le_10000", table, "4999.99", rate, False)
        collection("table_row_gt_10000", table, "180000.00", rate, False)
    agreed = "instalment_agreement" if table == "2025" else "instalment_agreement_2021_table"
    collection(agreed, table, "1000.01", "0.9", True)
    collection(agreed, table, "33.00", "0.5", True)
    collection(agreed, table, "88000.00", "1.1", True)


# Allocation.
def allocation(family, rule, payment, costs, interest_, principal):
    order = ["costs", "interest", "principal"] if rule == "367" else ["costs", "principal", "interest"]
    open_ = {"costs": Fraction(costs), "interest": Fraction(interest_), "principal": Fraction(principal)}
    left, paid = Fraction(payment), {}
    for part in order:
        paid[part] = min(left, open_[part])
        left -= paid[part]
    case("allocation", family,
         {"rule": rule, "payment": payment, "costs": costs, "interest": interest_, "principal": principal},
         {"allocated": {part: cents(paid[part]) for part in open_},
          "remaining": {part: cents(open_[part] - paid[part]) for part in open_}, "overpayment": cents(left)})


allocation("bgb_367", "367", "0.00", "10.00", "2.00", "30.00")
allocation("bgb_367", "367", "11.99", "10.00", "2.00", "30.00")
allocation("bgb_367", "367", "12.01", "10.00", "2.00", "30.00")
allocation("overpayment", "367", "42.01", "10.00", "2.00", "30.00")
allocation("overpayment", "497(3)", "50.00", "10.00", "2.00", "30.00")
allocation("bgb_497_3", "497(3)", "39.99", "10.00", "2.00", "30.00")
allocation("bgb_497_3", "497(3)", "41.00", "10.00", "2.00", "30.00")


def by_share(payment, claims):
    """Largest remainder, ties to the smaller id: cent by cent to whoever is furthest behind the exact share."""
    total = sum(claims.values())
    if payment >= total:
        return dict(claims)
    shares = {name: payment * amount / total for name, amount in claims.items()}
    got = {name: Fraction((share * 100).__floor__(), 100) for name, share in shares.items()}
    while sum(got.values()) < payment:
        name = min(shares, key=lambda name: (got[name] - shares[name], name))
        got[name] += Fraction(1, 100)
    return got


def pro_rata(payment, claims):
    got = by_share(Fraction(payment), {name: Fraction(amount) for name, amount in claims.items()})
    case("allocation", "pro_rata", {"rule": "366(2) pro rata", "payment": payment, "claims": claims},
         {"allocated": {name: cents(amount) for name, amount in got.items()}})


pro_rata("100.01", {"A": "100.00", "B": "50.00", "C": "25.00"})
pro_rata("0.01", {"B": "7.00", "A": "7.00"})
pro_rata("500.00", {"A": "100.00", "B": "50.00"})
pro_rata("33.33", {"A": "10.00", "B": "20.00", "C": "30.00", "D": "0.00", "E": "40.01"})


def ranked(payment, at, *claims):
    names = ("id", "amount", "arisen", "due", "secured", "rate")
    given = [dict(zip(names, claim)) for claim in claims]
    left, got = Fraction(payment), {claim["id"]: Fraction(0) for claim in given}

    def rank(claim):
        return (claim["due"] > at, claim["secured"], -Fraction(claim["rate"]), claim["arisen"])

    for level in sorted({rank(claim) for claim in given}):
        equals = {c["id"]: Fraction(c["amount"]) for c in given if rank(c) == level}
        for name, amount in by_share(left, equals).items():
            got[name] += amount
        left = Fraction(payment) - sum(got.values())
    case("allocation", "bgb_366_2_order", {"rule": "366(2)", "payment": payment, "at": at, "claims": given},
         {"allocated": {name: cents(amount) for name, amount in got.items()}})


ranked("150.00", "2026-05-10", ("A", "100.00", "2026-01-01", "2026-05-10", False, "6.27"),
       ("B", "100.00", "2025-01-01", "2026-05-11", False, "9.00"))
ranked("150.00", "2026-05-10", ("A", "100.00", "2026-01-01", "2026-02-01", True, "10.27"),
       ("B", "100.00", "2026-01-02", "2026-02-01", False, "4.00"))
ranked("150.00", "2026-05-10", ("A", "100.00", "2024-01-01", "2024-02-01", False, "6.27"),
       ("B", "100.00", "2026-01-02", "2026-02-01", False, "10.27"))
ranked("150.00", "2026-05-10", ("A", "100.00", "2024-01-02", "2024-02-01", False, "6.27"),
       ("B", "100.00", "2024-01-01", "2024-03-01", False, "6.27"))
ranked("100.01", "2026-05-10", ("C", "70.00", "2024-01-02", "2024-02-01", False, "6.27"),
       ("A", "70.00", "2024-01-02", "2024-02-03", False, "6.27"),
       ("B", "70.00", "2024-01-02", "2024-02-02", False, "6.27"),
       ("D", "10.00", "2024-01-01", "2024-02-02", False, "6.27"))


# Instalment plans.
def plan(principal, costs, interest_, stated, rate, first, instalment):
    open_ = [Fraction(costs), Fraction(interest_), Fraction(principal)]
    before, found, number = iso(stated), [], 0
    while sum(open_) > 0:
        due = plus_months(iso(first), number)
        accrued = Fraction(cents(open_[2] * Fraction(rate) / 100 * (due - before).days / 365))
        open_[1] += accrued
        left = paid = min(Fraction(instalment), sum(open_))
        to = []
        for part in range(3):
            to.append(min(left, open_[part]))
            open_[part] -= to[-1]
            left -= to[-1]
        before, number = due, number + 1
        found.append({"no": number, "date": due.isoformat(), "interest_accrued": cents(accrued), "paid": cents(paid),
                      "to_costs": cents(to[0]), "to_interest": cents(to[1]), "to_principal": cents(to[2])})
    total = sum(Fraction(row["paid"]) for row in found)
    case("instalment_plan", "fixed_rate_simulation",
         {"principal": principal, "costs": costs, "interest_to_state": interest_, "state_date": stated,
          "rate_percent": rate, "first_due": first, "instalment": instalment},
         {"instalments": number, "total": cents(total), "rows": found[:4] + found[4:][-1:]})


plan("1234.56", "141.05", "17.80", "2026-01-20", "6.27", "2026-01-31", "75.00")
plan("300.00", "0.00", "0.00", "2026-05-05", "10.52", "2026-05-05", "100.00")
plan("8000.00", "367.20", "812.09", "2025-08-30", "10.27", "2025-08-31", "410.00")
plan("90.00", "18.90", "0.40", "2026-11-22", "6.52", "2026-12-01", "200.00")

# Garnishment, read from the printed tables; above their last row the excess over the cap is added in full.
CAPS = {(row["valid_from"], row["period"]): Fraction(row["cap"]) for row in rows("garnishment_parameters.csv")}


def garnishment(family, valid_from, period, net, dependants):
    column = "d5plus" if dependants > 4 else f"d{dependants}"
    table, value = rows(f"garnishment/{valid_from[:4]}_{period}.csv"), Fraction(net)
    row = next((r for r in table if Fraction(r["net_from"]) <= value <= Fraction(r["net_to"])), None)
    if row:
        amount = Fraction(row[column])
    else:
        amount = Fraction(table[-1][column]) + value - CAPS[valid_from, period]
    case("garnishment", family, {"valid_from": valid_from, "period": period, "net": net, "dependants": dependants},
         {"attachable": cents(amount)})


for year in range(2021, 2027):
    first = f"{year}-07-01"
    for dependants in (0, 1, 3, 5):
        garnishment("table", first, "monthly", "2749.99", dependants)
        garnishment("rounding_step", first, "monthly", "2750.00", dependants)
    garnishment("above_cap", first, "monthly", "7123.45", 2)
    garnishment("weekly_table", first, "weekly", "612.49", 1)
    garnishment("weekly_table", first, "weekly", "1500.00", 4)
    garnishment("daily_table", first, "daily", "143.07", 2)
    garnishment("daily_table", first, "daily", "260.00", 0)
    garnishment("more_than_five_dependants", first, "monthly", "3900.00", 6)
    garnishment("more_than_five_dependants", first, "monthly", "9000.00", 11)

for valid_from, base in (("2021-07-01", "1260.00"), ("2023-07-01", "1410.00"), ("2024-07-01", "1500.00"),
                         ("2025-07-01", "1560.00"), ("2026-07-01", "1590.00")):
    case("protected_account", "zpo_899_rounding", {"valid_from": valid_from},
         {"monthly_protected": base, "christmas_bonus_850a_4": cents(Fraction(base) / 2)})


# § 115 ZPO, worked by hand from the federal allowances 2026: party 619, employment 282, partner 619,
# children 393 (0-5), 429 (6-13), 518 (14-17), 496 (18 and older).
def codified(family, net, housing, employed, partner, ages, usable, instalment):
    case("zpo_115_instalment", family,
         {"net": net, "housing": housing, "employed": employed, "partner": partner, "child_ages": ages},
         {"usable_income": usable, "instalment": instalment})


codified("half_of_usable", "1999.00", "610.50", True, False, [], "487.50", "243.00")
codified("rounded_down", "1600.99", "650.00", True, False, [], "49.99", "24.00")
codified("child_allowance", "2900.00", "800.00", True, False, [0, 5], "413.00", "206.00")
codified("above_600", "3000.00", "900.00", True, False, [], "1199.00", "899.00")
codified("above_600", "2401.01", "900.00", True, False, [], "600.01", "300.00")
codified("below_10_is_zero", "1238.99", "600.00", False, False, [], "19.99", "0.00")
codified("below_10_is_zero", "1239.00", "600.00", False, False, [], "20.00", "10.00")
codified("below_10_is_zero", "900.00", "600.00", False, False, [], "-319.00", "0.00")
codified("six_hundred_boundary", "2401.00", "900.00", True, False, [], "600.00", "300.00")
codified("child_age_boundary", "4000.00", "700.00", True, False, [5, 6, 17, 18], "563.00", "281.00")
codified("partner_allowance", "3100.00", "700.00", True, True, [], "880.00", "580.00")
codified("not_employed", "1700.00", "500.00", False, False, [14], "63.00", "31.00")


# Creditor references: digits appended, n mod 97 by whole numbers.
def check_digits(body):
    number = int("".join(str(int(char, 36)) for char in body + "RF00"))
    return f"RF{98 - number % 97:02d}{body}"


for family, body in (("numeric", "20260000417"), ("alphanumeric", "KLZ7X9Q2026"), ("longest_21", "A1B2C3D4E5F6G7H8J9K0L"),
                     ("shortest", "0")):
    case("rf", family, {"reference": body}, {"rf": check_digits(body), "valid": True})
good = check_digits("KLZ7X9Q2026")
case("rf", "accepted", {"rf": good}, {"valid": True})
case("rf", "rejected", {"rf": good[:-1] + "7"}, {"valid": False})
case("rf", "rejected", {"rf": "RF18" + "1" * 22}, {"valid": False})
case("rf", "rejected", {"rf": "XY18539007547034"}, {"valid": False})


def epc(family, version, bic, name, iban, amount, reference, text):
    lines = ["BCD", version, "1", "SCT", bic, name, iban, f"EUR{amount}" if amount else "", "", reference, text]
    payload = "\n".join(lines).rstrip("\n")
    case("epc_qr", family, {"version": version, "bic": bic, "name": name, "iban": iban, "amount": amount,
                            "reference": reference, "text": text},
         {"payload": payload, "bytes": len(payload.encode())})


epc("structured_reference", "002", "COBADEFFXXX", "Kulanz Müller & Söhne", "DE89370400440532013000", "1249.90",
    check_digits("20260000417"), "")
epc("structured_reference", "001", "COBADEFF", "Beispiel AG", "GB82WEST12345698765432", "0.01", good, "")
epc("free_text_utf8", "002", "", "Beispiel AG", "DE89370400440532013000", "999999999.99", "", "Az. 4711 – größer")
epc("open", "002", "", "Beispiel AG", "DE89370400440532013000", "", "", "")
epc("open", "002", "", "Beispiel AG", "DE89370400440532013000", "12.00", "", "")

# Limitation. Expiries by counting days that run, one at a time.


def running_on(end, suspended):
    """The last day once `suspended` days are left out: as many run from a day long before as would to `end`."""
    first = min([end] + [start for start, _ in suspended]) - DAY
    left = (end - first).days
    day = first
    while left:
        day += DAY
        if not any(start <= day <= stop for start, stop in suspended):
            left -= 1
    return day


for due, known, end in (("2022-01-01", "2022-12-31", "2025-12-31"), ("2022-12-31", "2023-01-01", "2026-12-31"),
                        ("2012-06-15", "2023-05-05", "2022-06-15"), ("2012-02-29", "2021-05-05", "2022-02-28"),
                        ("2015-07-20", "2022-03-03", "2025-07-20"), ("2024-02-29", "2024-02-29", "2027-12-31")):
    case("limitation", "ordinary_year_end", {"due": due, "known": known}, {"expires_on": end})
for day, years, end in (("2023-12-31", 3, "2026-12-31"), ("2028-02-29", 30, "2058-02-28"),
                        ("2024-02-29", 4, "2028-02-29"), ("2026-01-01", 3, "2029-01-01")):
    case("limitation", "restart_acknowledgement", {"acknowledged": day, "years": years}, {"expires_on": end})


def dunning(end, filed, served, soon, last_step):
    start, stop = iso(filed if soon else served), plus_months(iso(last_step), 6)
    expires = running_on(iso(end), [(start, stop)])
    case("limitation", "court_dunning_suspension",
         {"expires_before": end, "filed": filed, "served": served, "served_soon": soon, "last_step": last_step},
         {"suspended_from": start.isoformat(), "suspended_to": stop.isoformat(),
          "suspended_days": (stop - start).days + 1, "expires_on": expires.isoformat()})


dunning("2026-12-31", "2026-12-31", "2027-01-20", True, "2027-01-20")
dunning("2026-12-31", "2026-11-02", "2026-12-10", False, "2027-08-31")
dunning("2028-12-31", "2025-03-03", "2025-03-10", True, "2025-03-10")


def negotiation(family, end, start, stop):
    shifted = running_on(iso(end), [(iso(start), iso(stop))])
    floor = plus_months(iso(stop), 3)
    case("limitation", family, {"expires_before": end, "negotiation_from": start, "negotiation_to": stop},
         {"suspended_days": (iso(stop) - iso(start)).days + 1, "shifted": shifted.isoformat(),
          "floor_203_2": floor.isoformat(), "expires_on": max(shifted, floor).isoformat()})


negotiation("negotiation_floor_binds", "2026-12-31", "2026-12-31", "2026-12-31")
negotiation("negotiation_floor_binds", "2026-12-31", "2026-11-30", "2026-11-30")
negotiation("negotiation_floor_slack", "2026-12-31", "2024-01-10", "2025-02-28")
negotiation("negotiation_floor_slack", "2026-12-31", "2026-10-01", "2027-05-31")

for day, end in (("1996-02-29", "2026-02-28"), ("2024-12-31", "2054-12-31")):
    case("limitation", "title_thirty_years", {"title_final": day}, {"expires_on": end})
for year, loan, end in ((2021, False, "2024-12-31"), (2026, False, "2029-12-31"), (2021, True, "2051-12-31")):
    case("limitation", "interest_after_title", {"title_interest_accrued_in": year, "consumer_loan": loan},
         {"expires_on": end})
# 2027-12-31 is a Friday; 2033-12-31 a Saturday, so is 1 January a Sunday; 2029-03-30 is Good Friday.
for end, last in (("2027-12-31", "2027-12-31"), ("2033-12-31", "2034-01-02"), ("2029-03-30", "2029-04-03"),
                  ("2026-05-14", "2026-05-15"), ("2026-10-03", "2026-10-05")):
    case("limitation", "last_day_not_a_working_day", {"expires_on": end},
         {"expires_on": end, "last_timely_filing": last})


def overlapping(end, spans, merged):
    whole = [(iso(start), iso(stop)) for start, stop in spans]
    expires = running_on(iso(end), whole)
    case("limitation", "overlapping_suspensions", {"expires_before": end, "suspensions": spans},
         {"merged": merged, "suspended_days": (expires - iso(end)).days, "expires_on": expires.isoformat()})


overlapping("2026-12-31", [["2025-06-01", "2025-06-30"], ["2024-01-01", "2024-12-31"], ["2024-05-01", "2024-06-01"]],
            [["2024-01-01", "2024-12-31"], ["2025-06-01", "2025-06-30"]])
overlapping("2026-12-31", [["2026-12-01", "2027-01-31"], ["2027-02-10", "2027-03-10"]],
            [["2026-12-01", "2027-01-31"], ["2027-02-10", "2027-03-10"]])
overlapping("2026-12-31", [["2026-03-01", "2026-03-01"], ["2026-03-01", "2026-03-05"]], [["2026-03-01", "2026-03-05"]])

print(json.dumps({
    "format": "kulanz-law-vectors",
    "version": 1,
    "conventions": {"money": "EUR as decimal strings, two places", "rounding": "half up to the cent"},
    "vectors": VECTORS,
}, indent=1, ensure_ascii=False))
