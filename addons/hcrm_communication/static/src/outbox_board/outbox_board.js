import { Component, onMounted, onWillStart, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { usePolling } from "./polling";

const SECONDS = 5;
/** What a number of a column means when it is not zero. */
const LEVELS = {
    uncertain: "text-warning-emphasis",
    failed: "text-danger",
    refused: "text-warning-emphasis",
    delivered: "text-success",
};
const STATES = {
    open: "text-bg-success",
    resting: "text-bg-warning",
    wrong: "text-bg-danger",
    sandbox: "text-bg-info",
    archived: "text-bg-secondary",
    none: "text-bg-danger",
};
const ICONS = {
    sms: "fa-commenting-o",
    email: "fa-envelope-o",
    voice: "fa-phone",
    fax: "fa-fax",
    letter: "fa-file-text-o",
    portal: "fa-user-circle-o",
};
/** Seconds after which the oldest due message of a priority is late. */
const LATE = { 0: 60, 10: 600, 20: 900 };
const LATE_ELSE = 3600;

/** How many messages are where, by gateway, as of now; a click opens them. */
export class OutboxBoard extends Component {
    static template = "hcrm_communication.OutboxBoard";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = { controlPanel: {} };
        this.state = useState({ board: null, isStale: false });
        this.polling = usePolling(() => this.read(), SECONDS);
        onWillStart(() => this.load(this.orm));
        onMounted(() => this.polling.start());
    }

    async load(orm) {
        this.state.board = await orm.call("hcrm.outbox.board", "get_board", []);
    }

    /** A poll that fails says so on the board, not in a dialog every five seconds. */
    async read() {
        try {
            await this.load(this.orm.silent);
            this.state.isStale = false;
        } catch {
            this.state.isStale = true;
        }
    }

    async open(line, column) {
        const where = [line.gateway_id, line.channel, line.company_id];
        const args = [column.name, ...where];
        this.action.doAction(await this.orm.call("hcrm.outbox.board", "action_open", args));
    }

    openGateway(line) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "hcrm.gateway",
            res_id: line.gateway_id,
            views: [[false, "form"]],
        });
    }

    openSwitch() {
        this.action.doAction("hcrm_base.res_config_settings_action");
    }

    get isManyHospitals() {
        return new Set(this.state.board.lines.map((line) => line.company_id)).size > 1;
    }

    level(name, count) {
        return count ? LEVELS[name] || "" : "text-muted";
    }

    badge(line) {
        return STATES[line.state];
    }

    icon(line) {
        return ICONS[line.channel] || "fa-paper-plane-o";
    }

    isLate(line) {
        return line.seconds > (LATE[line.level] || LATE_ELSE);
    }
}

registry.category("actions").add("hcrm_outbox_board", OutboxBoard);
