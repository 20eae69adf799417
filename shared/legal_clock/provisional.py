"""What a year will look like as far as the `holidays` library knows, until the authorities decide it."""

from holidays import country_holidays

from shared.legal_clock.calendar import CalendarDay, CalendarYear, DayKind, YearState


def provisional_year(year: int) -> CalendarYear:
    """Public holidays with their compensatory days, and the swaps that were known when the library was made.

    Days off that fall on a weekend are kept: they are holidays even so.
    """
    known = country_holidays("VN", years=year, language="vi")
    swapped = known.substituted_label.partition("%")[0]
    off = [
        CalendarDay(
            date=day,
            kind=DayKind.SWAPPED_DAY_OFF if name.startswith(swapped) else DayKind.HOLIDAY,
            name=name,
        )
        for day, name in known.items()
    ]
    made_up = [
        CalendarDay(date=day, kind=DayKind.MAKEUP_WORKING_DAY, name="Làm bù")
        for day in known.weekend_workdays
        if day.year == year
    ]
    return CalendarYear(year=year, state=YearState.PROVISIONAL, days=(*off, *made_up))
