import { onWillUpdateProps, toRaw, useEnv, useState } from "@odoo/owl";
import { useBus, useService } from "@web/core/utils/hooks";

/**
 * What the parts of one form wait for together: one call for all of them. The key is the record
 * itself: each part holds a reactive view of its own.
 */
const waiting = new WeakMap();

/** What stands beside the contact and arrives after the form is painted; nothing for a new one. */
export function useCardValues(props) {
    const orm = useService("orm").silent;
    const state = useState({});

    function request(record) {
        let asked = waiting.get(toRaw(record));
        if (asked?.resId !== record.resId) {
            const promise = orm.call(record.resModel, "get_card_values", [record.resId]);
            asked = { resId: record.resId, change: asked?.change, promise };
            waiting.set(toRaw(record), asked);
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

    let current = props;
    load(current);
    onWillUpdateProps((nextProps) => {
        current = nextProps;
        return load(current);
    });
    useBus(useEnv().bus, "HCRM:CUSTOMER-CHANGED", ({ detail }) => {
        if (detail.partnerId !== current.record.resId) {
            return;
        }
        const record = toRaw(current.record);
        if (waiting.get(record)?.change !== detail) {
            waiting.set(record, { change: detail }); // the first part asks for all
        }
        load(current);
    });
    return state;
}
