const MOBILE = /^\+86(1[3-9]\d)(\d{4})(\d{4})$/;
const LANDLINE = /^\+86(10|2\d|[3-9]\d{2})(\d{3,4})(\d{4})$/;
const INTERNATIONAL = /^\+\d{6,15}$/;

/**
 * Returns a number kept in E.164 as it is written in mainland China: 138 0013 8000,
 * 010-8888 6666 转801. Masked numbers, other countries' numbers and words come back unchanged.
 *
 * @param {string} [value]
 * @returns {string}
 */
export function nationalForm(value) {
    const [number, extension] = (value || "").split(";ext=");
    const shown = number
        .replace(MOBILE, "$1 $2 $3")
        .replace(LANDLINE, "0$1-$2 $3");
    return extension ? `${shown} 转${extension}` : shown;
}

/**
 * Returns the link that dials a number, or an empty string when a mask or words hide it.
 *
 * @param {string} [value]
 * @returns {string}
 */
export function dialLink(value) {
    const [number] = (value || "").split(";ext=");
    return INTERNATIONAL.test(number) || /^[\d\s-]{3,}$/.test(number)
        ? `tel:${number.replace(/[\s-]/g, "")}`
        : "";
}
