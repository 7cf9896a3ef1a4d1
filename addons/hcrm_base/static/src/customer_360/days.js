import { deserializeDateTime, today } from "@web/core/l10n/dates";

const { DateTime } = luxon;
const RELATIVE_DAYS = 45;

/** "2026年3月5日星期四", "Thursday, March 5": the year where it is not this one. */
export function dayName(day) {
    const date = DateTime.fromISO(day);
    return date.toLocaleString({
        weekday: "long",
        month: "long",
        day: "numeric",
        ...(date.year !== today().year && { year: "numeric" }),
    });
}

/** "today", "昨天", "in 3 days" for the days around today, nothing for others. */
export function dayDistance(day) {
    const date = DateTime.fromISO(day);
    const days = Math.round(date.diff(today(), "days").days);
    return Math.abs(days) <= RELATIVE_DAYS ? date.toRelativeCalendar({ unit: "days" }) : "";
}

/** The clock time of a moment of the server. */
export function clockTime(at) {
    return deserializeDateTime(at).toLocaleString(DateTime.TIME_24_SIMPLE);
}

/** Day and time of a moment of the server, as one says it. */
export function momentName(at) {
    const moment = deserializeDateTime(at);
    return moment.toLocaleString({
        month: "short",
        day: "numeric",
        hour: "2-digit",
        minute: "2-digit",
        hourCycle: "h23",
        ...(moment.year !== today().year && { year: "numeric" }),
    });
}

/** The day of a moment of the server, or of a day. */
export function shortDay(at) {
    const moment = at.length > 10 ? deserializeDateTime(at) : DateTime.fromISO(at);
    return moment.toLocaleString({
        month: "short",
        day: "numeric",
        ...(moment.year !== today().year && { year: "numeric" }),
    });
}

/**
 * Lines of the timeline under the days on which they happened, in the order in which they came.
 *
 * @param {{ day: string }[]} lines
 * @returns {{ day: string, name: string, distance: string, isComing: boolean, lines: Object[] }[]}
 */
export function groupByDay(lines) {
    const groups = [];
    const now = today().toISODate();
    for (const line of lines) {
        if (groups.at(-1)?.day !== line.day) {
            const day = line.day;
            groups.push({
                day,
                name: dayName(day),
                distance: dayDistance(day),
                isComing: day > now,
                lines: [],
            });
        }
        groups.at(-1).lines.push(line);
    }
    return groups;
}
