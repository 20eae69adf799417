"""The processing half of the lifecycle, written down from the rules of the domain and not from the code."""

APPLICANT = {"citizen", "representative", "portal"}
OPEN = {"accepted", "processing", "awaiting_supplement", "awaiting_payment", "withdrawal_requested"}
UNDECIDED = OPEN - {"withdrawal_requested"}
CLOSED = {"resolved", "closed_without_result"}
STATUSES = sorted(OPEN | CLOSED | {"handed_over"})

# action -> (from, by, to). `=` stays, `<` goes back to where the case was before.
TABLE: dict[str, tuple[set[str], set[str], str]] = {
    "assign": (OPEN, {"supervisor"}, "="),
    "claim": (OPEN, {"case_officer"}, "="),
    "start": ({"accepted"}, {"case_officer"}, "processing"),
    "request_supplement": ({"accepted", "processing"}, {"case_officer", "supervisor"}, "awaiting_supplement"),
    "provide_supplement": ({"awaiting_supplement"}, APPLICANT | {"intake_officer"}, "<"),
    "cancel_supplement_request": ({"awaiting_supplement"}, {"supervisor"}, "<"),
    "request_payment": ({"accepted", "processing"}, {"case_officer"}, "awaiting_payment"),
    "confirm_payment": ({"awaiting_payment"}, {"payment_gateway", "portal", "intake_officer"}, "<"),
    "request_withdrawal": (UNDECIDED, APPLICANT, "withdrawal_requested"),
    "approve_withdrawal": ({"withdrawal_requested"}, {"approver"}, "closed_without_result"),
    "decline_withdrawal": ({"withdrawal_requested"}, {"approver"}, "<"),
    "send_back": (UNDECIDED, {"approver"}, "closed_without_result"),
    "resolve": ({"accepted", "processing"}, {"approver"}, "resolved"),
    "apologise": (OPEN, {"approver"}, "="),
    "transfer": (OPEN, {"administrator"}, "="),
    "dispatch": ({"resolved"}, {"intake_officer", "postal_partner"}, "="),
    "return_from_post": ({"resolved"}, {"intake_officer", "postal_partner"}, "="),
    "hand_over": ({"resolved"}, {"intake_officer", "postal_partner", "system"}, "handed_over"),
    "undo": (CLOSED, {"approver", "supervisor"}, "<"),
    "annul": (CLOSED, {"supervisor"}, "<"),
    "recompute": (OPEN, {"system"}, "="),
}
REASONED = {
    "request_supplement",
    "cancel_supplement_request",
    "decline_withdrawal",
    "send_back",
    "apologise",
    "transfer",
    "annul",
}


def sees(role: str, status: str) -> bool:
    """Whether a case that came by post, from the portal, and whose fee is asked for before its withdrawal, is
    anything to this kind of caller."""
    match role:
        case "statistics_reader":
            return False
        case "payment_gateway":
            return status in {"awaiting_payment", "withdrawal_requested"}
        case "postal_partner":
            return status in {"resolved", "handed_over"}
        case _:
            return True
