import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { serializeDate, today } from "@web/core/l10n/dates";
import { useService } from "@web/core/utils/hooks";

/** What it was about, how it ended, what comes next: two taps, the rest if there is more to say. */
export class SeatWrapup extends Component {
    static template = "hcrm_communication.SeatWrapup";
    static props = { call: Object, lists: Object };

    setup() {
        this.seat = useService("hcrm_seat");
        this.notification = useService("notification");
        this.state = useState({
            reason: false,
            result: "settled",
            note: "",
            next: "",
            on: serializeDate(today().plus({ days: 1 })),
            isBusy: false,
        });
    }

    async save() {
        const { reason, result, note, next, on } = this.state;
        this.state.isBusy = true;
        try {
            await this.seat.call("wrap_up", this.props.call.id, { reason, result, note, next, on });
            this.notification.add(next ? _t("Noted; the next step is planned.") : _t("Noted."), {
                type: "success",
            });
        } finally {
            this.state.isBusy = false;
        }
    }
}
