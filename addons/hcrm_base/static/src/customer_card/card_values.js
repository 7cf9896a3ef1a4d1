import { onWillUpdateProps, useState } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";

/** What the parts of one form wait for together: one call for all of them. */
const waiting = new WeakMap();

/** What stands beside the contact and arrives after the form is painted; nothing for a new one. */
export function useCardValues(props) {
    const orm = useService("orm").silent;
    const state = useState({});

    function request(record) {
        let asked = waiting.get(record);
        if (asked?.resId !== record.resId) {
            const promise = orm.call(record.resModel, "get_card_values", [record.resId]);
            asked = { resId: record.resId, promise };
            waiting.set(record, asked);
        }
        return asked.promise;
    }

    async function load({ record }) {
        const resId = record.resId;
        const values = resId ? await request(record) : {};
        if (record.resId === resId) {
            state.values = values;
        }
    }

    load(props);
    onWillUpdateProps((nextProps) => load(nextProps));
    return state;
}
