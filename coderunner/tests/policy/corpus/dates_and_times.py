"""datetime, timedelta, zoneinfo, calendar, formatting and parsing."""

import calendar
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

WANT = {
    "days": 29,
    "due": "2024-03-01",
    "local": "2024-07-01T14:00:00+02:00",
    "week": 1,
    "parsed": 1709251200.0,
    "age": 24,
}


def main():
    start = date(2024, 1, 31)
    instant = datetime(2024, 7, 1, 12, tzinfo=timezone.utc)
    born, today = date(2000, 2, 29), date(2024, 2, 29)
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return {
        "days": calendar.monthrange(2024, 2)[1],
        "due": (start + timedelta(days=30)).isoformat(),
        "local": instant.astimezone(ZoneInfo("Europe/Berlin")).isoformat(),
        "week": date(2024, 1, 1).isocalendar().week,
        "parsed": datetime.strptime("2024-03-01 +0000", "%Y-%m-%d %z").timestamp(),
        "age": age,
    }
