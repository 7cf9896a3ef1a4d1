import { Component, onWillStart, onWillUnmount, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { ConversationThread } from "./conversation_thread";
import { channelIcon } from "./channels";

const MODEL = "hcrm.conversation";
const CHANGED = "hcrm_conversation/changed";
/** Should a notification be lost, the desk is right again after so many seconds. */
const SECONDS = 60;

/** Who wrote, who answers, what was said: the list, the thread and the person side by side. */
export class ConversationDesk extends Component {
    static template = "hcrm_communication.ConversationDesk";
    static components = { Layout, ConversationThread };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.bus = useService("bus_service");
        this.display = { controlPanel: {} };
        this.action = useService("action");
        this.asked = 0;
        this.state = useState({
            view: "mine",
            text: "",
            counts: {},
            lines: [],
            more: false,
            openId: this.props.action.params?.conversation_id || false,
            change: 0,
            may_begin: false,
        });
        this.refresh = useDebounced(() => this.load(this.orm.silent), 300);
        this.search = useDebounced(() => this.load(), 250);
        this.onChanged = ({ ids }) => {
            this.refresh();
            if (ids.includes(this.state.openId)) {
                this.state.change++;
            }
        };
        this.bus.subscribe(CHANGED, this.onChanged);
        const timer = browser.setInterval(() => !document.hidden && this.refresh(), SECONDS * 1000);
        onWillStart(() => this.start());
        onWillUnmount(() => {
            this.bus.unsubscribe(CHANGED, this.onChanged);
            browser.clearInterval(timer);
        });
    }

    /** Who has nothing to do sees what waits in the queue. */
    async start() {
        await this.load();
        if (!this.state.lines.length && !this.state.openId) {
            await this.show("queue");
        }
    }

    get views() {
        const { counts } = this.state;
        return [
            { code: "mine", label: _t("Mine"), count: counts.mine, level: "text-bg-primary" },
            { code: "queue", label: _t("Queue"), count: counts.queue, level: "text-bg-warning" },
            { code: "overdue", label: _t("Overdue"), count: counts.overdue, level: "text-bg-danger" },
            { code: "waiting", label: _t("Waiting"), count: counts.waiting, level: "text-bg-secondary" },
            { code: "snoozed", label: _t("Put aside"), count: counts.snoozed, level: "text-bg-secondary" },
            { code: "all", label: _t("All open") },
            { code: "closed", label: _t("Closed") },
        ];
    }

    async load(orm = this.orm) {
        const shown = Math.max(40, this.state.lines.length);
        const args = [this.state.view, this.state.text, 0, shown];
        const asked = ++this.asked;
        const desk = await orm.call(MODEL, "get_desk", args);
        if (asked === this.asked) {
            Object.assign(this.state, desk);
        }
    }

    async show(view) {
        this.state.view = view;
        this.state.lines = [];
        await this.load();
    }

    async showMore() {
        const { view, text, lines } = this.state;
        const desk = await this.orm.call(MODEL, "get_desk", [view, text, lines.length, 40]);
        this.state.lines.push(...desk.lines);
        this.state.more = desk.more;
    }

    begin() {
        return this.action.doAction(
            {
                type: "ir.actions.act_window",
                name: _t("Write to a customer"),
                res_model: "hcrm.conversation.begin",
                views: [[false, "form"]],
                target: "new",
                context: { default_is_at_desk: true },
            },
            {
                onClose: (infos) => {
                    if (infos?.conversation_id) {
                        this.open(infos.conversation_id);
                        this.refresh();
                    }
                },
            }
        );
    }

    open(id) {
        this.state.openId = id;
    }

    close() {
        this.state.openId = false;
    }

    icon(line) {
        return channelIcon(line.channel);
    }

    when(line) {
        const at = deserializeDateTime(line.at);
        return at.hasSame(luxon.DateTime.now(), "day")
            ? at.toFormat("HH:mm")
            : at.toFormat("MM-dd HH:mm");
    }
}

registry.category("actions").add("hcrm_conversation_desk", ConversationDesk);
