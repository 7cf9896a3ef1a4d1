import {
    Component,
    onWillStart,
    onWillUpdateProps,
    status,
    useEffect,
    useRef,
    useState,
} from "@odoo/owl";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { deserializeDateTime, serializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { HcrmCustomerBadges } from "@hcrm_base/customer_360/customer_badges";
import { HcrmCustomerPanel } from "@hcrm_base/customer_360/customer_panel";

import { channelIcon } from "./channels";

const MODEL = "hcrm.conversation";

/** A name for one press of the button; browsers without https have no `randomUUID`. */
function newToken() {
    const numbers = crypto.getRandomValues(new Uint32Array(4));
    return [...numbers].map((number) => number.toString(16).padStart(8, "0")).join("-");
}

/**
 * One conversation: what was said, the answer being written, the person, what can be done.
 *
 * Another conversation is another component (`t-key`): what is still under way for the one before
 * cannot show its person over the buttons of this one.
 */
export class ConversationThread extends Component {
    static template = "hcrm_communication.ConversationThread";
    static components = { HcrmCustomerBadges, HcrmCustomerPanel };
    static props = { id: Number, change: Number, onClose: Function, onMoved: Function };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.list = useRef("list");
        this.input = useRef("input");
        this.asked = 0;
        this.state = useState({
            talk: null,
            entries: [],
            before: false,
            body: "",
            channel: "",
            isSending: false,
            side: "thread",
            words: "",
            wordings: [],
        });
        this.token = newToken();
        this.searchWords = useDebounced(() => this.loadWordings(), 250);
        onWillStart(() => this.load(this.props.id));
        onWillUpdateProps(async (nextProps) => {
            if (nextProps.change !== this.props.change) {
                await this.load(this.props.id, true);
            }
        });
        useEffect(
            () => {
                if (this.list.el) {
                    this.list.el.scrollTop = this.list.el.scrollHeight;
                }
            },
            () => [this.state.talk?.id, this.state.entries.at(-1)?.key]
        );
    }

    async load(id, isQuiet = false) {
        const orm = isQuiet ? this.orm.silent : this.orm;
        const asked = ++this.asked;
        const talk = await orm.call(MODEL, "get_conversation", [[id]]);
        if (asked !== this.asked || talk.id !== this.props.id) {
            return; // a later question shows what is newer; nobody else is ever shown here
        }
        // pages that were read before stay on the screen
        const older = isQuiet ? this.olderThan(talk.thread.entries[0]) : [];
        this.state.entries = [...older, ...talk.thread.entries];
        this.state.before = older.length ? this.state.before : talk.thread.before;
        this.state.talk = talk;
        if (!talk.channels.some((one) => one.code === this.state.channel)) {
            this.state.channel = talk.channels[0]?.code || "";
        }
        if (talk.may_write && talk.unread) {
            this.orm.silent.call(MODEL, "mark_read", [[id]]);
        }
    }

    olderThan(first) {
        const known = this.state.entries.findIndex((entry) => entry.key === first?.key);
        return known > 0 ? this.state.entries.slice(0, known) : [];
    }

    async loadOlder() {
        const args = [[this.props.id], this.state.before];
        const page = await this.orm.call(MODEL, "get_thread", args);
        this.state.entries.unshift(...page.entries);
        this.state.before = page.before;
    }

    // ANSWERING

    onKeydown(ev) {
        if (ev.key === "Enter" && (ev.ctrlKey || ev.metaKey) && !ev.isComposing) {
            ev.preventDefault();
            this.send();
        }
    }

    async send() {
        const { body, channel, isSending } = this.state;
        if (isSending || !body.trim()) {
            return;
        }
        const { id } = this.props;
        // who has gone on to another conversation meanwhile is told, too, when it leaves
        const { orm } = this.env.services;
        this.state.isSending = true;
        try {
            const told = await orm.call(MODEL, "reply", [[id], body, this.token, channel]);
            if (told.until) {
                this.notification.add(_t("It leaves at %s.", told.until), { type: "warning" });
            }
            if (status(this) !== "destroyed") {
                this.state.body = "";
                this.token = newToken();
                await this.load(id, true);
            }
        } finally {
            this.state.isSending = false;
        }
    }

    async showSide(side) {
        this.state.side = this.state.side === side ? "thread" : side;
        if (this.state.side === "words") {
            await this.loadWordings();
        }
    }

    async loadWordings() {
        const args = [[this.props.id], this.state.words, this.state.channel || null];
        this.state.wordings = await this.orm.call(MODEL, "find_wordings", args);
    }

    insert(text) {
        const { body } = this.state;
        const place = this.input.el?.selectionStart ?? body.length;
        this.state.body = body.slice(0, place) + text + body.slice(place);
        if (this.env.isSmall) {
            this.state.side = "thread";
        }
        this.input.el?.focus();
    }

    // WHO HAS IT

    async call(method, ...args) {
        await this.orm.call(MODEL, method, [[this.props.id], ...args]);
        await this.load(this.props.id, true);
    }

    snooze(hours) {
        const until = luxon.DateTime.now().plus({ hours }).startOf("minute");
        return this.call("action_snooze", serializeDateTime(until));
    }

    snoozeToTomorrow() {
        const until = luxon.DateTime.now().plus({ days: 1 }).set({ hour: 8, minute: 0, second: 0 });
        return this.call("action_snooze", serializeDateTime(until));
    }

    finish(method) {
        const isWaiting = this.state.talk.state !== "waiting";
        if (!isWaiting) {
            return this.call(method);
        }
        this.dialog.add(ConfirmationDialog, {
            title: _t("Close without an answer?"),
            body: _t(
                "The last message was not answered. A refusal from a shared number whose owner nobody named then stops advertising to all who use it."
            ),
            confirmLabel: method === "action_spam" ? _t("It is spam") : _t("Close"),
            confirm: () => this.call(method),
            cancel: () => {},
        });
    }

    handOver() {
        return this.openAction({
            type: "ir.actions.act_window",
            name: _t("Hand over"),
            res_model: "hcrm.conversation.pass",
            views: [[false, "form"]],
            target: "new",
            context: { default_conversation_id: this.props.id },
        });
    }

    // ACTIONS

    async run(name) {
        const found = await this.orm.call(MODEL, "run_action", [[this.props.id], name]);
        await this.openAction(found);
    }

    openAction(action) {
        return this.action.doAction(action, {
            onClose: async (infos) => {
                if (infos?.conversation_id && infos.conversation_id !== this.props.id) {
                    this.props.onMoved(infos.conversation_id);
                } else {
                    await this.load(this.props.id, true);
                }
            },
        });
    }

    openRecord(model, id) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
        });
    }

    async openPages(id) {
        this.action.doAction(await this.orm.call("hcrm.inbound", "action_open_pages", [[id]]));
    }

    async confirmAppointment(id) {
        this.insert(await this.orm.call(MODEL, "get_confirmation", [[this.props.id], id]));
    }

    // WORDS AND SIGNS

    get person() {
        return { resId: this.state.talk.partner_id, resModel: "res.partner" };
    }

    icon(channel) {
        return channelIcon(channel);
    }

    time(at) {
        return deserializeDateTime(at).toFormat("MM-dd HH:mm");
    }

    day(entry, index) {
        const at = deserializeDateTime(entry.at);
        const previous = index && deserializeDateTime(this.state.entries[index - 1].at);
        return previous && at.hasSame(previous, "day") ? false : at.toFormat("yyyy-MM-dd");
    }

    clock(entry) {
        return deserializeDateTime(entry.at).toFormat("HH:mm");
    }

    deliveryIcon(entry) {
        return (
            {
                waiting: "fa-clock-o",
                claimed: "fa-clock-o",
                sent: "fa-check",
                delivered: "fa-check-circle text-success",
                uncertain: "fa-question-circle text-warning",
            }[entry.state] || "fa-exclamation-triangle text-danger"
        );
    }
}
