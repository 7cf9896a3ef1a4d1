import { Component, onMounted, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { usePolling } from "../outbox_board/polling";
import { SeatClock } from "../seat/seat_clock";
import { BADGES } from "../seat/seat_panel";

const SECONDS = 5;

/** Who waits, who is at the desks, how the day went; for the service manager. */
export class CallBoard extends Component {
    static template = "hcrm_communication.CallBoard";
    static components = { Layout, SeatClock };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.display = { controlPanel: {} };
        this.state = useState({ board: null, clock: 0, isStale: false });
        this.polling = usePolling(() => this.read(), SECONDS);
        onWillStart(() => this.load(this.orm));
        onMounted(() => this.polling.start());
    }

    async load(orm) {
        const board = await orm.call("hcrm.call.board", "get_board", []);
        this.state.clock = Date.now() - board.now * 1000;
        this.state.board = board;
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

    badge(state) {
        return BADGES[state];
    }

    isLate(line) {
        return line.count && this.state.board.now - line.since > line.within;
    }

    minutes(seconds) {
        return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    }

    get figures() {
        const today = this.state.board.today;
        return [
            { key: "incoming", label: _t("Called us"), value: today.incoming },
            { key: "outgoing", label: _t("We phoned"), value: today.outgoing },
            { key: "answered", label: _t("Answered at a desk"), value: today.answered },
            {
                key: "percent",
                label: _t("Answered in time"),
                value: today.percent === null ? "–" : `${today.percent} %`,
                level: today.percent !== null && today.percent < 80 ? "text-danger" : "",
            },
            {
                key: "abandoned",
                label: _t("Gave up waiting"),
                value: today.abandoned,
                level: today.abandoned ? "text-warning-emphasis" : "",
            },
            { key: "wait", label: _t("Average wait"), value: this.minutes(today.wait) },
            { key: "talk", label: _t("Average talk"), value: this.minutes(today.talk) },
            { key: "wrapup", label: _t("Average wrap-up"), value: this.minutes(today.wrapup) },
        ];
    }
}

registry.category("actions").add("hcrm_call_board", CallBoard);
