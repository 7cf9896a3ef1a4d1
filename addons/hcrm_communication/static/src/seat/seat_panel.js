import { Component, useState } from "@odoo/owl";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { session } from "@web/session";
import { useService } from "@web/core/utils/hooks";
import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";
import { SelectCreateDialog } from "@web/views/view_dialogs/select_create_dialog";

import { SeatAnswers } from "./seat_answers";
import { SeatClock } from "./seat_clock";
import { SeatWrapup } from "./seat_wrapup";

export const BADGES = {
    available: "text-bg-success",
    talking: "text-bg-primary",
    wrapup: "text-bg-warning",
    away: "text-bg-secondary",
};

const PERSON_FORM = { form_view_ref: "hcrm_base.res_partner_view_form_person" };

/** Who is calling and what is needed beside the call, over any screen and in nobody's way. */
export class SeatPanel extends Component {
    static template = "hcrm_communication.SeatPanel";
    static components = { SeatAnswers, SeatClock, SeatWrapup };
    static props = {};

    setup() {
        this.seat = useService("hcrm_seat");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.shared = useState(this.seat.state);
        this.state = useState({ isBusy: false, tab: "" });
    }

    get isShown() {
        return Boolean(this.shared.seat && this.shared.isOpen);
    }

    /** The call at the desk with who it is and what is open. */
    get call() {
        const call = this.shared.seat.call;
        return call && { ...this.seat.cardOf(call), ...call };
    }

    get offer() {
        const offer = this.shared.seat.offer;
        return offer && { ...this.seat.cardOf(offer), ...offer };
    }

    /** Who waits beside the call that is offered. */
    get others() {
        const offered = this.shared.seat.offer;
        return this.shared.seat.queue.filter((line) => line.id !== offered?.id);
    }

    get tab() {
        return this.state.tab || (this.call.state === "ended" ? "wrapup" : "person");
    }

    badge(state) {
        return BADGES[state];
    }

    close() {
        this.shared.isOpen = false;
    }

    async run(method, ...args) {
        this.state.isBusy = true;
        try {
            return await this.seat.call(method, ...args);
        } finally {
            this.state.isBusy = false;
        }
    }

    accept(call) {
        this.state.tab = "";
        return this.run("accept", call.id);
    }

    openPerson(person) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "res.partner",
            res_id: person.id,
            views: [[false, "form"]],
            context: PERSON_FORM,
        });
    }

    /** Somebody whom the number does not tell: looked for, or written down. */
    search() {
        const callId = this.call.id;
        const resModel = "res.partner";
        const context = PERSON_FORM;
        this.dialog.add(SelectCreateDialog, {
            resModel,
            title: _t("Who is calling?"),
            domain: [["is_customer_person", "=", true]],
            context,
            multiSelect: false,
            noCreate: !this.shared.lists.may_create,
            onSelected: ([id]) => this.run("pick", callId, id),
            onCreateEdit: () =>
                this.dialog.add(FormViewDialog, {
                    resModel,
                    title: _t("New customer"),
                    context,
                    onRecordSaved: (record) => this.run("pick", callId, record.resId),
                }),
        });
    }
}

/** The headset of the menu bar: own state, how many wait, the panel. */
export class SeatSystray extends Component {
    static template = "hcrm_communication.SeatSystray";
    static components = { Dropdown, DropdownItem };
    static props = {};

    setup() {
        this.seat = useService("hcrm_seat");
        this.shared = useState(this.seat.state);
    }

    get waiting() {
        return this.shared.seat?.queue.length || 0;
    }

    get label() {
        const agent = this.shared.seat?.agent;
        return agent ? _t("Desk: %(state)s", { state: agent.label }) : _t("Desk");
    }

    badge(state) {
        return BADGES[state];
    }

    setState(state, reason) {
        return this.seat.call("set_state", state, reason || false);
    }

    toggle() {
        this.shared.isOpen = !this.shared.isOpen;
    }
}

if (session.hcrm_seat) {
    registry
        .category("main_components")
        .add("hcrm_communication.seat_panel", { Component: SeatPanel, props: {} });
    registry
        .category("systray")
        .add("hcrm_communication.seat", { Component: SeatSystray }, { sequence: 45 });
}
