"""What the fields of an alert mean to whoever acts on them, and what their codes, urgencies and reasons are called."""

MEANS = {
    "window_from": "Plan for this day: it is the earliest on which the person can be released.",
    "window_until": "Unless the date moves, the release is no later than this day.",
    "prison": "The prison that the person is released from, by the prison service's own code.",
    "release_type": "Which date the plan rests on. Only a confirmed or actual one is settled.",
    "licence": "With a licence, probation or youth justice supervises, and conditions apply from the first day.",
    "primary": "The 18th birthday is near the release: of the two services this one leads.",
    "age": "On the day you were told.",
    "care": "What the person is entitled to from children's social care or leaving care.",
    "care_leaver": "A care leaver may be owed housing and a personal adviser up to 25.",
    "care_needs": "An assessment of care needs is indicated. What the needs are is not told here.",
    "ehcp": "Whether an education, health and care plan is in force.",
    "homeless": "Yes: somebody has said that the person is homeless or at risk of it.",
    "substance": "Yes: there is a need, and treatment must carry on outside. What it is, is not told here.",
    "accommodation": "Yes: an address is confirmed. No: none is yet, and the person is at risk of homelessness.",
    "home_authority": "The council of the area where the person lives.",
    "consent": "The reference of the consent that lets you be told. Quote it if you are asked.",
    "lead": "Ask this team first: it leads on the person.",
    "risk_from_lead": "Yes: ask the lead professional's team about risk before anybody meets the person.",
    "accepting": "These services have said that they take it on.",
    "prompts": "What you are asked to do beside the alert itself.",
    "eighteenth": "From this day the person is an adult in law.",
    "estimated": "The day or month of birth is not known: the earliest possible one is planned with.",
    "ends_on": "The last day of the service.",
    "services": "What comes to an end.",
    "non_health_services": "What comes to an end. A health service would not be named here.",
    "handover": "How far the handover to another service is.",
    "unanswered_by": "This team has not answered in its time. Ring its manager.",
}  # fmt: skip

SAYS = {
    "release_type": {
        "CONFIRMED": "a date that the prison has confirmed",
        "ACTUAL": "the release has happened",
        "CRD": "the conditional release date, not confirmed yet",
        "ARD": "the automatic release date, not confirmed yet",
        "PRRD": "the release date after a recall, not confirmed yet",
        "HDCAD": "an approved date for release on curfew",
        "APD": "a date approved by the Parole Board",
        "DTO": "the date of a detention and training order, not confirmed yet",
    },
    "care": {
        "LOOKED_AFTER": "looked after by the council",
        "ELIGIBLE": "an eligible child: 16 or 17, in care, and to leave it with support",
        "RELEVANT": "a relevant child: 16 or 17, has left care",
        "FORMER_RELEVANT": "a care leaver of 18 or over",
    },
    "handover": {
        "NONE": "nobody was asked yet",
        "NO_REPLY": "asked, no answer yet",
        "DECLINED": "declined",
        "REFERRED": "asked, the answer is awaited",
        "ACCEPTED": "accepted",
    },
    "prompts": {
        "CONSENT_ROUTE_CLOSED": "a consent was withdrawn: one way of support is closed",
        "HOLD_IN_YOUTH_ESTATE": "ask whether a move to an adult prison is worth it so near the release",
        "ADULT_CONSENT_NOT_RECORDED": "ask for the person's own consent, which is needed from 18 on",
    },
    "services": {
        "CIN": "child in need",
        "CP": "child protection plan",
        "CLA": "being looked after",
        "EARLY_HELP": "early help",
        "REMAND_LAC": "being looked after while on remand",
        "CAMHS": "CAMHS",
        "YJS_ORDER": "youth justice order",
        "AP_PLACEMENT": "alternative provision",
        "SAFE_TASKFORCE": "SAFE taskforce",
        "EHCP": "education, health and care plan",
        "PA": "personal adviser",
        "CSH": "complex safeguarding",
        "SUPERVISION": "supervision by probation",
    },
}
SAYS["non_health_services"] = SAYS["services"]
OF_TEAMS = frozenset({"lead", "primary", "accepting", "unanswered_by"})  # their values are codes of teams
ASKED = {
    "ASK_CONSENT_": "ask for consent, so that {team} may be told",
    "REVIEW_CONSENT_": "review, with the person, the consent that a parent gave for {team}",
}

FORMS = {
    "year": "Only the year is shared.",
    "month": "Only the month is shared.",
    "window": "Only the week is shared.",
    "band": "Only a range is shared.",
}

URGENCIES = {
    "IMMEDIATE": "Act now",
    "URGENT": "Urgent",
    "HIGH": "High",
    "SOON": "Soon",
    "ROUTINE": "Routine",
}

NOT_OURS = {
    "NOT_KNOWN_TO_US": "The person is not known to us",
    "OTHER_AREA": "It is for another area",
    "CASE_CLOSED": "Our case is closed",
    "NOT_ELIGIBLE": "The person is not eligible for our service",
    "OTHER_TEAM": "It is for another team",
    "OTHER": "Another reason",
}

ROLES = {
    "DUTY_OFFICER": "Duty officer",
    "CASE_WORKER": "Case worker",
    "SENIOR_PRACTITIONER": "Senior practitioner",
    "MANAGER": "Team manager",
    "SERVICE_HEAD": "Service head",
    "OUT_OF_HOURS_OFFICER": "Out-of-hours officer",
    "ADMINISTRATOR": "Administrator",
}
